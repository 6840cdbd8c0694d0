"""Read the list of purchases in as few requests as its order allows. The order is not documented.

If the ids fall, the reading begins at the front. If they rise, it begins at the last page and goes back. In any other
order, it reads the whole list. Orders that ask at the same time share one reading.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from itertools import pairwise

from attrs import define, field, frozen

from lucca_procurement_api import api
from lucca_procurement_api.models import PagingMember
from lucca_procurement_api.types import UNSET

from .._wire.session import Session
from ..errors import PageCycle, ResponseError
from ..models import Purchase, PurchasePage
from ..order import PendingRequest
from ..pages import LARGEST_PAGE, Route, Token
from .compare import created_at, references_of
from .grace import result_of

__all__ = ("Listing", "SharedListing", "Wanted", "ids_by_reference")

PAGE = 100
"""The page size for a reading of a part. The newest purchases are few, and a page of 1,000 has 5 MB."""
SLACK = 900.0
"""In seconds. Clocks can be wrong by minutes, so each period is wider by a quarter of an hour.

Our assumption (clocks); Lucca does not document it.
"""
_READINGS = 3
"""The largest number of readings of the whole list, if none of them is complete."""


@frozen
class Wanted:
    """The description of the purchase that an order looks for."""

    reference: str
    pending: PendingRequest | None = None
    """The request that may have created it. If it is None, only purchases that carry the reference are wanted."""


@frozen
class Listing:
    """The result of a reading: the wanted purchases that it saw."""

    purchases: tuple[Purchase, ...]
    whole: bool
    """True if the reading saw every purchase of the list."""
    hidden: int = 0
    """The number of purchases that `count` includes but no reading showed. It is 0 if the list changed.

    `count` includes every purchase. Our assumption (count); Lucca does not document it.
    """


class SharedListing:
    """Reads the list for all orders that ask. A reading that began before an order asked would prove nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next: dict[bool, _Reading] = {}
        self._turn = asyncio.Lock()

    async def read(self, wanted: Wanted, *, whole: bool = False) -> Listing:
        """Return the wanted purchases.

        The result may contain purchases that other orders want.

        Args:
            wanted: The purchase to look for.
            whole: True to read the whole list. If it is False, the reading may end where purchases become too old.

        Raises ProcurementError if a page cannot be read.
        """
        reading = self._next.get(whole)
        if reading is None:
            reading = self._next[whole] = _Reading(self._session, whole)
            reading.task = asyncio.create_task(self._run(reading))
        assert reading.task
        reading.wanted.append(wanted)
        reading.waiting += 1
        try:
            # An order that stops waiting must not end the reading of the others.
            return await result_of(reading.task)
        finally:
            reading.waiting -= 1
            if not reading.waiting:
                self._close(reading)
                reading.task.cancel()

    async def _run(self, reading: _Reading) -> Listing:
        async with self._turn:
            self._close(reading)
            return await reading.run()

    def _close(self, reading: _Reading) -> None:
        """Close a reading to further orders."""
        if self._next.get(reading.whole) is reading:
            del self._next[reading.whole]


