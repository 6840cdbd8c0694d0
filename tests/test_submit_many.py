"""Many orders at a time: the result of each as it finishes, and none in the way of another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from attrs import evolve
from clock import settled
from in_process import nothing_forgotten
from ordering import COMMITMENT, PATHS, Lucca, forbidden_tasks, order, saved_to

from lucca_procurement import Order, errors
from lucca_procurement._ordering import finish
from lucca_procurement.order import Step
from lucca_procurement.orders import Result


def many(count: int) -> list[Order]:
    return [order(f"PO-{number}") for number in range(count)]


async def arriving(orders: list[Order]) -> AsyncIterator[Order]:
    for each in orders:
        await asyncio.sleep(0)
        yield each


@pytest.mark.parametrize("how", ["list", "generator", "asynchronous"])
async def test_all_orders_are_submitted(how: str) -> None:
    lucca = Lucca()
    orders = many(20)
    stored: list[bytes] = []
    source: Any = {"list": orders, "generator": (each for each in orders), "asynchronous": arriving(orders)}[how]
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(source, save=saved_to(stored))]
    assert [each.error for each in results] == [None] * 20
    assert sorted(id(each.order) for each in results) == sorted(map(id, orders))
    assert sorted(lucca.titles) == sorted(each.title for each in orders)
    assert {each.step for each in orders} == {Step.SUBMITTED}
    assert len(stored) == 80
    assert not await forbidden_tasks()


async def test_no_orders_give_no_results() -> None:
    async with Lucca().opened() as client:
        assert [each async for each in client.orders.submit_many([])] == []
        assert [each async for each in client.orders.submit_many(arriving([]))] == []
    assert not await forbidden_tasks()


async def test_results_come_as_they_finish() -> None:
    lucca = Lucca()
    orders = many(3)
    first = asyncio.Event()
    titles: list[str] = []

    async def hold(name: str) -> None:
        if name == "create_purchase":
            titles.append(name)
            if len(titles) == 1:
                await first.wait()

    lucca.before = hold
    finished: list[Order] = []
    async with lucca.opened() as client:
        async for each in client.orders.submit_many(orders):
            finished.append(each.order)
            if len(finished) == 2:
                first.set()
    assert {id(each) for each in finished[:2]} == {id(each) for each in orders[1:]}
    assert finished[2] is orders[0]


async def test_one_failure_stops_none_of_the_others() -> None:
    lucca = Lucca()
    orders = many(10)
    orders[3].purchase = evolve(orders[3].purchase, owner_id=999_999)
    orders[5].commitment = evolve(COMMITMENT, cost_date="soon")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    async with lucca.opened() as client:
        results = {id(each.order): each async for each in client.orders.submit_many(orders)}
    failed = {number: type(results[id(each)].error) for number, each in enumerate(orders) if results[id(each)].error}
    assert failed == {3: errors.OrderIncomplete, 5: errors.InvalidArgument}
    assert len(lucca.titles) == 8


async def test_a_save_that_fails_for_one_order_stops_none_of_the_others() -> None:
    lucca = Lucca()

    def save(mine: Order) -> None:
        if mine.reference == "PO-2":
            raise OSError("the disk is full")

    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(many(5), save=save)]
    assert [each.order.reference for each in results if each.error] == ["PO-2"]
    assert len(lucca.titles) == 4


@pytest.mark.parametrize("concurrency", [1, 3, 8])
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_so_many_are_under_way_at_most(concurrency: int, asynchronous: bool) -> None:
    lucca = Lucca()
    orders = many(24)
    under_way: set[str | None] = set()
    most = 0

    async def save(mine: Order) -> None:
        nonlocal most
        under_way.add(mine.reference)
        most = max(most, len(under_way))
        await settled()
        if mine.step is Step.SUBMITTED:
            under_way.discard(mine.reference)

    source: Any = arriving(orders) if asynchronous else orders
    async with lucca.opened() as client:
        async for each in client.orders.submit_many(source, concurrency=concurrency, save=save):
            assert each.error is None
    assert most == concurrency


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True, None, "8"])
async def test_a_concurrency_that_cannot_be_is_refused(concurrency: Any) -> None:
    async with Lucca().opened() as client:
        with pytest.raises(errors.InvalidArgument, match="concurrency"):
            await anext(aiter(client.orders.submit_many([], concurrency=concurrency)))


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_breaking_off_leaves_no_task_and_no_doubt(asynchronous: bool) -> None:
    lucca = Lucca()
    orders = many(30)
    stored: dict[str | None, bytes] = {}

    def save(mine: Order) -> None:
        stored[mine.reference] = mine.to_json()

    source: Any = arriving(orders) if asynchronous else orders
    with nothing_forgotten():
        async with lucca.opened() as client:
            results: Any = client.orders.submit_many(source, save=save)
            async with aclosing(results):
                async for _ in results:
                    break
            assert not await forbidden_tasks()
            begun = [Order.from_json(each) for each in stored.values()]
            assert len(begun) < 30
            assert [each.doubt for each in begun] == [None] * len(begun)
            left = {each.reference: each for each in [*orders, *begun]}
            assert not [each.error async for each in client.orders.submit_many(left.values()) if each.error]
    assert sorted(lucca.titles) == sorted(each.title for each in orders)
    assert lucca.counts[PATHS[1]] == lucca.counts[PATHS[2]] == 30


async def test_cancelling_who_reads_the_results_cancels_the_orders() -> None:
    lucca = Lucca()
    orders = many(5)
    stuck = asyncio.Event()

    async def hold(name: str) -> None:
        if name == "create_commitment":
            stuck.set()
            await settled()

    lucca.before = hold
    async with lucca.opened() as client:

        async def read() -> None:
            async for _ in client.orders.submit_many(orders):
                pass

        reading = asyncio.create_task(read())
        await stuck.wait()
        reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled()
        assert not await forbidden_tasks()
        assert [each.doubt for each in orders] == [None] * 5
        assert not [each.error async for each in client.orders.submit_many(orders) if each.error]
    assert len(lucca.titles) == 5


async def test_breaking_off_waits_until_what_hangs_is_marked_and_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finish, "PATIENCE", 0.02)
    lucca = Lucca()
    stored: dict[str | None, bytes] = {}

    async def hang(_: str) -> None:
        await asyncio.Event().wait()

    async def save(each: Order) -> None:
        await settled()
        stored[each.reference] = each.to_json()

    lucca.after = hang
    orders = many(4)
    async with lucca.opened() as client:
        results = client.orders.submit_many(orders, save=save)
        reading = asyncio.ensure_future(anext(results))
        while len(lucca.titles) < len(orders):
            await settled()
        reading.cancel()
        await asyncio.wait([reading])
        assert len(asyncio.all_tasks()) == 1
        assert [each.doubt.until for each in orders if each.doubt] == [lucca.clock.now] * 4
        assert [Order.from_json(each) for each in stored.values()] == orders


async def test_a_source_that_fails_ends_the_results() -> None:
    lucca = Lucca()
    orders = many(3)

    async def source() -> AsyncIterator[Order]:
        for each in orders:
            yield each
        await settled()
        raise OSError("the import file is cut off")

    async with lucca.opened() as client:
        with pytest.raises(OSError, match="cut off"):
            async for _ in client.orders.submit_many(source()):
                pass
        assert not await forbidden_tasks()
        assert not [each.error async for each in client.orders.submit_many(orders) if each.error]
    assert len(lucca.titles) == 3


async def test_a_reference_that_is_used_twice_at_a_time_is_created_once() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many([order("PO-1"), order("PO-1")])]
    (refused,) = [each.error for each in results if each.error]
    assert isinstance(refused, errors.InvalidArgument)
    assert "another order with the reference PO-1" in str(refused)
    assert lucca.titles == ["Laptops [PO-1]"]


async def test_the_same_order_twice_is_created_once() -> None:
    lucca = Lucca()
    mine = order("PO-1")
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many([mine, mine], concurrency=1)]
        assert [each.error for each in results] == [None, None]
    assert lucca.requests == [*PATHS]


def test_a_result_is_plain() -> None:
    assert Result(order("PO-1")) == Result(order("PO-1"), None)
