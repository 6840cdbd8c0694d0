"""The order that holds a purchase: a purchase of another order is never taken."""

from __future__ import annotations

import asyncio

from .._wire.session import Session
from ..models import Purchase
from ..order import Order, Step
from .compare import purchase_differences
from .records import OrderStore
from .registry import Registry

__all__ = ("Holders", "objections")


class Holders:
    """Lets the registry know which orders of a store hold which purchases. Earlier processes created most of them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._turn = asyncio.Lock()
        self._is_read = False

    async def introduce(self, store: OrderStore, *, again: bool = False) -> None:
        """Read the records of the store.

        Args:
            store: The store.
            again: True to read them even if they were read before, because other processes store purchases too.

        Raises StoreFailed if the store cannot be read.
        """
        async with self._turn:
            if again or not self._is_read:
                async for record in store.records():
                    self._registry.introduce(record.order)
                self._is_read = True


def objections(session: Session, registry: Registry, order: Order, purchase: Purchase) -> list[str]:
    """Return the reasons why a purchase cannot be the order's.

    Args:
        session: The session of the client.
        registry: The registry of the host.
        order: The order, whose purchase is not known.
        purchase: The purchase, as Lucca returned it.
    """
    found = [*purchase_differences(order, purchase)]
    if other := registry.holder(Step.PURCHASE, purchase.id, order):
        found.insert(0, f"it belongs to the order {other}")
    elif registry.is_foreign(purchase, order, session.settings.reference_at):
        found.insert(0, f"its title carries the reference of another order ({purchase.title})")
    return found
