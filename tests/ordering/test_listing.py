"""Reading the newest of the list of purchases: nothing is missed, in as few requests as its order allows."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from attrs import evolve

from lucca_procurement import LuccaProcurement, Order, errors
from lucca_procurement._ordering.listing import SLACK, Listing, SharedListing, Wanted
from lucca_procurement.order import PendingRequest
from support.lucca import LIST_ORDERS, PAGINGS, Lucca, no_hook
from support.orders import incomplete, sample_order

FIRST = 1_000
"""The id of the emulator's first purchase."""


def intended_at(lucca: Lucca, id: int) -> float:
    """Return the time of a request for which this purchase is the oldest that is wanted."""
    return datetime.fromisoformat(lucca.emulator.tenant.purchase(id)["createdAt"]).timestamp() + SLACK


def newest(lucca: Lucca, count: int) -> Wanted:
    """Return a `Wanted` that needs this number of the newest purchases."""
    size = len(lucca.emulator.tenant)
    since = intended_at(lucca, FIRST + size - count) if count else lucca.clock.now
    return Wanted("PO-1", PendingRequest(intended_at=since, clock_offset=0.0))


async def listing_of(client: LuccaProcurement, wanted: Wanted, *, whole: bool = False) -> Listing:
    return await SharedListing(client.orders._session).read(wanted, whole=whole)


@pytest.mark.parametrize(
    ("paging", "way", "size", "requests", "whole"),
    [
        ("token", "descending", 10_000, 1, False),
        ("number", "descending", 10_000, 1, False),
        ("array", "descending", 10_000, 1, False),
        ("token", "ascending", 10_000, 2, False),
        ("number", "ascending", 10_000, 2, False),
        pytest.param("token", "shuffled", 10_000, 11, True, marks=pytest.mark.slow),
        ("number", "shuffled", 1_500, 3, True),
        ("token", "ascending", 10_010, 3, False),
        *((paging, way, 60, 1, True) for paging in ("token", "number") for way in LIST_ORDERS),
        # An array does not say that it is the last one.
        ("array", "descending", 60, 1, False),
        *(("array", way, 60, 3, True) for way in ("ascending", "shuffled")),
    ],
)
async def test_listing_in_each_sort_order_takes_fewest_requests(
    paging: str, way: str, size: int, requests: int, whole: bool
) -> None:
    lucca = Lucca(purchases=size, order=way, paging=paging)
    async with lucca.opened() as client:
        listing = await listing_of(client, newest(lucca, min(size, 30)))
    assert sorted(each.id for each in listing.purchases) == list(range(FIRST + size - min(size, 30), FIRST + size))
    assert (len(lucca.requests), listing.whole) == (requests, whole)


@pytest.mark.parametrize("way", LIST_ORDERS)
@pytest.mark.parametrize("paging", PAGINGS)
async def test_listing_of_no_purchases_is_whole(way: str, paging: str) -> None:
    lucca = Lucca(purchases=0, order=way, paging=paging)
    async with lucca.opened() as client:
        assert await listing_of(client, newest(lucca, 0)) == Listing((), whole=True)


@pytest.mark.parametrize("way", LIST_ORDERS)
@pytest.mark.parametrize("paging", ["token", "number"])
@pytest.mark.parametrize("size", [100, 250, 1_100])
async def test_listing_during_inserts_is_complete_or_not_whole(way: str, paging: str, size: int) -> None:
    lucca = Lucca(purchases=size, order=way, paging=paging)
    body = sample_order("PO-0").to_create().to_dict()
    count = min(size, 150)
    wanted = newest(lucca, count)

    async def insert(_: str) -> None:
        for _each in range(7):
            lucca.emulator.tenant.create_purchase(body)

    lucca.after = insert
    async with lucca.opened() as client:
        listing = await listing_of(client, wanted)
    seen = {each.id for each in listing.purchases}
    assert {*range(FIRST + size - count, FIRST + size)} <= seen or (way == "shuffled" and not listing.whole)


