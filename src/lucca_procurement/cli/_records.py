"""The commands on the orders of a store: status, resolve and cancel."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ..client import LuccaProcurement
from ..errors import OrderIncomplete
from ..models import Purchase
from ..order import Step
from ..stores import Record, State
from ._doubts import read_list
from ._report import NEEDS_YOU, UNFINISHED
from ._running import Exit, Refused, ask, has_terminal, say
from ._settings import Settings, Store
from ._tables import print_table, shown_amount
from ._values import is_id
from ._wording import of_error, of_record, of_state

__all__ = ("NEEDS_YOU", "as_data", "cancel", "resolve", "status")

_HEADER = ("reference", "state", "source", "why")


async def status(settings: Settings, reference: str | None, state: State | None, *, as_json: bool) -> Exit:
    """Show the counts of a store and the orders that need a person, or the orders of one state, or one order.

    Args:
        settings: The settings.
        reference: The reference of the order. If it is None, all orders.
        state: The state of the orders. If it is None, all states.
        as_json: True to print all orders as JSON.
    """
    async with settings.opened_store() as store:
        counts = await store.counts()
        files: Counter[tuple[str, State]] = Counter()
        if reference is not None:
            records = [await _loaded(store, reference)]
        elif as_json or state is not None:
            records = [record async for record in store.records(*([] if state is None else [state]))]
        else:
            records = [record async for record in store.records(*NEEDS_YOU)]
            files.update([(_file(each), each.state) async for each in store.records(*UNFINISHED)])
    if as_json:
        print(
            json.dumps({"counts": {str(state): counts[state] for state in State}, "orders": [*map(as_data, records)]})
        )
    elif reference is not None:
        _show(records[0])
    elif state is not None:
        if records:
            print_table(_HEADER, [_line(record) for record in records])
        else:
            print(f"No order is {state}.")
    else:
        print_table(("state", "orders"), [(str(state), str(counts[state])) for state in State if counts[state]])
        if files:
            print("\nNot submitted yet. Import the file again to continue:")
            print_table(
                ("file", "state", "orders"),
                [(file, str(state), str(count)) for (file, state), count in sorted(files.items())],
            )
        if records:
            print("\nThese need you:")
            print_table(_HEADER, [_line(record) for record in records])
    return Exit.NEEDS_YOU if any(record.state in NEEDS_YOU for record in records) else Exit.DONE


async def resolve(
    settings: Settings, reference: str, *, purchase: int | None, create_again: bool, yes: bool, as_json: bool
) -> Exit:
    """Resolve an order that needs a look: assign a purchase to it, or create it again. Then submit it.

    Args:
        settings: The settings.
        reference: The reference of the order.
        purchase: The id of the purchase to assign.
        create_again: True to create the purchase again.
        yes: True to ask no question.
        as_json: True to print the candidates, or the order, as JSON.
    """
    async with settings.opened_store() as store, settings.client() as lucca:
        record = await _loaded(store, reference)
        if record.state is not State.NEEDS_A_LOOK:
            raise Refused(f"{record.reference} is {record.state}: only an order that needs a look can be resolved")
        if record.order.step is not Step.PURCHASE:
            return await _resolve_later_step(lucca, store, record, yes=yes, as_json=as_json)
        if purchase is None and not create_again:
            candidates = await _candidates(lucca, store, record)
            choice = _chosen(record, candidates, as_json=as_json)
            if choice is None:
                return Exit.NEEDS_YOU
            purchase, create_again = choice
        elif not yes:
            _confirm(
                f"Create the purchase of {record.reference} again?"
                if create_again
                else f"Is purchase {purchase} the one of {record.reference}?"
            )
        if purchase is not None:
            await lucca.orders.adopt(record, purchase, store=store)
            record = await _loaded(store, reference)
        return await _submit(lucca, store, record, resubmit=create_again, as_json=as_json)


async def _resolve_later_step(
    lucca: LuccaProcurement, store: Store, record: Record, *, yes: bool, as_json: bool
) -> Exit:
    """Submit an order again whose purchase is known. A person has corrected the purchase in Lucca before."""
    say(f"{record.reference} has the purchase {record.order.purchase_id}: {record.note}")
    if not yes:
        _confirm("Have you corrected it in Lucca? Then the order is submitted again")
    return await _submit(lucca, store, record, resubmit=False, as_json=as_json)


async def _submit(lucca: LuccaProcurement, store: Store, record: Record, *, resubmit: bool, as_json: bool) -> Exit:
    try:
        record = await lucca.orders.ensure(record, store, resubmit=resubmit)
    except OrderIncomplete as error:
        say(f"{record.reference} stopped: {of_error(error)}")
        return Exit.STOPPED if error.needs == "time" else Exit.NEEDS_YOU
    if as_json:
        print(json.dumps(as_data(record)))
    else:
        print(f"{record.reference}: {record.state}, purchase {record.order.purchase_id}")
    return Exit.DONE


async def _candidates(lucca: LuccaProcurement, store: Store, record: Record) -> Sequence[Purchase]:
    own = {each.order.purchase_id: each.order.key async for each in store.records() if each.order.purchase_id}
    reading = await read_list(lucca, [record], own)
    if not reading.whole:
        say("The list shows fewer purchases than it counts: look in Lucca as well.")
    return reading.candidates[record.order.key]


def _chosen(record: Record, candidates: Sequence[Purchase], *, as_json: bool) -> tuple[int | None, bool] | None:
    """Show the candidates, and return the choice of a person: a purchase, or True to create it again. None: neither."""
    if as_json:
        print(json.dumps({"order": as_data(record), "candidates": [_candidate(each) for each in candidates]}))
        return None
    print(f"{record.reference} ({record.source or 'no source'}): {of_record(record)}\n")
    if candidates:
        print("These purchases in Lucca carry its reference, or have its content:")
        rows = [
            (str(each.id), str(each.title), shown_amount(each), str(each.state), str(each.created_at)[:16])
            for each in candidates
        ]
        print_table(("purchase", "title", "amount", "state", "created"), rows)
    else:
        print("No purchase in Lucca carries its reference or has its content.")
    if not has_terminal():
        print(
            f"\nIf a purchase is the order's: lucca-procurement resolve {record.reference} --purchase ID"
            f"\nIf none is:                   lucca-procurement resolve {record.reference} --create-again"
        )
        return None
    text = ask("\nThe id of the order's purchase, or c to create it again (Enter: neither):")
    if not text:
        return None
    if text.lower() == "c":
        return None, True
    if not is_id(text):
        raise Refused(f"{text[:80]!r} is neither an id nor c: nothing was changed")
    return int(text), False


def _confirm(question: str) -> None:
    if ask(f"{question} [y/N]").lower() not in ("y", "yes"):
        raise Refused("Nothing was changed.")


async def cancel(settings: Settings, reference: str, *, comment: str, yes: bool, as_json: bool) -> Exit:
    """Cancel the approval of an order and close its purchase, and show what remains in Lucca.

    Args:
        settings: The settings.
        reference: The reference of the order.
        comment: The reason, for the people in Lucca.
        yes: True to ask no question.
        as_json: True to print the result as JSON.
    """
    async with settings.opened_store() as store, settings.client() as lucca:
        record = await _loaded(store, reference)
        if not yes:
            _confirm(f"Cancel {record.reference} ({record.state}, purchase {record.order.purchase_id or 'none'})?")
        remains = await lucca.orders.cancel(record, comment, store=store)
        record = await _loaded(store, reference)
    if as_json:
        print(json.dumps({**as_data(record), "remaining": [str(each) for each in remains]}))
    else:
        print(f"{record.reference}: {record.state}")
        for each in remains:
            print(f"- {each}")
    return Exit.NEEDS_YOU if remains else Exit.DONE


async def _loaded(store: Store, reference: str) -> Record:
    record = await store.load(reference)
    if record is None:
        raise Refused(f"no order {reference} is in the store")
    return record


def _file(record: Record) -> str:
    """Return the file of an order, without the line."""
    return (record.source or "").rpartition(":")[0] or record.source or ""


def as_data(record: Record) -> dict[str, Any]:
    """Return a record as `--json` prints it."""
    return {
        "reference": record.reference,
        "state": str(record.state),
        "note": of_record(record),
        "purchase_id": record.order.purchase_id,
        "decided_by": record.order.decided_by,
        "source": record.source,
    }


def _candidate(purchase: Purchase) -> dict[str, Any]:
    return {"id": purchase.id, "title": purchase.title, "amount": shown_amount(purchase), "state": purchase.state}


def _line(record: Record) -> Iterable[str]:
    return record.reference, of_state(record), record.source or "", of_record(record)


def _show(record: Record) -> None:
    order = record.order
    print(f"{record.reference}: {of_state(record)}")
    lines = {
        "purchase": order.purchase_id,
        "title": order.purchase.title,
        "source": record.source,
        "why": of_record(record),
        "changed at": f"{record.changed_at:%Y-%m-%d %H:%M:%S %Z}",
    }
    for name, value in lines.items():
        if value:
            print(f"  {name}: {value}")
