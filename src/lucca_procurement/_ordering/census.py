"""Find the orders of a store that was lost or is old: their purchases exist, and the store does not know them."""

from __future__ import annotations

import asyncio

from .._wire.session import Session
from ..errors import ProcurementError
from ..events import HeldBack
from ..models import Purchase
from ..order import Order, Step
from .breaker import FIRST_PAUSE, LONGEST_PAUSE
from .compare import purchase_differences
from .listing import ids_by_reference
from .records import OrderStore
from .registry import Registry
from .stopped import is_transient

__all__ = ("Census", "Owners", "objections")


class Census:
    """The references that the purchases in Lucca carry. It reads the whole list once, when an order first asks."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._turn = asyncio.Lock()
        self._ids: dict[str, set[int]] | None = None

    async def ids(self, order: Order, *, patient: bool) -> set[int]:
        """Return the ids of the purchases that carry an order's reference.

        Args:
            order: The order.
            patient: True to wait while Lucca does not answer.

        Raises ProcurementError if the list cannot be read.
        """
        pause = FIRST_PAUSE
        async with self._turn:
            while self._ids is None:
                try:
                    self._ids = await ids_by_reference(self._session)
                except ProcurementError as error:
                    if not patient or not is_transient(error):
                        raise
                    self._session.observer.emit(HeldBack(seconds=pause, reason="outage"))
                    await self._session.clock.sleep(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
        return self._ids.get(order.key, set())


class Owners:
    """Lets the registry know whose purchases a store knows. Earlier processes created most of them."""

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
