"""Read lists page by page: by token if the API returns one, otherwise by number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from attrs import frozen

from lucca_procurement_api.models import PagingMember
from lucca_procurement_api.types import UNSET

from ._wire.session import Call, Session
from ._wire.text import cut
from .errors import BadRequest, InvalidArgument, PageCycle, ProcurementError

__all__ = ("Page", "Paginator")

LARGEST_PAGE = 1_000
LAST_PAGE = 2**31 - 1
_MOST_REPEATED = 2
_MOST_WITHOUT_NEW = 100
"""The most pages in a row without a new item. An empty page does not end a list that uses tokens."""


class _Identified(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_Identified)
T_co = TypeVar("T_co", bound=_Identified, covariant=True)


class _Page(Protocol[T_co]):
    @property
    def items(self) -> Sequence[T_co]: ...
    @property
    def next_(self) -> str | None: ...
    @property
    def count(self) -> int | None: ...
    def has(self, name: str) -> bool: ...


Token = str | int | None
"""The key of a page: opaque text, a number counted from 1, or None for the first page."""


@frozen
class Page(Generic[T]):
    """The items of one page: `for item in page`, `len(page)`, `page[0]`."""

    items: list[T]
    count: int | None
    """The number of items in the whole list. It is None if the server does not return it."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> T:
        return self.items[index]


class Paginator(Generic[T]):
    """A list to read: `async for item in it`, or `async for page in it.pages()`. Each loop starts from the beginning.

    The iterator prefetches the next page while the caller uses the current one. If an item moves to another page
    during the loop, the iterator yields it once. After a loop has ended for any reason, `iterate(start=it.next_token)`
    continues, and misses nothing. If the loop left a page before its last item, it yields all items of this page again.

    Attributes:
        next_token: The key of the next page. It is None after the end of the list.
        count: The number of items in the whole list, by the latest answer. It is None if the server does not return it.
        finished: True if the list was read to its end, and if it had at least as many items as `count` stated at the
            start. If the reading began in the middle, the number of items is not compared.

    Raises:
        ProcurementError: A page cannot be read. Its `next_token` is the key of this page.
        PageCycle: The list returned to an earlier page, or its pages repeat.
    """

    def __init__(self, fetch: Callable[[Token], Awaitable[_Page[T] | list[T]]], page_size: int, start: Token) -> None:
        self._fetch = fetch
        self._page_size = page_size
        self._start = start
        self.next_token: Token = start
        self.count: int | None = None
        self.finished = False

    if not TYPE_CHECKING:

        def __iter__(self):
            raise TypeError("a list is read with `async for`: async for item in lucca.purchases.iterate()")

        def __await__(self):
            raise TypeError("`iterate()` is not awaited: async for item in lucca.purchases.iterate()")

    async def __aiter__(self) -> AsyncIterator[T]:
        async with aclosing(self._pages()) as pages:
            async for items, next_token, complete in pages:
                for item in items[:-1]:
                    yield item
                self.next_token, self.finished = next_token, complete
                for item in items[-1:]:
                    yield item
                # Nobody else has this list. The next page is read while the garbage collector visits all that is kept.
                items.clear()

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Yield each page. While the caller uses a page, `next_token` is the key of the next one.

        A page may be empty. If `page_size` is 0, the only page has no items and the `count` of the list.

        Raises ProcurementError if a page cannot be read, and PageCycle if pages repeat.
        """
        async with aclosing(self._pages()) as pages:
            async for items, next_token, complete in pages:
                self.next_token, self.finished = next_token, complete
                yield Page(items, self.count)

    async def _pages(self) -> AsyncGenerator[tuple[list[T], Token, bool], None]:
        """Yield for each page its new items, the key of the next page, and True if the list is now complete."""
        self.next_token, self.finished = self._start, False
        route = Route(self._start, self._page_size)
        token = self._start
        prefetched = asyncio.ensure_future(self._fetch(token))
        try:
            while True:
                cycle: PageCycle | None = None
                try:
                    next_token = route.after(await prefetched)
                except PageCycle as error:
                    # The caller receives the new items of the page before the error.
                    cycle, next_token = error, token
                except ProcurementError as error:
                    error.next_token = token
                    if isinstance(error, BadRequest) and token is not None and token == self._start:
                        error.advice = (
                            "The page token may be too old: read the list from its beginning, without `start`."
                        )
                    raise
                self.count = route.count
                if next_token is not None and cycle is None:
                    prefetched = asyncio.ensure_future(self._fetch(next_token))
                if cycle is None or route.new:
                    yield route.new, next_token, next_token is None and route.complete
                if cycle is not None:
                    cycle.next_token = token
                    raise cycle
                if next_token is None:
                    return
                token = next_token
        finally:
            prefetched.cancel()
            await asyncio.wait([prefetched])
            if not prefetched.cancelled():
                # The prefetch may have failed. If nobody retrieves its error, asyncio reports it.
                prefetched.exception()


class _IdSet:
    """The ids so far, stored as bits. Ids are nearly consecutive: 100,000 need some kB, and 8 MB in a set."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}
        self.number = 0

    def add(self, id: int) -> bool:
        """Note an id, and return True if it is new."""
        block, place = divmod(id, 1024)
        known = self._blocks.get(block, 0)
        if known >> place & 1:
            return False
        self._blocks[block] = known | 1 << place
        self.number += 1
        return True