async def test_listing_with_fewer_items_than_count_is_read_again() -> None:
    lucca = Lucca(purchases=60, order="shuffled")
    lucca.reply("list_purchases", 200, {"items": [], "count": 60, "next": None})
    async with lucca.opened() as client:
        listing = await listing_of(client, newest(lucca, 30), whole=True)
    assert listing.whole
    assert len(listing.purchases) == 30


@pytest.mark.parametrize(
    ("counts", "hidden", "text"),
    [
        pytest.param((5, 6, 7) * 2, 0, "changed while it was read", id="it changes"),
        # The key may not see them, or the server caps its pages and names no next one.
        pytest.param((5,) * 6, 5, "counts 5 more purchases than it shows", id="it hides purchases"),
    ],
)
async def test_listing_with_fewer_items_than_count_is_not_whole(
    counts: tuple[int, ...], hidden: int, text: str
) -> None:
    lucca = Lucca(purchases=5)
    for count in counts:
        lucca.reply("list_purchases", 200, {"items": [], "count": count, "next": None})
    async with lucca.opened() as client:
        listing = await listing_of(client, newest(lucca, 5), whole=True)
        with pytest.raises(errors.OutcomeUnknown, match=text):
            await client.orders.find("PO-1")
    assert (listing.whole, listing.hidden) == (False, hidden)


async def test_listing_with_newest_purchase_last_finds_order() -> None:
    """The newest purchase stands behind all others, so falling ids on the first page prove nothing."""
    lucca = Lucca(purchases=250, order="descending")
    lucca.fail("create_purchase", "commit-then-drop")
    operations: Any = lucca.emulator._operations
    plain = operations._page

    def grouped(call: Any, count: int, at: Any) -> Any:
        # The newest purchase is in a group of its own, behind all others.
        return plain(call, count, lambda index: at((index + 1) % count))

    operations._page = grouped
    async with lucca.opened() as client:
        mine = sample_order("PO-1")
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_listing_without_created_at_finds_order() -> None:
    lucca = Lucca(purchases=250)
    make = lucca.emulator.tenant.seed.purchase
    lucca.emulator.tenant.seed.purchase = lambda index: make(index) | {"createdAt": None}  # type: ignore[method-assign]
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1"))
    assert lucca.titles == ["[PO-1] Laptops"]


@pytest.mark.parametrize("way", LIST_ORDERS)
@pytest.mark.parametrize("paging", PAGINGS)
async def test_listing_in_each_sort_order_and_paging_finds_order(way: str, paging: str) -> None:
    lucca = Lucca(purchases=1_200, order=way, paging=paging)
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        mine: Order = await client.orders.submit(sample_order("PO-1"))
    assert [purchase["id"] for purchase in lucca.emulator.created()] == [mine.purchase_id]


@pytest.mark.parametrize("way", LIST_ORDERS)
async def test_listing_with_empty_page_reads_on(way: str) -> None:
    lucca = Lucca(purchases=1_200, order=way)
    lucca.fail("list_purchases", "empty-page", times=2)
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
    assert [purchase["id"] for purchase in lucca.emulator.created()] == [mine.purchase_id]


@pytest.mark.parametrize("way", LIST_ORDERS)
async def test_listing_with_repeated_token_ends(way: str) -> None:
    lucca = Lucca(purchases=3_000, order=way)
    lucca.fail("list_purchases", "repeated-token", times=None)
    async with lucca.opened() as client:
        try:
            listing = await listing_of(client, newest(lucca, 500))
        except errors.PageCycle:
            assert way != "ascending"
        else:
            # Backward reading goes by numbers and needs no token.
            assert way == "ascending"
            assert len(listing.purchases) == 500
    assert len(lucca.requests) <= 10


