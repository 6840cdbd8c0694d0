"""Lists: all forms of pages, the pages that are fetched ahead, and the ends of a loop."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lucca_procurement import LuccaProcurement, models
from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.errors import DecodeError, InvalidArgument, PageCycle, ProcurementError, ServerError
from lucca_procurement.pages import Paginator
from support.client import client_over
from support.loop import nothing_forgotten, settled
from support.lucca import PAGINGS
from support.samples import PURCHASE
from support.transports import Checked

Page = tuple[Sequence[int], str | None]


class Natures:
    """A server of natures: it has a page for each `page` that is asked for, and may hold or refuse one."""

    def __init__(self, pages: dict[str | None, Page]) -> None:
        self.pages = pages
        self.asked: list[str | None] = []
        self.held: dict[str | None, asyncio.Event] = {}
        self.broken: set[str | None] = set()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        page = request.url.params.get("page")
        self.asked.append(page)
        if page in self.held:
            await self.held[page].wait()
        if page in self.broken:
            return httpx.Response(500)
        ids, following = self.pages[page]
        return httpx.Response(200, json={"items": [{"id": id} for id in ids], "next": following})

    def client(self) -> LuccaProcurement:
        return client_over(httpx.MockTransport(self), retries=0)


THREE: dict[str | None, Page] = {None: ([1, 2], "b"), "b": ([3, 4], "c"), "c": ([5], None)}


@pytest.fixture
def server() -> Natures:
    return Natures(dict(THREE))


@pytest.fixture
async def client(server: Natures) -> AsyncIterator[LuccaProcurement]:
    async with server.client() as client:
        with nothing_forgotten():
            yield client
            await settled()
            # No loop of a test may leave a task behind.
            assert asyncio.all_tasks() == {asyncio.current_task()}


async def ids_of(listing: Paginator[Any]) -> list[int]:
    return [item.id async for item in listing]


async def each(listing: Paginator[Any], use: Callable[[int], object]) -> None:
    """Use the ids as they come, so that those before an error are not lost with it."""
    async for item in listing:
        use(item.id)


# ---- Every form of a list


@pytest.mark.parametrize("last_page", ["null", "absent", "empty"])
@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
async def test_iterate_with_each_paging_reads_whole_list(paging: Any, last_page: Any, order: Any) -> None:
    for count in (0, 1, 4, 5, 10, 11):
        emulator = Emulator(rate=None, purchases=count, quirks=Quirks(paging=paging, last_page=last_page, order=order))
        async with client_over(Checked(emulator)) as client:
            found = await ids_of(client.purchases.iterate(page_size=5))
        there = [purchase["id"] for purchase in map(emulator.tenant.at, range(count))]
        assert sorted(found) == there
        if order != "shuffled":
            assert found == there[:: 1 if order == "ascending" else -1]
        full, rest = divmod(count, 5)
        # Without `next`, the client asks for the next page after a full page. Without `count`, also after a short one.
        looks = (not rest and count > 0) if last_page == "absent" or paging == "number" else False
        looks = count > 0 if paging == "array" else looks and not (paging == "token" and full >= 2)
        assert len(emulator.log) == full + (rest > 0 or count == 0) + looks


@pytest.mark.parametrize("operation", ["suppliers", "natures", "cost_centers"])
@pytest.mark.parametrize("paging", PAGINGS)
async def test_iterate_with_any_page_size_yields_same_items(operation: str, paging: Any) -> None:
    async with client_over(Checked(Emulator(rate=None, quirks=Quirks(paging=paging)))) as client:
        resource = getattr(client, operation)
        found = await ids_of(resource.iterate(page_size=3))
        assert len(found) == len(set(found)) > 3
        assert found == await ids_of(resource.iterate(page_size=1000))


async def test_iterate_with_empty_page_and_token_goes_on(server: Natures, client: LuccaProcurement) -> None:
    server.pages = {None: ([], "b"), "b": ([], "c"), "c": ([7], "d"), "d": ([], None)}
    assert await ids_of(client.natures.iterate()) == [7]
    assert [len(page) async for page in client.natures.iterate().pages()] == [0, 0, 1, 0]


async def test_iterate_after_empty_page_fault_yields_all_items() -> None:
    emulator = Emulator(rate=None, purchases=12)
    emulator.faults.add("list_purchases", "empty-page", skip=1)
    async with client_over(Checked(emulator)) as client:
        assert len(await ids_of(client.purchases.iterate(page_size=5))) == 12


async def test_iterate_with_repeated_item_yields_item_once(server: Natures, client: LuccaProcurement) -> None:
    server.pages = {None: ([1, 2, 1], "b"), "b": ([2, 3], "c"), "c": ([1, 4], None)}
    assert await ids_of(client.natures.iterate()) == [1, 2, 3, 4]
    assert [[item.id for item in page] async for page in client.natures.iterate().pages()] == [[1, 2], [3], [4]]


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
@pytest.mark.parametrize("page_size", [1, 2, 5])
async def test_iterate_during_creates_misses_no_item(paging: Any, order: Any, page_size: int) -> None:
    emulator = Emulator(rate=None, purchases=12, quirks=Quirks(paging=paging, order=order))
    there = {emulator.tenant.at(index)["id"] for index in range(12)}
    async with client_over(Checked(emulator)) as client:
        found = []
        async for purchase in client.purchases.iterate(page_size=page_size):
            found.append(purchase.id)
            if len(found) % 3 == 0 and len(found) < 12:
                await client.purchases.create(PURCHASE)
    assert there <= set(found)
    assert len(found) == len(set(found))


@st.composite
def listings(draw: st.DrawFn) -> list[tuple[str | None, list[int]]]:
    """Return pages in their order, each with the token that leads to it."""
    pages = draw(st.lists(st.lists(st.integers(1, 12), max_size=4), min_size=1, max_size=6))
    tokens = draw(st.lists(st.text(min_size=1), min_size=len(pages) - 1, max_size=len(pages) - 1, unique=True))
    return list(zip([None, *tokens], pages, strict=True))


def repeats(listing: list[tuple[str | None, list[int]]]) -> bool:
    """Return whether two pages in a row have only ids of earlier pages. That is a cycle."""
    seen: set[int] = set()
    in_a_row = 0
    for _, ids in listing:
        in_a_row = in_a_row + 1 if ids and seen.issuperset(ids) else 0
        if in_a_row == 2:
            return True
        seen.update(ids)
    return False


@given(listings(), st.sampled_from([None, ""]), st.data())
async def test_iterate_of_random_pages_yields_items_once_in_order(
    listing: list[tuple[str | None, list[int]]], last: str | None, data: st.DataObject
) -> None:
    following = {token: after for (token, _), (after, _) in pairwise(listing)}
    server = Natures({token: (ids, following.get(token, last)) for token, ids in listing})
    begin = data.draw(st.integers(0, len(listing) - 1))
    assume(not repeats(listing[begin:]))
    async with server.client() as client:
        found = await ids_of(client.natures.iterate(start=listing[begin][0]))
    assert found == list(dict.fromkeys(id for _, ids in listing[begin:] for id in ids))
    assert server.asked == [token for token, _ in listing[begin:]]


# ---- Fetched ahead


async def test_prefetch_reads_one_page_ahead(server: Natures, client: LuccaProcurement) -> None:
    listing = aiter(client.natures.iterate())
    assert server.asked == []
    await anext(listing)
    for _ in range(2):
        await settled()
        assert server.asked == [None, "b"]
        await anext(listing)
    await settled()
    assert server.asked == [None, "b", "c"]
    assert [item.id async for item in listing] == [4, 5]


async def leave_by_break(listing: Paginator[Any]) -> None:
    async for _ in listing:
        await settled()
        break


async def leave_by_error(listing: Paginator[Any]) -> None:
    async def fail() -> None:
        async for _ in listing:
            await settled()
            raise KeyError

    with pytest.raises(KeyError):
        await fail()


async def leave_pages_by_break(listing: Paginator[Any]) -> None:
    async for _ in listing.pages():
        await settled()
        break


async def leave_by_cancellation(listing: Paginator[Any]) -> None:
    """Cancel a loop that waits for a page."""
    loop = asyncio.create_task(ids_of(listing))
    await settled()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def leave_by_cancellation_in_the_body(listing: Paginator[Any]) -> None:
    async def stand_still() -> None:
        async for _ in listing:
            await asyncio.Event().wait()

    loop = asyncio.create_task(stand_still())
    await settled()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


LEAVING = (
    leave_by_break,
    leave_by_error,
    leave_pages_by_break,
    leave_by_cancellation,
    leave_by_cancellation_in_the_body,
)


@pytest.mark.parametrize("leave", LEAVING)
@pytest.mark.parametrize("ahead", ["held", "broken", "there"])
async def test_prefetch_after_loop_is_left_leaves_no_task(
    server: Natures, client: LuccaProcurement, leave: Callable[[Paginator[Any]], Awaitable[None]], ahead: str
) -> None:
    if ahead == "held" or leave is leave_by_cancellation:
        server.held["b"] = asyncio.Event()
    if ahead == "broken":
        server.broken.add("b")
    await leave(client.natures.iterate())
    # The fixture looks for tasks that still run and for errors that nobody retrieved.
    assert server.asked == [None, "b"]


async def test_prefetch_error_after_cancellation_is_retrieved(client: LuccaProcurement) -> None:
    async def fetch(token: object) -> list[models.Nature]:
        if token is None:
            return [models.Nature(id=1)]
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("cut")

    await leave_by_break(Paginator(fetch, page_size=1, start=None))


async def test_iterate_after_client_closes_raises_with_next_token(client: LuccaProcurement) -> None:
    listing = client.natures.iterate()
    found = []

    async def close_at_once() -> None:
        async for nature in listing:
            found.append(nature.id)
            await client.aclose()

    with pytest.raises(ProcurementError, match="closed") as caught:
        await close_at_once()
    assert found == [1, 2]
    assert caught.value.next_token == listing.next_token == "b"


async def test_prefetch_when_client_closes_leaves_no_task(server: Natures, client: LuccaProcurement) -> None:
    server.held["b"] = asyncio.Event()
    async for _ in client.natures.iterate():
        await settled()
        await client.aclose()
        break
    assert server.asked == [None, "b"]


# ---- To stop and go on


async def test_next_token_in_item_loop_covers_unyielded_items(client: LuccaProcurement) -> None:
    listing = client.natures.iterate()
    seen = []
    async for nature in listing:
        seen.append((nature.id, listing.next_token, listing.finished))
    assert seen == [(1, None, False), (2, "b", False), (3, "b", False), (4, "c", False), (5, None, True)]


async def test_next_token_in_page_loop_leads_to_next_page(client: LuccaProcurement) -> None:
    listing = client.natures.iterate()
    seen = [(listing.next_token, listing.finished) async for _ in listing.pages()]
    assert seen == [("b", False), ("c", False), (None, True)]


async def test_paginator_in_second_loop_starts_again(client: LuccaProcurement) -> None:
    listing = client.natures.iterate(start="b")
    for _ in range(2):
        seen = [(nature.id, listing.next_token, listing.finished) async for nature in listing]
        assert seen == [(3, "b", False), (4, "c", False), (5, None, True)]


@pytest.mark.parametrize("paging", PAGINGS)
async def test_iterate_from_stored_token_yields_rest(paging: Any) -> None:
    async with client_over(Checked(Emulator(rate=None, purchases=12, quirks=Quirks(paging=paging)))) as client:
        everything = await ids_of(client.purchases.iterate(page_size=5))
        listing = client.purchases.iterate(page_size=5)
        found: list[int] = []
        async for page in listing.pages():
            found += [purchase.id for purchase in page]
            start = json.loads(json.dumps(listing.next_token))
            if start is not None:
                assert found + await ids_of(client.purchases.iterate(5, start)) == everything
                assert found + await ids_of(client.purchases.iterate(5, str(start))) == everything
        assert found == everything


@pytest.mark.parametrize("paging", PAGINGS)
async def test_iterate_error_follows_earlier_items_with_next_token(paging: Any) -> None:
    emulator = Emulator(rate=None, purchases=17, quirks=Quirks(paging=paging))
    async with client_over(Checked(emulator), retries=0) as client:
        everything = await ids_of(client.purchases.iterate(page_size=5))
        emulator.faults.add("list_purchases", "500", skip=2)
        listing = client.purchases.iterate(page_size=5)
        found: list[int] = []
        with pytest.raises(ServerError) as caught:
            await each(listing, found.append)
        assert found == everything[:10]
        assert caught.value.next_token == listing.next_token
        assert not listing.finished
        assert found + await ids_of(client.purchases.iterate(5, caught.value.next_token)) == everything


# ---- Pages that come again


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        pytest.param({None: ([1], "b"), "b": ([2], "b")}, [1, 2], id="one"),
        pytest.param({None: ([1], "b"), "b": ([2], "c"), "c": ([3], "b")}, [1, 2, 3], id="two"),
        pytest.param({None: ([1], "b"), "b": ([2], "c"), "c": ([], "d"), "d": ([4], "b")}, [1, 2, 4], id="three"),
    ],
)
async def test_iterate_with_repeated_token_raises_page_cycle(
    server: Natures, client: LuccaProcurement, pages: dict[str | None, Page], found: list[int]
) -> None:
    server.pages = pages
    listing = client.natures.iterate()
    yielded: list[int] = []
    with pytest.raises(PageCycle, match="came before"):
        await each(listing, yielded.append)
    assert yielded == found
    assert len(server.asked) == len(pages)
    assert not listing.finished


@pytest.mark.parametrize("start", ["b", "2"])
async def test_iterate_with_token_of_start_raises_page_cycle(
    server: Natures, client: LuccaProcurement, start: str
) -> None:
    pages: dict[str | None, Page] = {start: ([1], "c"), "c": ([2], start)}
    server.pages = pages
    with pytest.raises(PageCycle):
        await ids_of(client.natures.iterate(start=start))
    assert server.asked == [start, "c"]


@pytest.mark.parametrize("paging", ["number", "array"])
async def test_iterate_with_ignored_page_number_raises_page_cycle(paging: str) -> None:
    items = [{"id": 1}, {"id": 2}]
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("page"))
        return httpx.Response(200, json=items if paging == "array" else {"items": items})

    found: list[int] = []
    async with client_over(httpx.MockTransport(answer)) as client:
        with pytest.raises(PageCycle, match="does not heed"):
            await each(client.natures.iterate(page_size=2), found.append)
    assert found == [1, 2]
    assert asked == [None, "2", "3"]


class Numbered:
    """A server of so many natures that counts its pages, with the oddities of servers that do."""

    def __init__(
        self, total: int, *, cap: int = 1000, hidden: frozenset[int] = frozenset(), count: int | None = None
    ) -> None:
        self.total = total
        self.cap = cap
        self.hidden = hidden
        self.count = count
        self.asked: list[int] = []
        self.clamped = False
        self.bare = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", 1))
        size = min(int(request.url.params["limit"]), self.cap)
        self.asked.append(number)
        if self.clamped:
            number = min(number, max(1, -(-self.total // size)))
        ids = range((number - 1) * size + 1, min(number * size, self.total) + 1)
        items = [{"id": id} for id in ids if id not in self.hidden]
        if self.bare:
            return httpx.Response(200, json=items)
        return httpx.Response(200, json={"items": items} | ({} if self.count is None else {"count": self.count}))

    def client(self) -> LuccaProcurement:
        return client_over(httpx.MockTransport(self), retries=0)


@pytest.mark.parametrize("count", [None, 1000])
@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize(("cap", "hidden"), [(1000, {3}), (99, set()), (99, {3, 4, 500}), (100, set())])
async def test_iterate_with_short_pages_reads_to_end(count: int | None, bare: bool, cap: int, hidden: set[int]) -> None:
    server = Numbered(1000, cap=cap, hidden=frozenset(hidden), count=count)
    server.bare = bare
    async with server.client() as client:
        listing = client.natures.iterate(page_size=100)
        found = await ids_of(listing)
    assert found == [id for id in range(1, 1001) if id not in hidden]
    told = None if bare else count
    assert listing.count == told
    assert listing.next_token is None
    # `count` says that there is more than came: the list is at its end, and not complete.
    assert listing.finished is (told is None or not hidden)


async def test_iterate_with_short_page_and_equal_count_ends() -> None:
    server = Numbered(250, count=250)
    async with server.client() as client:
        assert len(await ids_of(listing := client.natures.iterate(page_size=100))) == 250
    assert server.asked == [1, 2, 3]
    assert listing.finished


async def test_iterate_with_start_and_short_page_goes_on() -> None:
    server = Numbered(999, cap=99, count=999)
    async with server.client() as client:
        found = await ids_of(client.natures.iterate(page_size=100, start=10))
    assert found == [*range(892, 1000)]


@pytest.mark.parametrize("count", [None, 200])
async def test_iterate_with_repeated_last_page_ends(count: int | None) -> None:
    server = Numbered(200, count=count)
    server.clamped = True
    found: list[int] = []
    async with server.client() as client:
        listing = client.natures.iterate(page_size=100)
        if count is None:
            with pytest.raises(PageCycle, match="does not heed `page`"):
                await each(listing, found.append)
        else:
            await each(listing, found.append)
    assert found == [*range(1, 201)]
    assert listing.finished is (count is not None)


@pytest.mark.parametrize("total", [3, 100])
async def test_iterate_with_identical_pages_raises_page_cycle(total: int) -> None:
    server = Numbered(total)
    server.clamped = True
    found: list[int] = []
    async with server.client() as client:
        listing = client.natures.iterate(page_size=100)
        with pytest.raises(PageCycle) as caught:
            await each(listing, found.append)
    assert found == [*range(1, total + 1)]
    assert server.asked == [1, 2, 3]
    assert caught.value.next_token == listing.next_token
    assert not listing.finished


async def test_iterate_with_alternating_pages_raises_page_cycle() -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("page"))
        ids = (1, 2) if len(asked) % 2 else (3, 4)
        return httpx.Response(200, json={"items": [{"id": id} for id in ids], "next": f"token {len(asked)}"})

    found: list[int] = []
    async with client_over(httpx.MockTransport(answer)) as client:
        with pytest.raises(PageCycle, match="brought nothing new"):
            await each(client.natures.iterate(page_size=2), found.append)
    assert found == [1, 2, 3, 4]
    assert len(asked) <= 5


async def test_iterate_with_endless_empty_pages_raises_page_cycle() -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("page"))
        return httpx.Response(200, json={"items": [], "next": f"token {len(asked)}"})

    async with client_over(httpx.MockTransport(answer)) as client:
        with pytest.raises(PageCycle, match="100 pages in a row"):
            await ids_of(client.natures.iterate())
    assert len(asked) <= 101


@pytest.mark.parametrize(("count", "finished"), [(5, True), (6, False), (None, True)])
async def test_iterate_by_token_is_finished_if_count_agrees(count: int | None, finished: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        ids, following = THREE[request.url.params.get("page")]
        return httpx.Response(200, json={"items": [{"id": id} for id in ids], "next": following, "count": count})

    async with client_over(httpx.MockTransport(answer)) as client:
        listing = client.natures.iterate()
        assert await ids_of(listing) == [1, 2, 3, 4, 5]
        assert (listing.count, listing.finished, listing.next_token) == (count, finished, None)
        rest = client.natures.iterate(start="c")
        assert await ids_of(rest) == [5]
        assert rest.finished


@pytest.mark.parametrize("bare", [True, False])
async def test_iterate_with_more_items_than_asked_for_is_refused(bare: bool) -> None:
    items = [{"id": id} for id in range(1, 12)]

    def answer(request: httpx.Request) -> httpx.Response:
        there = [] if "page" in request.url.params else items
        return httpx.Response(200, json=there if bare else {"items": there})

    async with client_over(httpx.MockTransport(answer)) as client:
        with pytest.raises(DecodeError, match="with more items than the 10 that were asked for"):
            await ids_of(client.natures.iterate(page_size=10))
        assert len(await ids_of(client.natures.iterate(page_size=20))) == 11


# ---- Invalid arguments and pages


@pytest.mark.parametrize("page_size", [-1, 1001, 1.0, "10", True, None])
def test_iterate_with_invalid_page_size_is_refused_at_once(server: Natures, page_size: Any) -> None:
    for resource in resources(server):
        with pytest.raises(InvalidArgument, match="page_size"):
            resource.iterate(page_size=page_size)


@pytest.mark.parametrize("start", ["", 0, -1, 2**31, True, 1.5, b"b", ["b"]])
def test_iterate_with_invalid_start_is_refused_at_once(server: Natures, start: Any) -> None:
    for resource in resources(server):
        with pytest.raises(InvalidArgument, match="start"):
            resource.iterate(start=start)


async def test_iterate_with_long_numeric_token_sends_token(server: Natures, client: LuccaProcurement) -> None:
    token = "9" * 5000
    pages: dict[str | None, Page] = {token: ([1], None)}
    server.pages = pages
    assert await ids_of(client.natures.iterate(start=token)) == [1]


def resources(server: Natures) -> list[Any]:
    client = server.client()
    asyncio.run(client.aclose())
    return [client.purchases, client.suppliers, client.natures, client.cost_centers]


# ---- What is kept


async def test_iteration_that_waits_for_next_page_keeps_no_purchase_of_the_page_before() -> None:
    first: list[weakref.ref[models.Purchase]] = []
    kept: list[bool] = []

    async def fetch(token: str | int | None) -> models.PurchasePage:
        if token is None:
            purchases = [models.Purchase(id=1), models.Purchase(id=2)]
            first.append(weakref.ref(purchases[0]))
            return models.PurchasePage(items=purchases, next_="2")
        # By then the caller has used the first page, and waits.
        await settled()
        kept.append(first[0]() is not None)
        return models.PurchasePage(items=[models.Purchase(id=3)])

    assert [purchase.id async for purchase in Paginator(fetch, page_size=2, start=None)] == [1, 2, 3]
    assert kept == [False]


# ---- The count


async def test_page_has_count_of_whole_list(lucca_client: LuccaProcurement) -> None:
    pages = [page async for page in lucca_client.purchases.iterate(page_size=200).pages()]
    assert [(len(page), page.count) for page in pages] == [(200, 300), (100, 300)]
    assert pages[0][0].id == next(iter(pages[0])).id


async def test_iterate_with_page_size_0_reads_only_count(
    lucca_emulator: Emulator, lucca_client: LuccaProcurement
) -> None:
    listing = lucca_client.purchases.iterate(page_size=0)
    (page,) = [page async for page in listing.pages()]
    assert (len(page), page.count, listing.count, listing.next_token) == (0, 300, 300, None)
    assert [entry.operation for entry in lucca_emulator.log] == ["list_purchases"]
