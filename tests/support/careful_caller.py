"""A careful caller, who stores each state of an order and continues from it, and the books of an emulator."""

from __future__ import annotations

import json
import re
from typing import Any

from lucca_procurement import LuccaProcurement, Order, Step
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import OrderIncomplete, OutcomeUnknown
from lucca_procurement.orders import Orders
from support.clock import HurriedClock
from support.orders import forget_orders

OUTAGE = 2_000.0
"""In seconds: longer than any pause of the client, and than any `Retry-After` of these tests."""
_ROUNDS = 8


def restarted(lucca: LuccaProcurement) -> Orders:
    """Return the orders of a client with an empty registry, as in a new process. The connections of the client stay."""
    forget_orders()
    return Orders(lucca._session)


class Books:
    """The objects that an emulator holds in the end, by the references in the titles. They are read once."""

    def __init__(self, emulator: Emulator) -> None:
        self._purchases: dict[str, list[dict[str, Any]]] = {}
        for purchase in emulator.created():
            for reference in re.findall(r"\[(.*?)\]", purchase["title"]):
                self._purchases.setdefault(reference, []).append(purchase)
        self._requests: dict[int, list[int]] = {}
        with emulator.lock:
            for request in emulator.tenant.requests.values():
                self._requests.setdefault(request["businessObject"]["purchase"]["id"], []).append(request["id"])

    def count(self, order: Order) -> int:
        """Return the number of purchases that carry an order's reference."""
        return len(self._purchases.get(order.reference, ()))

    def hold(self, order: Order) -> bool:
        """Return whether an order is done, once and whole, by the order's own data and by the emulator's."""
        if order.step is not Step.SUBMITTED or self.count(order) != 1:
            return False
        (purchase,) = self._purchases[order.reference]
        requests = self._requests.get(purchase["id"], [])
        return (
            (order.purchase_id, order.commitment_id) == (purchase["id"], purchase["commitment"]["id"])
            and len(requests) == 1
            and order.approval_request_id in (None, requests[0])
        )


class Store:
    """The states of one order that `save` stored, as JSON."""

    def __init__(self) -> None:
        self.copies: list[bytes] = []

    async def save(self, order: Order) -> None:
        """Store a copy."""
        self.copies.append(order.to_json())

    @property
    def last(self) -> Order:
        """Load the copy that was stored last."""
        return Order.from_json(self.copies[-1])


async def go_on(orders: Orders, order: Order, store: Store, clock: HurriedClock) -> Order:
    """Submit an order until it is done. Like a careful caller, follow `needs` and continue from the store.

    Raises OrderIncomplete if the order needs a correction.
    """
    resubmit = False
    for _ in range(_ROUNDS):
        try:
            return await orders.submit(order, store.save, resubmit)
        except OrderIncomplete as error:
            order = store.last if store.copies else error.order
            resubmit = False
            if error.needs == "correction":
                raise
            if error.needs == "time":
                clock.now += OUTAGE
            else:
                resubmit = await _look(orders, order, error)
    raise AssertionError(f"still not done: {json.loads(order.to_json())}")


async def _look(orders: Orders, order: Order, error: OrderIncomplete) -> bool:
    """Adopt the candidate that is the order's, as a person does. Return True if there is none."""
    assert isinstance(error.__cause__, OutcomeUnknown)
    own = [found.id for found in error.__cause__.candidates if f"[{order.reference}]" in (found.title or "")]
    if own:
        (purchase_id,) = own
        await orders.adopt(order, purchase_id)
    return not own
