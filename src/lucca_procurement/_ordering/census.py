"""Find the orders of a store that was lost or is old: their purchases exist, and the store does not know them."""

from __future__ import annotations

import asyncio

from .._wire.session import Session
from ..errors import ProcurementError
from ..events import HeldBack
from ..order import Order
from .breaker import FIRST_PAUSE, LONGEST_PAUSE
from .listing import ids_by_reference
from .stopped import is_transient

__all__ = ("Census",)


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
