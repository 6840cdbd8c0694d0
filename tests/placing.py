"""Orders to place on an emulator, and the caller who stores each of them and goes on with what was stored."""

from __future__ import annotations

import json
from collections import Counter

from wire import sample, sample_bytes

from lucca_procurement import LuccaProcurement, Order, models
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import OrderIncomplete, OutcomeUnknown
from lucca_procurement.order import Step

TITLE = "Laptops"


def order_of(reference: str, title: str = TITLE) -> Order:
    """Make an order."""
    return Order(
        reference,
        models.PurchaseCreation.from_dict({**sample("create-purchase.request"), "title": title}),
        models.OneTimeCommitmentCreation.from_json(sample_bytes("create-commitment-one-time.request")),
    )


class Books:
    """What an emulator holds in the end of the orders that were placed: read once, however many they are."""

    def __init__(self, emulator: Emulator) -> None:
        self._titles = Counter[str]()
        self._ids: dict[str, int] = {}
        for purchase in emulator.created():
            self._titles[purchase["title"]] += 1
            self._ids[purchase["title"]] = purchase["id"]
        with emulator.lock:
            requests = emulator.tenant.requests.values()
            self._requests = Counter(each["businessObject"]["purchase"]["id"] for each in requests)

    def count(self, order: Order) -> int:
        """Give how many purchases there are of an order, by the title that is sent."""
        return self._titles[order.title]

    def hold(self, order: Order) -> bool:
        """Tell whether an order is done, by its own word and by the emulator's: whole, and once."""
        return (
            order.step is Step.SUBMITTED
            and self.count(order) == 1
            and self._ids[order.title] == order.purchase_id
            and self._requests[order.purchase_id] == 1
        )


def may_resubmit(error: OrderIncomplete) -> bool:
    """Tell whether the caller is asked to decide, and nothing was found that may be what is missing."""
    return isinstance(error.__cause__, OutcomeUnknown) and not error.__cause__.candidates


class Store:
    """What `save` stored of one order: every copy, as JSON."""

    def __init__(self) -> None:
        self.copies: list[bytes] = []

    async def save(self, order: Order) -> None:
        """Store a copy."""
        self.copies.append(order.to_json())

    @property
    def last(self) -> Order:
        """Load what was stored last."""
        return Order.from_json(self.copies[-1])


async def go_on(lucca: LuccaProcurement, order: Order, store: Store) -> Order:
    """Submit an order as a careful caller does, until it is done: by the advice of each error, and from the store.

    Raises what no advice helps with.
    """
    resubmit = False
    for _ in range(4):
        try:
            return await lucca.orders.submit(order, store.save, resubmit)
        except OrderIncomplete as error:
            cause = error.__cause__
            if not isinstance(cause, OutcomeUnknown):
                raise
            order = store.last if store.copies else error.order
            # A title that is the beginning of this one is a candidate as well, and it is another's.
            own = [found.id for found in cause.candidates if found.title == order.title]
            resubmit = not own
            if own:
                (order.purchase_id,) = own
    raise AssertionError(f"still not done: {json.loads(order.to_json())}")
