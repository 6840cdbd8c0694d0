"""Reading the newest of the list of purchases: nothing is missed, in as few requests as the list allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ordering import Lucca, incomplete, order

from lucca_procurement import LuccaProcurement, Order, errors, models
from lucca_procurement._ordering.scan import MOST_PAGES, Scan, scan

FIRST = 1_000
"""The id of the emulator's first purchase."""
ORDERS = ("descending", "ascending", "shuffled")
PAGINGS = ("token", "number", "array")


async def newest(client: LuccaProcurement, lucca: Lucca, count: int = 30, *, most_pages: int = MOST_PAGES) -> Scan:
    """Read the newest purchases."""
    oldest = FIRST + len(lucca.emulator.tenant) - count

    def enough(page: Sequence[models.Purchase]) -> bool:
        return bool(page) and min(each.id for each in page) < oldest

    return await scan(client._call, enough, keep=lambda each: each.id >= oldest, most_pages=most_pages)


@pytest.mark.parametrize(
    ("paging", "way", "size", "requests"),
    [
        ("token", "descending", 10_000, 1),
        ("number", "descending", 10_000, 1),
        ("array", "descending", 10_000, 1),
        ("token", "ascending", 10_000, 2),
        ("number", "ascending", 10_000, 2),
        ("token", "shuffled", 10_000, 11),
        ("number", "shuffled", 1_500, 3),
        ("token", "ascending", 10_010, 3),
        *((paging, way, size, 1) for paging in PAGINGS for way in ORDERS for size in (0, 1, 60)),
    ],
)
async def test_reading_costs_what_the_order_of_the_list_allows(paging: str, way: str, size: int, requests: int) -> None:
    lucca = Lucca(purchases=size, order=way, paging=paging)
    async with lucca.opened() as client:
        seen = await newest(client, lucca, min(size, 30))
    assert seen.complete
    assert sorted(seen.purchases) == list(range(FIRST + size - min(size, 30), FIRST + size))
    assert len(lucca.requests) == seen.pages == requests


@pytest.mark.parametrize("way", ["ascending", "shuffled"])
async def test_bare_arrays_are_read_whole_and_prove_nothing(way: str) -> None:
    """They do not tell how long the list is: something may have been missed while it was read."""
    lucca = Lucca(purchases=2_300, order=way, paging="array")
    async with lucca.opened() as client:
        seen = await newest(client, lucca)
    assert not seen.complete
    assert len(seen.purchases) == 30
    assert seen.pages == 4


@pytest.mark.parametrize("way", ORDERS)
@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("size", [100, 250, 1_100])
async def test_nothing_is_missed_while_others_insert(way: str, paging: str, size: int) -> None:
    lucca = Lucca(purchases=size, order=way, paging=paging)
    body = order("PO-0").to_create.to_dict()
    wanted = range(FIRST + size - 150 if size > 150 else FIRST, FIRST + size)

    async def insert(_: str) -> None:
        for _each in range(7):
            lucca.emulator.tenant.create_purchase(body)

    lucca.after = insert
    async with lucca.opened() as client:
        seen = await newest(client, lucca, len(wanted))
    if seen.complete:
        assert {*wanted} <= seen.purchases.keys()
    assert seen.complete or way == "shuffled" or paging == "array"


async def test_a_list_that_keeps_still_again_is_read_again() -> None:
    lucca = Lucca(purchases=1_500, order="shuffled")
    body = order("PO-0").to_create.to_dict()

    async def insert(_: str) -> None:
        if len(lucca.requests) == 2:
            lucca.emulator.tenant.create_purchase(body)

    lucca.after = insert
    async with lucca.opened() as client:
        seen = await newest(client, lucca)
    assert seen.complete
    assert seen.pages == 1 + 2 + 2


@pytest.mark.parametrize(("way", "paging"), [("descending", "token"), ("ascending", "token"), ("shuffled", "number")])
async def test_the_reading_is_bounded(way: str, paging: str) -> None:
    lucca = Lucca(purchases=8_000, order=way, paging=paging)
    async with lucca.opened() as client:
        seen = await newest(client, lucca, 7_000, most_pages=5)
    assert (seen.complete, seen.bounded, seen.pages) == (False, True, 5)


