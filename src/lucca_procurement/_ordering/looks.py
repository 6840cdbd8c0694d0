"""One look at the list of purchases for all orders that ask for one at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from attrs import define, field

from .._wire.session import Session
from ..models import Purchase
from .match import created_at
from .scan import Scan, scan

__all__ = ("Looks",)

Since = Callable[[], float]
"""From when on purchases are wanted, by the server's clock; asked for once an answer has told that clock."""


@define(eq=False)
class _Look:
    sinces: list[Since] = field(factory=list)
    waiting: int = 0
    task: asyncio.Task[Scan] | None = None

    @property
    def since(self) -> float:
        return min(since() for since in self.sinces)


class Looks:
    """Look for purchases that were created lately. A look starts after it was asked for, or it would prove nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next: _Look | None = None
        self._turn = asyncio.Lock()

    async def look(self, since: Since) -> Scan:
        """See all purchases that were created since then. Raises ProcurementError."""
        look = self._next
        if look is None:
            look = self._next = _Look()
            look.task = asyncio.create_task(self._run(look))
        assert look.task
        look.sinces.append(since)
        look.waiting += 1
        try:
            # Who gives up waiting must not end the look of the others.
            return await asyncio.shield(look.task)
        finally:
            look.waiting -= 1
            if not look.waiting:
                if self._next is look:
                    self._next = None
                look.task.cancel()

    async def _run(self, look: _Look) -> Scan:
        async with self._turn:
            # Who asks from now on gets the next one.
            if self._next is look:
                self._next = None

            def before(page: Sequence[Purchase]) -> bool:
                oldest = created_at(min(page, key=lambda purchase: purchase.id)) if page else None
                return oldest is not None and oldest < look.since

            def wanted(purchase: Purchase) -> bool:
                created = created_at(purchase)
                return created is None or created >= look.since

            return await scan(self._session, before, keep=wanted)