async def test_listing_with_page_cycle_leaves_order_pending() -> None:
    lucca = Lucca(purchases=3_000, order="shuffled")
    lucca.fail("list_purchases", "repeated-token", times=None)
    lucca.fail("create_purchase", "commit-then-drop")
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine))
    assert isinstance(error.__cause__, errors.PageCycle)
    assert (error.needs, mine.pending is not None) == ("time", True)


@pytest.mark.parametrize("way", ["ignored", "rejected"])
async def test_listing_without_page_numbers_uses_tokens(way: str) -> None:
    lucca = Lucca(purchases=1_200, order="ascending")
    operations: Any = lucca.emulator._operations
    begin = operations._begin

    def begin_by_token(call: Any, limit: int) -> int:
        if call.query.get("page", "1")[0].isdigit():
            return 0
        first: int = begin(call, limit)
        return first

    async def reject_the_second(name: str) -> None:
        if len(lucca.requests) == 1:
            lucca.before = no_hook
            lucca.reply(name, 400, {"title": "Bad Request"})

    if way == "ignored":
        operations._begin = begin_by_token
    else:
        lucca.before = reject_the_second
    async with lucca.opened() as client:
        listing = await listing_of(client, newest(lucca, 30))
    assert listing.whole
    assert len(listing.purchases) == 30


class Held:
    """Holds back the requests to a Lucca. `asked` is set when the first one has come."""

    def __init__(self, lucca: Lucca) -> None:
        self.asked, self.going = asyncio.Event(), asyncio.Event()
        lucca.before = self._hold

    async def _hold(self, _: str) -> None:
        self.asked.set()
        await self.going.wait()


async def test_shared_listing_with_concurrent_orders_reads_once() -> None:
    lucca = Lucca(purchases=250)
    async with lucca.opened() as client:
        listing = SharedListing(client.orders._session)
        wanted = newest(lucca, 10)
        old = newest(lucca, 150)
        both = await asyncio.gather(listing.read(wanted), listing.read(old))
    assert both[0] is both[1]
    assert {each.id for each in both[0].purchases} >= set(range(FIRST + 100, FIRST + 250))
    assert len(lucca.requests) == 2


async def test_shared_listing_asked_during_reading_reads_again() -> None:
    """A reading that began before the question proves nothing."""
    lucca = Lucca(purchases=10)
    held = Held(lucca)
    async with lucca.opened() as client:
        listing = SharedListing(client.orders._session)
        first = asyncio.create_task(listing.read(newest(lucca, 5)))
        await held.asked.wait()
        second = asyncio.create_task(listing.read(newest(lucca, 5)))
        await asyncio.sleep(0)
        held.going.set()
        assert await first is not await second
    assert len(lucca.requests) == 2


async def test_shared_listing_after_cancelled_order_serves_others() -> None:
    lucca = Lucca(purchases=10)
    held = Held(lucca)
    async with lucca.opened() as client:
        listing = SharedListing(client.orders._session)
        tasks = [asyncio.create_task(listing.read(newest(lucca, 5))) for _ in range(2)]
        await held.asked.wait()
        tasks[0].cancel()
        await asyncio.wait([tasks[0]])
        held.going.set()
        assert (await tasks[1]).purchases
        alone = asyncio.create_task(listing.read(newest(lucca, 5)))
        held.going.clear()
        await asyncio.sleep(0)
        alone.cancel()
        await asyncio.wait([alone])
        held.going.set()
        # A cancelled reading leaves the list free for the next one.
        assert (await listing.read(newest(lucca, 5))).purchases


async def test_listing_looks_back_15_minutes_before_intent() -> None:
    lucca = Lucca(purchases=300, order="descending")
    async with lucca.opened() as client:
        wanted = newest(lucca, 200)
        assert wanted.pending
        listing = await listing_of(client, wanted)
        later = evolve(wanted.pending, intended_at=wanted.pending.intended_at + 0.001)
        shorter = await listing_of(client, Wanted("PO-1", later))
    assert min(each.id for each in listing.purchases) == FIRST + 100
    assert min(each.id for each in shorter.purchases) == FIRST + 101
