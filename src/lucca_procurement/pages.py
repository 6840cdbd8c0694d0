"""Lists, page after page: by token if the API returns one, else by number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, Generic, Protocol, TypeVar

from lucca_procurement_api.models import PagingMember
from lucca_procurement_api.types import UNSET, Unset

from ._wire.session import Call, Session
from ._wire.text import cut
from .errors import InvalidArgument, PageCycle, ProcurementError

__all__ = ("Paginator",)

LARGEST_PAGE = 1_000
LAST_PAGE = 2**31 - 1
_MOST_REPEATED = 2
_MOST_WITHOUT_NEW = 100
"""Pages in a row. Empty pages are no end of a list that goes by tokens, and must come to one."""


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
    @property
    def count(self) -> int | Unset | None: ...


Token = str | int | None
"""Leads to a page: opaque text, a number counted from 1, or None for the first."""


class Paginator(Generic[T]):
    """A list to read: `async for item in it`, or `async for page in it.pages()`. Each such loop starts anew.

    The iterator prefetches the next page while the caller uses the current one. An item that moves to another page
    meanwhile comes once. After any end of a loop, `iterate(start=it.next_token)` goes on: nothing is missed, and if
    the loop left a page before its last item, the items of this page come again.

    Attributes:
        next_token: Leads to what comes next. None when the list was read to its end.
        count: How many items the whole list has, as the server said last. None if it does not say.
        finished: Whether the list was read to its end, and the items that came are as many as `count` said at the
            start. A reading that began in the middle cannot compare them.

    Raises:
        ProcurementError: A page cannot be read. `next_token` leads to it.
        PageCycle: A page comes again and again.
    """

    def __init__(self, fetch: Callable[[Token], Awaitable[_Page[T] | list[T]]], page_size: int, start: Token) -> None:
        self._fetch = fetch
        self._page_size = page_size
        self._start = start
        self.next_token: Token = start
        self.count: int | None = None
        self.finished = False

    async def __aiter__(self) -> AsyncIterator[T]:
        async with aclosing(self._pages()) as pages:
            async for items, following, complete in pages:
                for item in items[:-1]:
                    yield item
                self.next_token, self.finished = following, complete
                for item in items[-1:]:
                    yield item

    async def pages(self) -> AsyncGenerator[list[T], None]:
        """Read page by page. While one is used, `next_token` leads to the one after it. A page may be empty."""
        async with aclosing(self._pages()) as pages:
            async for items, following, complete in pages:
                self.next_token, self.finished = following, complete
                yield items

    async def _pages(self) -> AsyncGenerator[tuple[list[T], Token, bool], None]:
        """Yield the new items of each page, the way to the next one, and whether the list is complete with it."""
        self.next_token, self.finished = self._start, False
        route = Route(self._start, self._page_size)
        token = self._start
        ahead = asyncio.ensure_future(self._fetch(token))
        try:
            while True:
                cycle: PageCycle | None = None
                try:
                    page = await ahead
                    following = route.after(page)
                except PageCycle as error:
                    # What is new on the page comes before the error.
                    cycle, following = error, token
                except ProcurementError as error:
                    error.next_token = token
                    raise
                self.count = route.count
                if following is not None and cycle is None:
                    ahead = asyncio.ensure_future(self._fetch(following))
                if cycle is None or route.new:
                    yield route.new, following, following is None and route.complete
                if cycle is not None:
                    cycle.next_token = token
                    raise cycle
                if following is None:
                    return
                token = following
        finally:
            ahead.cancel()
            await asyncio.wait([ahead])
            if not ahead.cancelled():
                # Fetched for nothing, perhaps in vain. asyncio reports an error that nobody asks for.
                ahead.exception()


class _Seen:
    """The ids that came, as bits: ids follow one another, and 100,000 of them take some kB instead of 8 MB in a set."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}
        self.number = 0

    def add(self, id: int) -> bool:
        """Note an id. Returns whether it is new."""
        block, place = divmod(id, 1024)
        known = self._blocks.get(block, 0)
        if known >> place & 1:
            return False
        self._blocks[block] = known | 1 << place
        self.number += 1
        return True


