"""Read the newest of the list of purchases, in as few requests as its order allows: the order is not documented.

Ids that fall are read from the front, ids that rise from the last page back, anything else whole. None of these misses
a purchase that was there before, while others add theirs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from attrs import define, field

from lucca_procurement_api import api
from lucca_procurement_api.models import PagingMember
from lucca_procurement_api.types import UNSET

from .._wire.session import Session
from ..errors import PageCycle, ResponseError
from ..models import Purchase, PurchasePage
from ..pages import LARGEST_PAGE, Route, Token

__all__ = ("Scan", "scan")

PAGE = 100
"""Of a list that is read in part: the newest purchases are few, and a page of 1,000 is 5 MB."""
MOST_PAGES = 50
_ROUNDS = 3
"""How often a list is read whole, if its length changes meanwhile."""

Enough = Callable[[Sequence[Purchase]], bool]
"""Tells, of a page, whether nothing that is wanted can be beyond it."""


@define
class Scan:
    """What was seen of the list."""

    purchases: dict[int, Purchase] = field(factory=dict)
    complete: bool = False
    """Whether nothing that is wanted can be anywhere else."""
    pages: int = 0
    most_pages: int = MOST_PAGES

    @property
    def bounded(self) -> bool:
        """Tell whether the scan was given up at its bound."""
        return self.pages >= self.most_pages


async def scan(
    session: Session, enough: Enough, *, keep: Callable[[Purchase], bool], most_pages: int = MOST_PAGES
) -> Scan:
    """Read until `enough` says so of a page. Raises ProcurementError where a page cannot be read."""
    return await _Scanning(session, enough, keep, Scan(most_pages=most_pages)).run()


class _Scanning:
    def __init__(self, session: Session, enough: Enough, keep: Callable[[Purchase], bool], seen: Scan) -> None:
        self._session = session
        self._enough = enough
        self._keep = keep
        self._seen = seen

    async def run(self) -> Scan:
        route = Route(None, PAGE)
        first = await self._page(None, PAGE)
        following = route.after(first)
        ids = [purchase.id for purchase in _items(first)]
        falling = ids == sorted(ids, reverse=True)
        if following is None or (falling and self._enough(_items(first))):
            self._seen.complete = True
        elif falling:
            await self._forward(route, following, ids[-1] if ids else math.inf)
        elif ids == sorted(ids) and (count := _count(first)) is not None:
            await self._backward(math.ceil(count / PAGE), ids[-1])
        if not self._seen.complete and not self._seen.bounded:
            await self._whole()
        return self._seen

    async def _forward(self, route: Route, following: Token, last_id: float) -> None:
        while following is not None and not self._seen.bounded:
            page = await self._page(following, PAGE)
            ids = [purchase.id for purchase in _items(page)]
            if ids != sorted(ids, reverse=True) or (ids and ids[-1] >= last_id):
                return
            last_id = ids[-1] if ids else last_id
            following = None if self._enough(_items(page)) else route.after(page)
        self._seen.complete = following is None

    async def _backward(self, number: int, first_last_id: int) -> None:
        """Read from the last page, by its number, down to the second: the first is known."""
        before: int | None = None
        while number > 1 and not self._seen.bounded:
            try:
                page = await self._page(number, PAGE)
            except ResponseError:
                # A server that goes by tokens alone may refuse a number.
                return
            ids = [purchase.id for purchase in _items(page)]
            if (
                ids != sorted(ids)
                or (ids and ids[0] <= first_last_id)
                or (ids and before is not None and ids[-1] > before)
            ):
                return
            before = ids[0] if ids else before
            number = 1 if ids and self._enough(_items(page)) else number - 1
        self._seen.complete = number <= 1

    async def _whole(self) -> None:
        """Read everything, again if the length of the list has changed meanwhile."""
        for _ in range(_ROUNDS):
            route, following, counts = Route(None, LARGEST_PAGE), None, []
            requested: set[Token] = set()
            while not self._seen.bounded:
                if following in requested:
                    raise PageCycle(f"page {following!r} of the purchases came before")
                requested.add(following)
                page = await self._page(following, LARGEST_PAGE)
                counts.append(_count(page))
                following = route.after(page)
                if following is None:
                    self._seen.complete = counts[0] is not None and counts[0] == counts[-1]
                    break
            if self._seen.complete or self._seen.bounded or counts[0] is None:
                return

    async def _page(self, token: Token, limit: int) -> PurchasePage | list[Purchase]:
        members = [PagingMember.NEXT, PagingMember.COUNT]
        page = await self._session(
            api.list_purchases, fields_root=members, page=UNSET if token is None else token, limit=limit
        )
        self._seen.pages += 1
        self._seen.purchases.update({purchase.id: purchase for purchase in _items(page) if self._keep(purchase)})
        return page


def _items(page: PurchasePage | list[Purchase]) -> Sequence[Purchase]:
    return page if isinstance(page, list) else page.items


def _count(page: PurchasePage | list[Purchase]) -> int | None:
    return None if isinstance(page, list) else page.count or None
