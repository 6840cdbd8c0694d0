"""Submit the orders of an import, each once, and wait while Lucca does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from attrs import define, evolve, field

from .._ordering.stopped import cause_of, concerns_all, needs_of
from ..client import LuccaProcurement
from ..errors import OrderIncomplete, ProcurementError, StoreFailed
from ..order import Step
from ..orders import Entry, Result
from ..stores import State
from ._attachments import Uploads
from ._columns import ATTACHMENTS
from ._doubts import due_in, is_in_doubt, read_list, recreatable
from ._lookups import Ready, order_of
from ._pauses import Pauses, outage
from ._progress import requests_left
from ._report import Report
from ._settings import Store
from ._wording import of_error

__all__ = ("Sending",)

CONCURRENCY = 8
MOST_TRIES = 5
"""After this number of tries on a Lucca that answers, an order that needs time is left."""


@define
class Sending:
    """Submits orders with a client and a store. The report has the results."""

    lucca: LuccaProcurement
    store: Store
    report: Report
    uploads: Uploads = field(init=False)
    pauses: Pauses = field(init=False)
    later: dict[int, int] = field(factory=dict, init=False)
    """The tries of the rows whose orders need time, by their line."""
    failures: int = field(default=0, init=False)
    """The number of orders in a row that need time."""

    def __attrs_post_init__(self) -> None:
        self.uploads = Uploads(self.lucca, self.store, self.report.tally)
        self.pauses = outage(self.report.tally)

    async def add(self, ready: Sequence[Ready]) -> None:
        """Put the orders into the store, so that everybody can see them.

        An order whose attachments are not uploaded yet follows later: another program that works on the store could
        submit it without them.

        Args:
            ready: The orders.

        Raises StoreFailed if the store fails.
        """
        for each in ready:
            if (record := await self.store.load(each.draft.reference)) is not None:
                self.report.before += requests_left(record.order) == 0
                self.report.tally.expect(record.order)
                continue
            ids = await self.uploads.known(each.draft.files)
            order = order_of(each, ids or ())
            self.report.tally.expect(order)
            if ids is not None:
                await self.store.add(order, self._source(each))

    async def submit(self, ready: Sequence[Ready]) -> None:
        """Submit orders. Those that need time are tried again, until an error stops the import.

        Args:
            ready: The orders.
        """
        while ready and self.report.halted_by is None:
            try:
                async for result in self.lucca.orders.submit_many(self._entries(ready), CONCURRENCY, store=self.store):
                    self._note(result)
            except ProcurementError as error:
                # The source of the orders raised it: an upload was refused for all orders, or the store failed.
                self.report.halted_by = self.report.halted_by or error
            ready = [each for each in ready if each.draft.row.line in self.later]
            if ready and self.report.halted_by is None:
                await self._wait_for_lucca()

    def _source(self, ready: Ready) -> str:
        return f"{self.report.options.file.name}:{ready.draft.row.line}"

    async def _entries(self, ready: Sequence[Ready]) -> AsyncIterator[Entry]:
        for each in ready:
            if self.failures >= CONCURRENCY and self.report.halted_by is None:
                # Each of the last orders failed. The next one is a probe.
                await self.pauses.wait()
            try:
                entry = await self._entry(each)
            except (OSError, ProcurementError) as error:
                if isinstance(error, ProcurementError) and (concerns_all(error) or isinstance(error, StoreFailed)):
                    raise
                self.later.pop(each.draft.row.line, None)
                self.report.leave(each.draft.row, State.WAITING, f"{ATTACHMENTS}: {error}")
                self.report.tally.finished(order_of(each), submitted=False)
            else:
                yield entry

    async def _entry(self, ready: Ready) -> Entry:
        """Return the order of a row. If its commitment was sent before, no attachment is uploaded for it."""
        files, source = ready.draft.files, self._source(ready)
        record = await self.store.load(ready.draft.reference) if files else None
        if record is None or record.order.step not in (Step.REQUEST, Step.SUBMITTED):
            return order_of(ready, await self.uploads.upload(files)), source
        if (ids := await self.uploads.known(files)) is not None:
            return order_of(ready, ids), source
        new = [path.name for path in files if await self.uploads.known([path]) is None]
        record = await self.store.add(order_of(ready, record.order.commitment.attachment_ids or ()), source)
        difference = f"{ATTACHMENTS} has files that were not sent: {', '.join(new)}"
        return evolve(record, differences=(*record.differences, difference))

    def _note(self, result: Result) -> None:
        report, order, record, error = self.report, result.order, result.record, result.error
        row = report.rows[order.key]
        state = State.WAITING if record is None else record.state
        if error is None:
            self.failures = 0
            self.pauses.reset()
            self.later.pop(row.line, None)
            report.denied += state in (State.DENIED, State.CANCELLED)
            is_late = record is not None and bool(record.differences)
            report.tally.finished(order, submitted=not is_late)
            if is_late and record is not None:
                report.leave(row, state, record.note)
                report.say(f"line {row.line}, {order.reference}: {state}, but {record.note}")
            return
        cause = cause_of(error)
        needs = error.needs if isinstance(error, OrderIncomplete) else "correction"
        # An order that was not begun needs time, and its cause is the error that stopped all orders.
        if concerns_all(cause) or isinstance(cause, StoreFailed) or (needs == "time" and needs_of(cause) != "time"):
            report.halted_by = cause
            self.later.pop(row.line, None)
        elif needs == "time" and self.later.get(row.line, 0) < MOST_TRIES:
            self.failures += 1
            self.later.setdefault(row.line, 0)
        else:
            self.later.pop(row.line, None)
            why = of_error(error)
            report.leave(row, state, why)
            report.tally.finished(order, submitted=False)
            report.say(f"line {row.line}, {order.reference}: {state}: {why}")

    async def _wait_for_lucca(self) -> None:
        """Wait before the orders that need time are tried again. Their tries count if Lucca answers."""
        await self.pauses.wait()
        try:
            async for _ in self.lucca.natures.iterate(0):
                pass
        except ProcurementError as error:
            if concerns_all(error):
                self.report.halted_by = error
        else:
            self.failures = 0
            self.later = {line: tries + 1 for line, tries in self.later.items()}

    async def create_again(self, minutes: float) -> None:
        """Create purchases in doubt again, if the list shows that they do not exist.

        Args:
            minutes: The age of a try from which on the list is believed.

        Raises ProcurementError if the list cannot be read, or if the store fails.
        """
        report = self.report
        doubts = [record async for record in self.store.records(State.NEEDS_A_LOOK) if is_in_doubt(record)]
        doubts = [record for record in doubts if record.order.key in report.rows]
        if not doubts:
            return
        seconds = max(due_in(record.order.pending, minutes) for record in doubts if record.order.pending)
        if seconds:
            report.say(f"{len(doubts)} purchases are in doubt. The import looks for them in {seconds / 60:.1f} min.")
            await asyncio.sleep(seconds)
        own = {each.order.purchase_id: each.order.key async for each in self.store.records() if each.order.purchase_id}
        reading = await read_list(self.lucca, doubts, own)
        absent = [record for record in doubts if recreatable(record, reading)]
        # All of them begin at the same time, so that they share the lookups. The client sends at most 8 requests at a
        # time, and the doubts are not new: the number of orders that an outage leaves in doubt does not grow.
        async for result in self.lucca.orders.submit_many(absent, max(1, len(absent)), store=self.store, resubmit=True):
            row, reference = report.rows[result.order.key], result.order.reference
            if result.error is not None:
                report.leave(row, State.NEEDS_A_LOOK, of_error(result.error))
                continue
            report.left.pop(row.line, None)
            report.tally.need_you -= 1
            report.tally.submitted += 1
            report.say(f"line {row.line}, {reference}: it was not in Lucca, and was created again")
