"""Purchases in doubt: the candidates in Lucca, and the orders that can be created again without a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import time

from attrs import frozen

from .._ordering.compare import carries, created_at, purchase_differences
from .._ordering.listing import SLACK
from ..client import LuccaProcurement
from ..models import Purchase
from ..order import PendingRequest, Step
from ..pages import LARGEST_PAGE
from ..stores import Record, State

__all__ = ("Reading", "due_in", "is_in_doubt", "read_list", "recreatable")

LATELY = 86_400.0
"""In seconds. A purchase of the store that is at most this much older than a try shows that the key sees new ones."""


@frozen(kw_only=True)
class Reading:
    """One reading of the whole list."""

    candidates: Mapping[str, tuple[Purchase, ...]]
    """The purchases that may be an order's, by the key of the order."""
    created: Mapping[int, float | None]
    """The purchases of the store that the list shows, with the times of their creation."""
    whole: bool
    """True if the reading saw as many purchases as the list counts."""


def is_in_doubt(record: Record) -> bool:
    """Return True if a person has to find out whether the purchase of an order exists."""
    order = record.order
    return record.state is State.NEEDS_A_LOOK and order.step is Step.PURCHASE and order.pending is not None


def due_in(pending: PendingRequest, minutes: float) -> float:
    """Return the seconds until a try is older than some minutes, by this machine's clock."""
    tried = pending.intended_at if pending.ended_at is None else pending.ended_at
    return max(0.0, tried + minutes * 60 - time())


async def read_list(lucca: LuccaProcurement, records: Iterable[Record], own: Mapping[int, str]) -> Reading:
    """Read the whole list once, and return the candidates of orders in doubt.

    A purchase is a candidate if it carries the order's reference, or if it has the content of the order, was not
    created before the try, and belongs to no other order of the store.

    Args:
        lucca: The client.
        records: The records of the orders in doubt.
        own: The key of the order of each purchase that the store knows.

    Raises ProcurementError if the list cannot be read.
    """
    records = list(records)
    candidates: dict[str, list[Purchase]] = {record.order.key: [] for record in records}
    created: dict[int, float | None] = {}
    paginator = lucca.purchases.iterate(LARGEST_PAGE)
    async for purchase in paginator:
        if purchase.id in own:
            created[purchase.id] = created_at(purchase)
        for record in records:
            if _may_be(record, purchase, own):
                candidates[record.order.key].append(purchase)
    return Reading(
        candidates={key: tuple(found) for key, found in candidates.items()},
        created=created,
        whole=paginator.finished,
    )


def _may_be(record: Record, purchase: Purchase, own: Mapping[int, str]) -> bool:
    order = record.order
    if any(carries(purchase.title, order.reference, at) for at in ("front", "end")):
        return True
    if own.get(purchase.id, order.key) != order.key or purchase_differences(order, purchase):
        return False
    at, pending = created_at(purchase), order.pending
    return at is None or pending is None or at >= pending.intended_at + (pending.clock_offset or 0.0) - SLACK


def recreatable(record: Record, reading: Reading) -> bool:
    """Return True if an order in doubt can be created again without a person.

    Args:
        record: The record of the order.
        reading: A reading of the list that began long enough after the try.
    """
    pending = record.order.pending
    if pending is None or not reading.whole or reading.candidates[record.order.key]:
        return False
    # A key may see a part of the list only. A new purchase of the store shows that it sees the orders of this store.
    since = pending.intended_at + (pending.clock_offset or 0.0) - LATELY
    return any(at is not None and at >= since for at in reading.created.values())