def without(*names: str) -> Any:
    """Give purchases that do not tell something."""

    async def answer(lucca: Lucca) -> None:
        make = lucca.emulator.tenant.seed.purchase
        lucca.emulator.tenant.seed.purchase = lambda index: {  # type: ignore[method-assign]
            name: value for name, value in make(index).items() if name not in names
        }

    return answer


async def test_the_bound_is_named() -> None:
    """Of purchases that do not say when they were created, all might be it."""
    lucca = Lucca(purchases=6_000)
    await without("createdAt")(lucca)
    lucca.fail("create_purchase", "drop")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(order("PO-1")))
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert f"after {MOST_PAGES} pages, which is the bound" in str(error)
    assert error.__cause__.candidates == ()


@pytest.mark.parametrize("reference", ["PO-1", None])
async def test_a_list_without_times_is_enough_for_a_reference_alone(reference: str | None) -> None:
    lucca = Lucca(purchases=250)
    await without("createdAt")(lucca)
    lucca.fail("create_purchase", "commit-then-drop")
    mine = order(reference)
    async with lucca.opened() as client:
        made = lucca.emulator.tenant.create_purchase

        def untimed(body: Any) -> Any:
            purchase = made(body)
            del lucca.emulator.tenant._own[purchase["id"]]["createdAt"]
            return purchase

        lucca.emulator.tenant.create_purchase = untimed  # type: ignore[method-assign]
        if reference:
            await client.orders.submit(mine)
        else:
            error = await incomplete(client.orders.submit(mine))
            assert isinstance(error.__cause__, errors.OutcomeUnknown)
            assert [each.title for each in error.__cause__.candidates] == ["Laptops"]
    assert len(lucca.titles) == 1


@pytest.mark.parametrize("way", ORDERS)
@pytest.mark.parametrize("paging", PAGINGS)
async def test_an_order_is_found_in_any_list(way: str, paging: str) -> None:
    lucca = Lucca(purchases=1_200, order=way, paging=paging)
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        mine: Order = await client.orders.submit(order("PO-1"))
    assert [purchase["id"] for purchase in lucca.emulator.created()] == [mine.purchase_id]


@pytest.mark.parametrize("way", ORDERS)
@pytest.mark.parametrize("reference", ["PO-1", None])
async def test_an_empty_page_ends_nothing(way: str, reference: str | None) -> None:
    lucca = Lucca(purchases=1_200, order=way)
    lucca.fail("list_purchases", "empty-page", times=2)
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        mine = await client.orders.submit(order(reference))
    assert [purchase["id"] for purchase in lucca.emulator.created()] == [mine.purchase_id]


@pytest.mark.parametrize("way", ORDERS)
async def test_a_token_that_leads_to_itself_ends_the_reading(way: str) -> None:
    lucca = Lucca(purchases=3_000, order=way)
    lucca.fail("list_purchases", "repeated-token", times=None)
    async with lucca.opened() as client:
        try:
            seen = await newest(client, lucca, 500)
        except errors.PageCycle:
            assert way != "ascending"
        else:
            # Read backward by numbers, it needs no token.
            assert way == "ascending"
            assert seen.complete
    assert len(lucca.requests) <= 10


async def test_a_list_that_cannot_be_read_leaves_the_order_in_doubt() -> None:
    lucca = Lucca(purchases=3_000, order="shuffled")
    lucca.fail("list_purchases", "repeated-token", times=None)
    lucca.fail("create_purchase", "commit-then-drop")
    mine = order("PO-1")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine))
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert mine.doubt is not None


async def test_a_server_that_does_not_heed_numbers_is_read_by_its_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    lucca = Lucca(purchases=1_200, order="ascending")
    operations: Any = lucca.emulator._operations
    begin = operations._begin
    monkeypatch.setattr(
        operations, "_begin", lambda call, limit: 0 if call.query.get("page", "1")[0].isdigit() else begin(call, limit)
    )
    async with lucca.opened() as client:
        seen = await newest(client, lucca)
    assert seen.complete
    assert len(seen.purchases) == 30