class Route:
    """The way through a list, page after page.

    Only the answers show whether a list goes by token or by number: the documentation has both. A token leads, if the
    answer has the member `next` at all. Else pages are counted until one is empty. A short page alone ends nothing: the
    server may have a smaller `limit` of its own, or hide an item. It is the last one if `count` agrees.

    Attributes:
        new: The items of the latest page that were on no page before.
        count: How many items the whole list has, as the latest page said. None if the pages do not say.
    """

    def __init__(self, start: Token, page_size: int) -> None:
        self._page_size = page_size
        self._from_start = start in (None, 1, "1")
        # What is longer than any number of a page is a token, though it be all digits.
        by_number = not isinstance(start, str) or (start.isdecimal() and len(start) <= len(str(LAST_PAGE)))
        self._number = int(start or 1) if by_number else None
        self._tokens = {start}
        self._seen = _Seen()
        self._expected: int | None = None
        self._repeated = 0
        self._without_new = 0
        self.new: list[Any] = []
        self.count: int | None = None

    @property
    def complete(self) -> bool:
        """Whether at least as many items came as `count` said at the start, as far as this can be known."""
        return not self._from_start or self._expected is None or self._seen.number >= self._expected

    def after(self, page: _Page[Any] | list[Any]) -> Token:
        """Return what leads to the page after this one, None after the last. Raises PageCycle if pages repeat."""
        items = page if isinstance(page, list) else page.items
        self.new = [item for item in items if self._seen.add(item.id)]
        if not isinstance(page, list):
            self.count = page.count if isinstance(page.count, int) else None
        if self._expected is None:
            self._expected = self.count
        if not isinstance(page, list) and page.next_ is not UNSET:
            # By token. The last page says null or is empty here, or says nothing.
            self._number = None
            following: Token = page.next_ or None
        elif self._number is None or not items or (self._agrees() and (len(items) < self._page_size or not self.new)):
            following = None
        else:
            self._number += 1
            following = self._number
        if following is not None:
            self._check(following, repeated=bool(items) and not self.new)
        return following

    def _agrees(self) -> bool:
        """Return whether `count` says that all has come."""
        return self._from_start and self.count is not None and self._seen.number >= self.count

    def _check(self, following: Token, *, repeated: bool) -> None:
        """Raise PageCycle if the way does not lead on."""
        if following in self._tokens:
            raise PageCycle(f"the list leads to page {cut(repr(following), 100)}, which came before")
        self._tokens.add(following)
        # Once can be chance: what was created meanwhile moves items to the next page, all of them if it is small.
        self._repeated = self._repeated + 1 if repeated else 0
        self._without_new = 0 if self.new else self._without_new + 1
        if self._repeated == _MOST_REPEATED or self._without_new == _MOST_WITHOUT_NEW:
            raise PageCycle(f"{self._without_new} pages in a row brought nothing new: the server does not heed `page`")


def paginate(
    session: Session | Call,
    operation: Callable[..., Awaitable[_Page[T] | list[T]]],
    page_size: int,
    start: Token,
    **filters: object,
) -> Paginator[T]:
    """Return the iteration over a compiled operation. Raises InvalidArgument."""
    if isinstance(page_size, bool) or not isinstance(page_size, int) or not 1 <= page_size <= LARGEST_PAGE:
        raise InvalidArgument(f"page_size must be a whole number from 1 to {LARGEST_PAGE}, not {page_size!r}")
    by_number = isinstance(start, int) and not isinstance(start, bool)
    if not (start is None or (start in range(1, LAST_PAGE + 1) if by_number else isinstance(start, str) and start)):
        raise InvalidArgument("start must be the `next_token` of an earlier iteration, or None for the first page")

    async def fetch(token: Token) -> _Page[T] | list[T]:
        page = UNSET if token is None else token
        return await session(
            operation, fields_root=[PagingMember.NEXT, PagingMember.COUNT], page=page, limit=page_size, **filters
        )

    return Paginator(fetch, page_size, start)
