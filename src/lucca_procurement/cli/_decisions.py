"""The decisions on submitted orders: the command `decisions`, and `import --wait`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from .._ordering.stopped import is_transient
from ..client import LuccaProcurement
from ..errors import ProcurementError
from ..stores import Record, State
from ._output import has_no_reader
from ._pauses import looks
from ._records import NEEDS_YOU, as_data
from ._report import Report
from ._running import Exit, say
from ._settings import Settings, Store
from ._wording import of_state

__all__ = ("decisions", "wait_for_decisions")

OPEN = (State.WAITING, State.SUBMITTING, State.SUBMITTED)


async def decisions(settings: Settings, *, watch: bool, every: float, as_json: bool) -> Exit:
    """Read the decisions on all submitted orders, and show those that are new.

    Args:
        settings: The settings.
        watch: True to continue until all orders are decided.
        every: The minutes between two readings.
        as_json: True to print each decision as JSON, one a line.
    """
    not_approved = 0
    async with settings.opened_store() as store, settings.client() as lucca:
        while True:
            decided = await (_read(lucca, store, say) if watch else lucca.orders.refresh(store))
            for record in decided:
                not_approved += record.state is not State.APPROVED
                _show(record, as_json=as_json)
            counts = await store.counts()
            if not as_json:
                print(f"{len(decided)} new decisions, {counts[State.SUBMITTED]} orders wait for theirs.", flush=True)
            if not watch or not any(counts[state] for state in OPEN):
                break
            if has_no_reader():
                # Each further decision would count as shown, and nobody would see it.
                say("Stopped: nobody reads the decisions.")
                return Exit.STOPPED
            await asyncio.sleep(every * 60)
    return Exit.NEEDS_YOU if not_approved or any(counts[state] for state in NEEDS_YOU) else Exit.DONE


async def wait_for_decisions(lucca: LuccaProcurement, store: Store, report: Report) -> None:
    """Wait until the orders of an imported file are decided.

    Args:
        lucca: The client.
        store: The store.
        report: The report of the import. It shows the decisions.

    Raises ProcurementError if the decisions can never be read, or if the store fails.
    """
    pauses = looks()
    while True:
        for record in await _read(lucca, store, report.say):
            if record.order.key in report.rows:
                report.say(_decision(record))
        submitted = [each.order.key async for each in store.records(State.SUBMITTED)]
        if not (waiting := sum(key in report.rows for key in submitted)):
            break
        report.say(f"{waiting} of {len(report.rows)} orders wait for their decision.")
        await pauses.wait()
    # Another program may have read a decision first.
    ended = [each.order.key async for each in store.records(State.DENIED, State.CANCELLED)]
    report.denied = sum(key in report.rows for key in ended)


async def _read(lucca: LuccaProcurement, store: Store, tell: Callable[[str], None]) -> list[Record]:
    """Read the new decisions. There are none while Lucca does not answer."""
    try:
        return await lucca.orders.refresh(store)
    except ProcurementError as error:
        if not is_transient(error):
            raise
        tell(f"The decisions cannot be read now: {error.reason}")
        return []


def _show(record: Record, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(as_data(record)), flush=True)
    else:
        print(_decision(record), flush=True)


def _decision(record: Record) -> str:
    return f"{record.reference}: {of_state(record)}"
