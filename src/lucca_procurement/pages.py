"""Lists, page after page: by token where the API gives one, else by number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Generic, Protocol, TypeVar

from lucca_procurement_api.models import PagingMember
from lucca_procurement_api.types import UNSET, Unset

from ._wire.session import Call, Session
from .errors import InvalidArgument, PageCycle, ProcurementError

__all__ = ("Paginator", "Route", "paginate")

LARGEST_PAGE = 1_000
LAST_PAGE = 2**31 - 1


class _Identified(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_Identified)
T_co = TypeVar("T_co", bound=_Identified, covariant=True)


class _Page(Protocol[T_co]):
    @property
    def items(self) -> Sequence[T_co]: ...
    @property
    def next_(self) -> str | Unset | None: ...


Token = str | int | None
"""Leads to a page: opaque text, a number counted from 1, or None for the first."""


class Paginator(Generic[T]):
    """A list to read: `async for item in it`, or `async for page in it.pages()`. Each such loop starts anew.

    The next page is fetched while one is used. An item that moves to another page meanwhile is yielded once. Whatever
    ends a loop, `iterate(start=it.next_token)` goes on: nothing is missed, and what was yielded of a page that was
    left before its last item comes again. When all was yielded, `next_token` is None and `finished` is true.

    Raises ProcurementError, with `next_token` set, where a page cannot be read, and PageCycle where one comes twice.
    """

    def __init__(self, fetch: Callable[[Token], Awaitable[_Page[T] | list[T]]], page_size: int, start: Token) -> None:
        self._fetch = fetch
        self._page_size = page_size
        self._start = start
        self.next_token: Token = start
        self.finished = False

    async def __aiter__(self) -> AsyncIterator[T]:
        async with aclosing(self._pages()) as pages:
            async for items, following in pages:
                for item in items[:-1]:
                    yield item
                self._reached(following)
                for item in items[-1:]:
                    yield item

    async def pages(self) -> AsyncGenerator[list[T], None]:
        """Read page by page. While one is used, `next_token` leads to the one after it. A page may be empty."""
        async with aclosing(self._pages()) as pages:
            async for items, following in pages:
                self._reached(following)
                yield items

    def _reached(self, following: Token) -> None:
        self.next_token = following
        self.finished = following is None

    async def _pages(self) -> AsyncGenerator[tuple[list[T], Token], None]:
        self.next_token, self.finished = self._start, False
        route = Route(self._start, self._page_size)
        seen = _Seen()
        token = self._start
        requested = {token}
        ahead = asyncio.ensure_future(self._fetch(token))
        try:
            while True:
                try:
                    page = await ahead
                    following = route.after(page)
                except ProcurementError as error:
                    error.next_token = token
                    raise
                in_a_circle = following is not None and following in requested
                if following is not None and not in_a_circle:
                    requested.add(following)
                    ahead = asyncio.ensure_future(self._fetch(following))
                yield [item for item in _items(page) if seen.add(item.id)], following
                if in_a_circle:
                    raise PageCycle(
                        f"after page {token!r} comes page {following!r}, which came before", next_token=token
                    )
                if following is None:
                    return
                token = following
        finally:
            ahead.cancel()
            await asyncio.wait([ahead])
            if not ahead.cancelled():
                # Fetched for nothing, perhaps in vain: an error that nobody asks for would be reported as forgotten.
                ahead.exception()


class _Seen:
    """The ids that came, as bits: ids follow one another, and 100,000 of them take some kB where a set takes 8 MB."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}

    def add(self, id: int) -> bool:
        """Take note of an id. Tells whether it is new."""
        block, place = divmod(id, 1024)
        known = self._blocks.get(block, 0)
        self._blocks[block] = known | 1 << place
        return not known >> place & 1


class Route:
    """The way through a list.

    Whether it goes by token or by number shows in the answers alone: the documentation has both.
    """

    def __init__(self, start: Token, page_size: int) -> None:
        self._page_size = page_size
        # What is longer than any number of a page is a token, though it be all digits.
        by_number = not isinstance(start, str) or (start.isdecimal() and len(start) <= len(str(LAST_PAGE)))
        self._number = int(start or 1) if by_number else None
        self._ids: list[int] = []
        self._repeated = 0

    def after(self, page: _Page[T] | list[T]) -> Token:
        """Give what leads to the page after this one, None after the last. Raises PageCycle for one that stays."""
        if not isinstance(page, list) and page.next_ is not UNSET:
            # A page by token; the last one says null or is empty here, or says nothing.
            self._number = None
            return page.next_ or None
        if self._number is None:
            return None
        ids = [item.id for item in _items(page)]
        self._repeated = self._repeated + 1 if ids and ids == self._ids else 0
        # Once can be chance: what was created meanwhile moves items to the next page, all of them if it is small.
        if self._repeated == 2:
            raise PageCycle(f"page {self._number} is the same as the two before it: the server does not heed `page`")
        self._ids = ids
        if len(ids) < self._page_size:
            return None
        self._number += 1
        return self._number


def _items(page: _Page[T] | list[T]) -> Sequence[T]:
    return page if isinstance(page, list) else page.items


def paginate(
    session: Session | Call,
    operation: Callable[..., Awaitable[_Page[T] | list[T]]],
    page_size: int,
    start: Token,
    **filters: object,
) -> Paginator[T]:
    """Make the iteration over a compiled operation. Raises InvalidArgument."""
    if isinstance(page_size, bool) or not isinstance(page_size, int) or not 1 <= page_size <= LARGEST_PAGE:
        raise InvalidArgument(f"page_size must be a whole number from 1 to {LARGEST_PAGE}, not {page_size!r}")
    by_number = isinstance(start, int) and not isinstance(start, bool)
    if not (start is None or (start in range(1, LAST_PAGE + 1) if by_number else isinstance(start, str) and start)):
        raise InvalidArgument("start must be the `next_token` of an earlier iteration, or None for the first page")

    async def fetch(token: Token) -> _Page[T] | list[T]:
        page = UNSET if token is None else token
        return await session(operation, fields_root=[PagingMember.NEXT], page=page, limit=page_size, **filters)

    return Paginator(fetch, page_size, start)