class Route:
    """The way through a list, page after page.

    The documentation shows lists that use tokens and lists that use numbers, so only the answers can decide. If an
    answer has the member `next`, the list uses tokens. Otherwise, pages are counted until one is empty. A short page
    alone is not the end, because the server may have a smaller `limit` or hide an item. It is the last page if `count`
    agrees. Our assumption (paging); Lucca does not document it.

    If `next` is null or empty, the page is the last one. Our assumption (last-page); Lucca does not document it.

    Args:
        start: The key of the first page to read. If it is None, the first page of the list.
        page_size: The number of items that are requested per page.

    Attributes:
        new: The items of the latest page that were on no earlier page.
        count: The number of items in the whole list, by the latest page. It is None if the page does not have it.
    """

    def __init__(self, start: Token, page_size: int) -> None:
        self._page_size = page_size
        self._from_start = start in (None, 1, "1")
        # Text that is longer than any page number is a token, even if it has only digits.
        by_number = not isinstance(start, str) or (start.isdecimal() and len(start) <= len(str(LAST_PAGE)))
        self._number = int(start or 1) if by_number else None
        self._tokens = {start}
        self._seen = _IdSet()
        self._expected: int | None = None
        self._repeated = 0
        self._without_new = 0
        self.new: list[Any] = []
        self.count: int | None = None

    @property
    def complete(self) -> bool:
        """True if the pages had at least as many items as `count` stated at the start.

        It is also True if the reading began in the middle, or if the server does not return `count`.
        """
        if not self._page_size:
            return self._expected == 0
        return not self._from_start or self._expected is None or self._seen.number >= self._expected

    def after(self, page: _Page[Any] | list[Any]) -> Token:
        """Return the key of the page after this one, or None after the last page.

        Args:
            page: The page that was read.

        Raises PageCycle if pages repeat.
        """
        items = page if isinstance(page, list) else page.items
        self.new = [item for item in items if self._seen.add(item.id)]
        if not isinstance(page, list):
            self.count = page.count
        if self._expected is None:
            self._expected = self.count
        if not self._page_size:
            return None
        if not isinstance(page, list) and page.has("next_"):
            # On the last page, `next` is null, empty or absent.
            self._number = None
            next_token: Token = page.next_ or None
        elif self._number is None or not items or (self._agrees() and (len(items) < self._page_size or not self.new)):
            next_token = None
        else:
            self._number += 1
            next_token = self._number
        if next_token is not None:
            self._check(next_token, repeated=bool(items) and not self.new)
        return next_token

    def _agrees(self) -> bool:
        """Return True if the pages had at least as many items as the latest `count`."""
        return self._from_start and self.count is not None and self._seen.number >= self.count

    def _check(self, next_token: Token, *, repeated: bool) -> None:
        """Raise PageCycle if the key of the next page came before, or if too many pages brought nothing new."""
        if next_token in self._tokens:
            raise PageCycle(f"the list leads to page {cut(repr(next_token), 100)}, which came before")
        self._tokens.add(next_token)
        # One repeat can be chance: items created during the reading move others, up to a whole page, to the next one.
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
    """Return a paginator of a compiled operation.

    Args:
        session: The session of the client, or a call.
        operation: The compiled operation that reads one page.
        page_size: The number of items in a page, from 0 to 1000. If it is 0, only `count` is read.
        start: The key of the first page to read. If it is None, the first page of the list.
        filters: Further arguments of the operation.

    Raises InvalidArgument if `page_size` or `start` is invalid.
    """
    if isinstance(page_size, bool) or not isinstance(page_size, int) or not 0 <= page_size <= LARGEST_PAGE:
        raise InvalidArgument(f"page_size must be a whole number from 0 to {LARGEST_PAGE}, not {page_size!r}")
    by_number = isinstance(start, int) and not isinstance(start, bool)
    if not (start is None or (start in range(1, LAST_PAGE + 1) if by_number else isinstance(start, str) and start)):
        raise InvalidArgument("start must be the `next_token` of an earlier iteration, or None for the first page")

    async def fetch(token: Token) -> _Page[T] | list[T]:
        page = UNSET if token is None else token
        return await session(
            operation, fields_root=[PagingMember.NEXT, PagingMember.COUNT], page=page, limit=page_size, **filters
        )

    return Paginator(fetch, page_size, start)
