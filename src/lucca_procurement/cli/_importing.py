"""Import the orders of a file: check all rows, then submit each order once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from attrs import frozen
from rich.console import Console

from .._wire.retry import WINDOW
from ..client import LuccaProcurement
from ..errors import InvalidArgument, ProcurementError, StoreInUse
from ..order import Step
from ._decisions import wait_for_decisions
from ._left import check_left
from ._lookups import Ready, make_ready
from ._progress import Tally, shown_progress
from ._report import ImportOptions, Report
from ._rows import Draft, check_rows
from ._running import Exit, accept_stop
from ._sending import Sending
from ._settings import IMPORT_RATE, Settings, Store
from ._sheet import Row, read_sheet, text_of

__all__ = ("ImportOptions", "import_file")


async def import_file(settings: Settings, options: ImportOptions) -> Exit:
    """Import a file, and return the exit code.

    Args:
        settings: The settings.
        options: The options.

    Raises SheetError if the file cannot be read as a table. Raises ProcurementError if the checks cannot be made.
    """
    sheet = read_sheet(options.file)
    console = Console(stderr=options.as_json)
    return await _Import(Report(settings, options, sheet, Tally(settings.rate or IMPORT_RATE), console)).run()


@frozen
class _Import:
    report: Report

    async def run(self) -> Exit:
        report = self.report
        settings, options, sheet = report.settings, report.options, report.sheet
        drafts, mistakes = check_rows(sheet.rows, options.file.parent, options.dates)
        # Without a column, every row has mistakes, and they say no more than that of the first line.
        is_complete = {mistake.column for mistake in sheet.mistakes} <= {*sheet.columns}
        report.mistakes = [*sheet.mistakes, *(mistakes if is_complete else ())]
        if not sheet.rows:
            return report.refuse(f"{options.file} has no rows.")
        if not options.dry_run:
            check_left(options.left, options.file, sheet)
        try:
            lucca = settings.client(report.tally.note)
        except ProcurementError:
            report.show_mistakes()
            raise
        async with lucca:
            if options.dry_run:
                return await self._checked_and(lucca, drafts, None)
            async with AsyncExitStack() as stack:
                store = settings.opened_store(must_exist=False)
                await stack.enter_async_context(store)
                await self._lead(store, stack)
                return await self._checked_and(lucca, drafts, store)

    async def _lead(self, store: Store, stack: AsyncExitStack) -> None:
        try:
            await stack.enter_async_context(store.lead())
        except StoreInUse as error:
            if not self.report.options.standby:
                error.advice = "Wait until it has ended, or add --standby: then this one waits, and takes over."
                raise
            name = self.report.settings.store_name
            self.report.say(f"Another import works on {name}. This one waits until it ends.")
            await stack.enter_async_context(store.lead(wait=True))
            # The other import may have written its own rows there.
            check_left(self.report.options.left, self.report.options.file, self.report.sheet)

    async def _checked_and(self, lucca: LuccaProcurement, drafts: Sequence[Draft], store: Store | None) -> Exit:
        """Check the drafts against Lucca. Then import them, if there is a store."""
        report = self.report
        rows = report.sheet.rows
        try:
            ready, wrong = await make_ready(lucca, drafts)
        except ProcurementError:
            report.show_mistakes()
            raise
        report.mistakes = sorted([*report.mistakes, *wrong])
        bad = {mistake.line for mistake in report.mistakes}
        if report.sheet.mistakes or (report.mistakes and not report.options.skip_bad):
            bad &= {row.line for row in rows}
            return report.refuse(f"{len(bad)} of {len(rows)} rows have mistakes." if bad else "")
        report.show_mistakes()
        reasons: dict[int, list[str]] = {}
        for mistake in report.mistakes:
            reasons.setdefault(mistake.line, []).append(mistake.without_line)
        for row in rows:
            if row.line in bad:
                report.leave(row, None, "; ".join([*await self._sent_before(row, store), *reasons[row.line]]))
        report.rows = {each.draft.reference.lower(): each.draft.row for each in ready}
        report.tally.total = len(rows)
        if store is None:
            report.say(self._plan(ready))
            report.print_json()
            return Exit.NEEDS_YOU if bad else Exit.DONE
        await self._import(lucca, store, ready)
        return report.end()

    async def _sent_before(self, row: Row, store: Store | None) -> list[str]:
        """Return a sentence if the store has an order with the reference of a row that has mistakes.

        Somebody may have corrected the row in another file. Only a person can compare them.
        """
        try:
            record = None if store is None else await store.load(text_of(row.cells.get("reference", "")))
        except InvalidArgument:
            return []
        if record is None or record.order.step is not Step.SUBMITTED:
            return []
        source = f" from {record.source}" if record.source else ""
        return [f"the order {record.reference}{source} is {record.state} already: if this row is that order, remove it"]

    def _plan(self, ready: Sequence[Ready]) -> str:
        requests = 3 * len(ready) + len({path for each in ready for path in each.draft.files})
        windows = (requests - 1) // self.report.tally.rate if requests else 0
        minutes = max(1, round(windows * WINDOW / 60))
        return (
            f"{len(ready)} of {len(self.report.sheet.rows)} rows are right. An import sends {requests} requests, which"
            f" takes about {minutes} min. Nothing was sent."
        )

    async def _import(self, lucca: LuccaProcurement, store: Store, ready: Sequence[Ready]) -> None:
        report = self.report
        options, sending = report.options, Sending(lucca, store, report)
        # The first use of the store. If it fails, nothing has begun.
        await report.show_others(store)
        try:
            await sending.add(ready)
            async with shown_progress(report.console, report.tally):
                await sending.submit(ready)
                if report.halted_by is None and options.create_again_after is not None:
                    await sending.create_again(options.create_again_after)
                if report.halted_by is None and options.wait:
                    await wait_for_decisions(lucca, store, report)
            await report.show_others(store)
        except asyncio.CancelledError:
            if not accept_stop():
                raise
            report.is_stopped = True
        except ProcurementError as error:
            report.halted_by = error