@define(eq=False)
class _Reading:
    """One reading of the list."""

    session: Session
    whole: bool
    wanted: list[Wanted] = field(factory=list)
    waiting: int = 0
    task: asyncio.Task[Listing] | None = None
    _kept: dict[int, Purchase] = field(factory=dict, init=False)

    async def run(self) -> Listing:
        if not self.whole:
            first = await self._page(None, PAGE)
            partly = await self._partly(first)
            if partly is not None:
                return Listing((*self._kept.values(),), whole=partly)
        hidden = await self._wholly()
        return Listing((*self._kept.values(),), whole=hidden == 0, hidden=hidden or 0)

    async def _partly(self, first: PurchasePage | list[Purchase]) -> bool | None:
        """Read the newest purchases, and return True if that was the whole list.

        If the order of the list does not allow this, return None.
        """
        route, items = Route(None, PAGE), _items(first)
        next_token = route.after(first)
        ids = [purchase.id for purchase in items]
        count = _count(first)
        if next_token is None:
            return True if count is None or len(ids) >= count else None
        if ids and _falls(ids):
            return await self._forward(route, items, next_token, count)
        # If a page is capped or lacks an item, the numbers of the other pages shift.
        if count is not None and len(ids) == PAGE and _rises(ids):
            return await self._backward(math.ceil(count / PAGE), count, ids[-1])
        return None

    async def _forward(
        self, route: Route, items: Sequence[Purchase], next_token: Token, count: int | None
    ) -> bool | None:
        seen: set[int] = set()
        requested: set[Token] = set()
        last_id = math.inf
        while True:
            # A purchase that is created during the reading moves others to the next page.
            ids = [purchase.id for purchase in items if purchase.id not in seen]
            if not _falls(ids) or (ids and ids[0] >= last_id):
                return None
            seen.update(ids)
            last_id = ids[-1] if ids else last_id
            if next_token is None:
                return True if count is None or len(seen) >= count else None
            if self._reaches_back(items):
                return False
            if next_token in requested:
                return None
            requested.add(next_token)
            page = await self._page(next_token, PAGE)
            items, next_token = _items(page), route.after(page)

    async def _backward(self, last: int, count: int, first_last_id: int) -> bool | None:
        """Read by page number, from the last page down to the second. Return the same as `_partly`."""
        before = math.inf
        for number in range(last, 1, -1):
            try:
                page = await self._page(number, PAGE)
            except ResponseError:
                # A server that uses tokens may reject a page number.
                return None
            ids = [purchase.id for purchase in _items(page)]
            expected = count - (last - 1) * PAGE if number == last else PAGE
            if len(ids) < expected or not _rises(ids) or ids[0] <= first_last_id or ids[-1] >= before:
                return None
            before = ids[0]
            if self._reaches_back(_items(page)):
                return False
        return True

    async def _wholly(self) -> int | None:
        """Read the whole list until a reading is complete, and return the number of hidden purchases.

        A reading is complete if it saw at least as many purchases as `count` stated at its start. If no reading was
        complete, and the list changed between them, return None.
        """
        readings: set[tuple[int, frozenset[int]]] = set()
        hidden = 0
        for _ in range(_READINGS):
            seen, count = await self._everything()
            hidden = (count or 0) - len(seen)
            if count is None or hidden <= 0:
                return 0
            readings.add((count, frozenset(seen)))
        return hidden if len(readings) == 1 else None

    async def _everything(self) -> tuple[set[int], int | None]:
        """Read the list once. Return the ids that it showed, and the value of `count` at the start."""
        route, token, count = Route(None, LARGEST_PAGE), None, None
        seen: set[int] = set()
        requested: set[Token] = set()
        while token is not None or not requested:
            if token in requested:
                raise PageCycle(f"page {token!r} of the purchases came before", next_token=token)
            requested.add(token)
            page = await self._page(token, LARGEST_PAGE)
            count = _count(page) if token is None else count
            seen.update(purchase.id for purchase in _items(page))
            token = route.after(page)
        return seen, count

    def _reaches_back(self, items: Sequence[Purchase]) -> bool:
        """Return True if all purchases that are older than those of a page are too old to be wanted.

        A purchase with a larger id was created later. Our assumption (order-of-ids); Lucca does not document it.
        """
        oldest = created_at(min(items, key=lambda purchase: purchase.id)) if items else None
        return oldest is not None and all(oldest < self._since(each) for each in self.wanted)

    def _since(self, wanted: Wanted) -> float:
        """Return the earliest creation time of a wanted purchase, in epoch seconds of the server's clock."""
        pending = wanted.pending
        if pending is None:
            return -math.inf
        offset = self.session.server_clock.offset if pending.clock_offset is None else pending.clock_offset
        return pending.intended_at + (offset or 0.0) - SLACK

    def _is_wanted(self, purchase: Purchase) -> bool:
        created = created_at(purchase)
        # Both positions count here. The caller decides between them.
        references = references_of(purchase.title)
        return any(
            each.reference.lower() in references
            or (each.pending is not None and (created is None or created >= self._since(each)))
            for each in self.wanted
        )

    async def _page(self, token: Token, limit: int) -> PurchasePage | list[Purchase]:
        members = [PagingMember.NEXT, PagingMember.COUNT]
        page = await self.session(
            api.list_purchases, fields_root=members, page=UNSET if token is None else token, limit=limit
        )
        self._keep(_items(page))
        return page

    def _keep(self, purchases: Sequence[Purchase]) -> None:
        self._kept.update({purchase.id: purchase for purchase in purchases if self._is_wanted(purchase)})


@define(eq=False)
class _References(_Reading):
    """A reading that keeps only the ids of purchases, because the whole list may not fit into memory."""

    ids: dict[str, set[int]] = field(factory=dict, init=False)

    def _keep(self, purchases: Sequence[Purchase]) -> None:
        at_front = self.session.settings.reference_at == "front"
        for purchase in purchases:
            front, end = references_of(purchase.title)
            for reference in filter(None, (front,) if at_front else {front, end}):
                self.ids.setdefault(reference, set()).add(purchase.id)


async def ids_by_reference(session: Session) -> dict[str, set[int]]:
    """Read the whole list, and return the ids of the purchases that carry each reference, in lower case.

    Args:
        session: The session of the client.

    Raises ProcurementError if the list cannot be read.
    """
    reading = _References(session, whole=True)
    await reading.run()
    return reading.ids


def _items(page: PurchasePage | list[Purchase]) -> Sequence[Purchase]:
    return page if isinstance(page, list) else page.items


def _count(page: PurchasePage | list[Purchase]) -> int | None:
    return None if isinstance(page, list) else page.count or None


def _falls(ids: Sequence[int]) -> bool:
    return all(before > after for before, after in pairwise(ids))


def _rises(ids: Sequence[int]) -> bool:
    return bool(ids) and all(before < after for before, after in pairwise(ids))
