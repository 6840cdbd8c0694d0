"""Import the orders of a file: check all rows, then submit each order once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen
from rich.console import Console

from .._ordering.stopped import cause_of, concerns_all, is_transient, needs_of
from ..client import LuccaProcurement
from ..errors import OrderIncomplete, ProcurementError, StoreFailed, StoreInUse
from ..order import Step
from ..orders import Entry, Result
from ..stores import Record, State
from ._attachments import Uploads
from ._columns import ATTACHMENTS
from ._doubts import due_in, is_in_doubt, read_list, recreatable
from ._left import Left, check_left, is_same_file, write_left
from ._lookups import Ready, make_ready, order_of
from ._progress import Tally, requests_left, shown_progress
from ._rows import check_rows
from ._running import Exit, accept_stop, say
from ._settings import IMPORT_RATE, Settings, Store
from ._sheet import Mistake, Row, Sheet, read_sheet
from ._values import DateOrder
from ._wording import reworded

__all__ = ("ImportOptions", "import_file")

FIRST_LOOK = 5.0
LONGEST_LOOK = 300.0
"""In seconds: the pauses between two looks for decisions grow from the first to the second."""
CONCURRENCY = 8
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 300.0
"""In seconds: the pauses while Lucca does not answer grow from the first to the second."""
MOST_TRIES = 5
"""After this number of tries on a Lucca that answers, an order that needs time is left."""


@frozen(kw_only=True)
class ImportOptions:
    """The options of an import."""

    file: Path
    left: Path
    dates: DateOrder = "iso"
    skip_bad: bool = False
    dry_run: bool = False
    standby: bool = False
    wait: bool = False
    create_again_after: float | None = None
    as_json: bool = False


async def import_file(settings: Settings, options: ImportOptions) -> Exit:
    """Import a file, and return the exit code.

    Args:
        settings: The settings.
        options: The options.

    Raises SheetError if the file cannot be read as a table. Raises ProcurementError if the checks cannot be made.
    """
    sheet = read_sheet(options.file)
    run = _Import(settings, options, sheet, Console(stderr=options.as_json))
    return await run.run()


@define
class _Import:
    settings: Settings
    options: ImportOptions
    sheet: Sheet
    console: Console
    tally: Tally = field(init=False)
    mistakes: list[Mistake] = field(factory=list, init=False)
    left: dict[int, Left] = field(factory=dict, init=False)
    """The rows that are left, by their line."""
    rows: dict[str, Row] = field(factory=dict, init=False)
    """The right rows, by the key of their order."""
    later: dict[int, int] = field(factory=dict, init=False)
    """The tries of the rows whose orders need time, by their line."""
    failures: int = field(default=0, init=False)
    """The number of orders in a row that need time."""
    pause: float = field(default=FIRST_PAUSE, init=False)
    before: int = field(default=0, init=False)
    denied: int = field(default=0, init=False)
    halted_by: ProcurementError | None = field(default=None, init=False)
    is_stopped: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.tally = Tally(self.settings.rate or IMPORT_RATE)

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    async def run(self) -> Exit:
        drafts, mistakes = check_rows(self.sheet.rows, self.options.file.parent, self.options.dates)
        missing = {mistake.column for mistake in self.sheet.mistakes} - {*self.sheet.columns}
        # One mistake for a missing column is enough, and not one for each row.
        self.mistakes = [*self.sheet.mistakes, *(each for each in mistakes if each.column not in missing)]
        if not self.sheet.rows:
            return self._refuse(f"{self.options.file} has no rows.")
        if not self.options.dry_run:
            check_left(self.options.left, self.options.file, self.sheet)
        try:
            lucca = self.settings.client(self.tally.note)
        except ProcurementError:
            self._show_mistakes()
            raise
        async with lucca:
            if self.options.dry_run:
                return await self._checked_and(lucca, drafts, None)
            async with AsyncExitStack() as stack:
                store = self.settings.opened_store(must_exist=False)
                await stack.enter_async_context(store)
                try:
                    await stack.enter_async_context(store.lead())
                except StoreInUse:
                    if not self.options.standby:
                        raise
                    self.say(f"Another import works on {self.settings.store_name}. This one waits until it ends.")
                    await stack.enter_async_context(store.lead(wait=True))
                return await self._checked_and(lucca, drafts, store)

    async def _checked_and(self, lucca: LuccaProcurement, drafts: Sequence[Any], store: Store | None) -> Exit:
        """Check the drafts against Lucca. Then import them, if there is a store."""
        try:
            ready, wrong = await make_ready(lucca, drafts)
        except ProcurementError:
            self._show_mistakes()
            raise
        self.mistakes = sorted([*self.mistakes, *wrong])
        bad = {mistake.line for mistake in self.mistakes}
        if self.sheet.mistakes or (self.mistakes and not self.options.skip_bad):
            bad &= {row.line for row in self.sheet.rows}
            return self._refuse(f"{len(bad)} of {len(self.sheet.rows)} rows have mistakes." if bad else "")
        self._show_mistakes()
        for row in self.sheet.rows:
            if row.line in bad:
                why = "; ".join(mistake.without_line for mistake in self.mistakes if mistake.line == row.line)
                self._leave(row, "skipped", why)
        self.rows = {each.draft.reference.lower(): each.draft.row for each in ready}
        self.tally.total = len(self.sheet.rows)
        if store is None:
            self.say(self._plan(ready))
            self._print_json()
            return Exit.NEEDS_YOU if bad else Exit.DONE
        await self._import(lucca, store, ready)
        return self._end()

    def _refuse(self, reason: str) -> Exit:
        self._show_mistakes()
        self.say(f"{reason} Nothing was sent.".strip())
        if self.mistakes and not self.sheet.mistakes:
            self.say("Correct the file and import it again, or add --skip-bad to import the other rows.")
        self._print_json()
        return Exit.WRONG_INPUT

    def _show_mistakes(self) -> None:
        for mistake in sorted(self.mistakes):
            self.say(f"{self.options.file.name}, {mistake}")

    def _plan(self, ready: Sequence[Ready]) -> str:
        requests = 3 * len(ready) + len({path for each in ready for path in each.draft.files})
        minutes = max(1, round(requests / self.tally.rate))
        return (
            f"{len(ready)} of {len(self.sheet.rows)} rows are right. An import sends {requests} requests, which takes"
            f" about {minutes} min. Nothing was sent."
        )

    async def _import(self, lucca: LuccaProcurement, store: Store, ready: Sequence[Ready]) -> None:
        uploads = Uploads(lucca, store, self.tally)
        try:
            await self._add(store, uploads, ready)
            async with shown_progress(self.console, self.tally):
                while ready and self.halted_by is None:
                    await self._submit(lucca, store, uploads, ready)
                    ready = [each for each in ready if each.draft.row.line in self.later]
                    if ready and self.halted_by is None:
                        await self._pause(lucca)
                if self.halted_by is None and self.options.create_again_after is not None:
                    await self._create_again(lucca, store, self.options.create_again_after)
                if self.halted_by is None and self.options.wait:
                    await self._wait(lucca, store)
        except asyncio.CancelledError:
            if not accept_stop():
                raise
            self.is_stopped = True
        except ProcurementError as error:
            self.halted_by = error

    async def _add(self, store: Store, uploads: Uploads, ready: Sequence[Ready]) -> None:
        """Put the orders into the store, so that everybody can see them.

        An order whose attachments are not uploaded yet follows later: another program that works on the store could
        submit it without them.
        """
        for each in ready:
            if (record := await store.load(each.draft.reference)) is not None:
                self.before += requests_left(record.order) == 0
                self.tally.expect(record.order)
                continue
            ids = await uploads.known(each.draft.files)
            order = order_of(each, ids or ())
            self.tally.expect(order)
            if ids is not None:
                await store.add(order, self._source(each))

    async def _submit(self, lucca: LuccaProcurement, store: Store, uploads: Uploads, ready: Sequence[Ready]) -> None:
        """Submit orders once. Those that need time are in `later` afterwards."""
        orders = self._orders(store, uploads, ready)
        try:
            async for result in lucca.orders.submit_many(orders, CONCURRENCY, store=store):
                self._note(result)
        except ProcurementError as error:
            # The source of the orders raised it: an upload was refused for all orders, or the store failed.
            self.halted_by = self.halted_by or error

    def _source(self, ready: Ready) -> str:
        return f"{self.options.file.name}:{ready.draft.row.line}"

    async def _orders(self, store: Store, uploads: Uploads, ready: Sequence[Ready]) -> AsyncIterator[Entry]:
        for each in ready:
            if self.failures >= CONCURRENCY and self.halted_by is None:
                # Each of the last orders failed. The next one is a probe.
                await self._hold()
            try:
                entry = await self._entry(store, uploads, each)
            except (OSError, ProcurementError) as error:
                if isinstance(error, ProcurementError) and (concerns_all(error) or isinstance(error, StoreFailed)):
                    raise
                self.later.pop(each.draft.row.line, None)
                self._leave(each.draft.row, str(State.WAITING), f"{ATTACHMENTS}: {error}")
                self.tally.finished(order_of(each), submitted=False)
            else:
                yield entry

    async def _entry(self, store: Store, uploads: Uploads, ready: Ready) -> Entry:
        """Return the order of a row. If its commitment was sent before, no attachment is uploaded for it."""
        files, source = ready.draft.files, self._source(ready)
        record = await store.load(ready.draft.reference) if files else None
        if record is None or record.order.step not in (Step.REQUEST, Step.SUBMITTED):
            return order_of(ready, await uploads.upload(files)), source
        if (ids := await uploads.known(files)) is not None:
            return order_of(ready, ids), source
        new = [path.name for path in files if await uploads.known([path]) is None]
        record = await store.add(order_of(ready, record.order.commitment.attachment_ids or ()), source)
        difference = f"{ATTACHMENTS} has files that were not sent: {', '.join(new)}"
        return evolve(record, differences=(*record.differences, difference))

    def _note(self, result: Result) -> None:
        order, record, error = result.order, result.record, result.error
        row = self.rows[order.key]
        state = State.WAITING if record is None else record.state
        if error is None:
            self.failures, self.pause = 0, FIRST_PAUSE
            self.later.pop(row.line, None)
            self.denied += state in (State.DENIED, State.CANCELLED)
            is_late = record is not None and bool(record.differences)
            self.tally.finished(order, submitted=not is_late)
            if is_late and record is not None:
                self._leave(row, str(state), record.note)
                self.say(f"line {row.line}, {order.reference}: {state}, but {record.note}")
            return
        cause = cause_of(error)
        needs = error.needs if isinstance(error, OrderIncomplete) else "correction"
        # An order that was not begun needs time, and its cause is the error that stopped all orders.
        if concerns_all(cause) or isinstance(cause, StoreFailed) or (needs == "time" and needs_of(cause) != "time"):
            self.halted_by = cause
            self.later.pop(row.line, None)
        elif needs == "time" and self.later.get(row.line, 0) < MOST_TRIES:
            self.failures += 1
            self.later.setdefault(row.line, 0)
        else:
            self.later.pop(row.line, None)
            why = reworded(str(cause), order.reference)
            self._leave(row, str(state), why)
            self.tally.finished(order, submitted=False)
            self.say(f"line {row.line}, {order.reference}: {state}: {why}")

    async def _hold(self) -> None:
        self.tally.hold(self.pause, "outage")
        await asyncio.sleep(self.pause)
        self.pause = min(LONGEST_PAUSE, self.pause * 2)

    async def _pause(self, lucca: LuccaProcurement) -> None:
        """Wait before the orders that need time are tried again. Their tries count if Lucca answers."""
        await self._hold()
        try:
            async for _ in lucca.natures.iterate(0):
                pass
        except ProcurementError as error:
            if concerns_all(error):
                self.halted_by = error
        else:
            self.failures = 0
            self.later = {line: tries + 1 for line, tries in self.later.items()}

    def _leave(self, row: Row, state: str, why: str) -> None:
        self.left[row.line] = Left(row, state, why)
        if state == "skipped":
            self.tally.need_you += 1

    async def _create_again(self, lucca: LuccaProcurement, store: Store, minutes: float) -> None:
        """Create purchases in doubt again, if the list shows that they do not exist."""
        doubts = [record async for record in store.records(State.NEEDS_A_LOOK) if is_in_doubt(record)]
        doubts = [record for record in doubts if record.order.key in self.rows]
        if not doubts:
            return
        seconds = max(due_in(record.order.pending, minutes) for record in doubts if record.order.pending)
        if seconds:
            self.say(f"{len(doubts)} purchases are in doubt. The import looks for them in {seconds / 60:.1f} min.")
            await asyncio.sleep(seconds)
        own = {each.order.purchase_id: each.order.key async for each in store.records() if each.order.purchase_id}
        reading = await read_list(lucca, doubts, own)
        absent = [record for record in doubts if recreatable(record, reading)]
        # All of them begin at the same time, so that they share the lookups. The client sends at most 8 requests at a
        # time, and the doubts are not new: the number of orders that an outage leaves in doubt does not grow.
        async for result in lucca.orders.submit_many(absent, max(1, len(absent)), store=store, resubmit=True):
            row, reference = self.rows[result.order.key], result.order.reference
            if result.error is not None:
                self._leave(row, str(State.NEEDS_A_LOOK), reworded(str(cause_of(result.error)), reference))
                continue
            self.left.pop(row.line, None)
            self.tally.need_you -= 1
            self.tally.submitted += 1
            self.say(f"line {row.line}, {reference}: it was not in Lucca, and was created again")

    async def _wait(self, lucca: LuccaProcurement, store: Store) -> None:
        """Wait until the orders of the file are decided."""
        pause = FIRST_LOOK
        while True:
            try:
                decided = await lucca.orders.refresh(store)
            except ProcurementError as error:
                if not is_transient(error):
                    raise
                decided = []
                self.say(f"The decisions cannot be read now: {error.reason}")
            for record in decided:
                if record.order.key in self.rows:
                    self.say(f"{record.reference}: {_decision(record)}")
            open_ones = [each.reference async for each in store.records(State.SUBMITTED) if each.order.key in self.rows]
            if not open_ones:
                # Another program may have read a decision first.
                ended = [each async for each in store.records(State.DENIED, State.CANCELLED)]
                self.denied = sum(each.order.key in self.rows for each in ended)
                return
            self.say(f"{len(open_ones)} of {len(self.rows)} orders wait for their decision.")
            await asyncio.sleep(pause)
            pause = min(LONGEST_LOOK, pause * 2)

    def _end(self) -> Exit:
        is_unfinished = self.is_stopped or self.halted_by is not None
        # The rows that did not begin stand in the imported file alone.
        if not (is_unfinished and is_same_file(self.options.left, self.options.file)):
            write_left(self.options.left, self.options.file, self.sheet, self.left.values())
        before = f" ({self.before} of them before this run)" if self.before else ""
        self.say(f"{self.tally.submitted}/{self.tally.total} submitted{before}, {len(self.left)} left.")
        if self.left:
            self.say(
                f"{self.options.left} has the rows that are left, with the reasons. Correct them there, and import it."
            )
        if self.denied and self.options.wait:
            self.say(f"{self.denied} denied or cancelled. A new order needs a new reference.")
        self._print_json()
        if is_unfinished:
            why = f": {self.halted_by}" if self.halted_by else "."
            say(f"Stopped{why}\nRun the same command again to continue: nothing is created twice.")
            return Exit.STOPPED
        return Exit.NEEDS_YOU if self.left or (self.options.wait and self.denied) else Exit.DONE

    def _print_json(self) -> None:
        if not self.options.as_json:
            return
        references = {row.line: key for key, row in self.rows.items()}
        report = {
            "rows": len(self.sheet.rows),
            "submitted": self.tally.submitted,
            "submitted_before": self.before,
            "mistakes": [
                {"line": each.line, "column": each.column, "value": each.value, "advice": each.advice}
                for each in sorted(self.mistakes)
            ],
            "left": [
                {"line": line, "reference": references.get(line), "state": each.state, "why": each.why}
                for line, each in sorted(self.left.items())
            ],
        }
        print(json.dumps(report, indent=2))


def _decision(record: Record) -> str:
    by = f" by {record.order.decided_by}" if record.order.decided_by else ""
    return f"{record.state}{by}"
