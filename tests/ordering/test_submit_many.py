"""Many orders at a time: the result of each as it finishes, and no order stops another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve

from lucca_procurement import Order, errors
from lucca_procurement._ordering import grace
from lucca_procurement.order import Step
from lucca_procurement.orders import Result
from lucca_procurement_api import api
from support.loop import forbidden_tasks, nothing_forgotten, settled
from support.lucca import Lucca, no_hook
from support.orders import CREATING, numbered_orders, sample_order, saved_to
from support.samples import ONE_TIME


async def arriving(orders: list[Order]) -> AsyncIterator[Order]:
    for each in orders:
        await asyncio.sleep(0)
        yield each


@pytest.mark.parametrize("how", ["list", "generator", "asynchronous"])
async def test_submit_many_yields_result_of_every_order(how: str) -> None:
    lucca = Lucca()
    orders = numbered_orders(20)
    stored: list[bytes] = []
    source: Any = {"list": orders, "generator": (each for each in orders), "asynchronous": arriving(orders)}[how]
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(source, save=saved_to(stored))]
    assert [each.error for each in results] == [None] * 20
    assert sorted(id(each.order) for each in results) == sorted(map(id, orders))
    assert sorted(lucca.titles) == sorted(each.to_create().title for each in orders)
    assert {each.step for each in orders} == {Step.SUBMITTED}
    assert len(stored) == 120
    assert not await forbidden_tasks()


async def test_submit_many_of_no_orders_yields_nothing() -> None:
    async with Lucca().opened() as client:
        assert [each async for each in client.orders.submit_many([])] == []
        assert [each async for each in client.orders.submit_many(arriving([]))] == []
    assert not await forbidden_tasks()


async def test_submit_many_yields_results_as_orders_finish() -> None:
    lucca = Lucca()
    orders = numbered_orders(3)
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


async def test_submit_many_with_failed_order_submits_others() -> None:
    lucca = Lucca()
    orders = numbered_orders(10)
    orders[3].purchase = evolve(orders[3].purchase, owner_id=999_999)
    orders[5].commitment = evolve(ONE_TIME, attachment_ids=[uuid4()] * 4)
    async with lucca.opened() as client:
        results = {id(each.order): each async for each in client.orders.submit_many(orders)}
    failed = {number: type(results[id(each)].error) for number, each in enumerate(orders) if results[id(each)].error}
    assert failed == {3: errors.OrderIncomplete, 5: errors.InvalidArgument}
    assert len(lucca.titles) == 8


async def test_submit_many_after_failed_save_submits_others() -> None:
    lucca = Lucca()

    def save(mine: Order) -> None:
        if mine.reference == "PO-2":
            raise OSError("the disk is full")

    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(numbered_orders(5), save=save)]
    assert [each.order.reference for each in results if each.error] == ["PO-2"]
    assert len(lucca.titles) == 4


@pytest.mark.parametrize("concurrency", [1, 3, 8])
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_submit_many_keeps_to_concurrency(concurrency: int, asynchronous: bool) -> None:
    lucca = Lucca()
    orders = numbered_orders(24)
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
async def test_submit_many_with_invalid_concurrency_is_refused(concurrency: Any) -> None:
    async with Lucca().opened() as client:
        with pytest.raises(errors.InvalidArgument, match="concurrency"):
            await anext(aiter(client.orders.submit_many([], concurrency=concurrency)))


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_submit_many_after_break_leaves_no_task_or_pending(asynchronous: bool) -> None:
    lucca = Lucca()
    orders = numbered_orders(30)
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
            assert [each.pending for each in begun] == [None] * len(begun)
            left = {each.reference: each for each in [*orders, *begun]}
            assert not [each.error async for each in client.orders.submit_many(left.values()) if each.error]
    assert sorted(lucca.titles) == sorted(each.to_create().title for each in orders)
    assert lucca.counts[CREATING[1]] == lucca.counts[CREATING[2]] == 30


async def test_submit_many_after_cancel_of_reader_cancels_orders() -> None:
    lucca = Lucca()
    orders = numbered_orders(5)
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
        assert [each.pending for each in orders] == [None] * 5
        assert not [each.error async for each in client.orders.submit_many(orders) if each.error]
    assert len(lucca.titles) == 5


async def test_submit_many_after_cancel_marks_hanging_requests_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grace, "GRACE_PERIOD", 0.02)
    lucca = Lucca()
    stored: dict[str | None, bytes] = {}

    async def hang(_: str) -> None:
        await asyncio.Event().wait()

    async def save(each: Order) -> None:
        await settled()
        stored[each.reference] = each.to_json()

    lucca.after = hang
    orders = numbered_orders(4)
    async with lucca.opened() as client:
        results = client.orders.submit_many(orders, save=save)
        reading = asyncio.ensure_future(anext(results))
        while len(lucca.titles) < len(orders):
            await settled()
        reading.cancel()
        await asyncio.wait([reading])
        assert len(asyncio.all_tasks()) == 1
        assert [each.pending.ended_at for each in orders if each.pending] == [lucca.clock.now] * 4
    # The intent is stored, and nothing else is known.
    in_store = [Order.from_json(each).pending for each in stored.values()]
    assert [each.token for each in in_store if each] == [each.pending.token for each in orders if each.pending]


@pytest.mark.parametrize("error", [OSError("cut off"), asyncio.CancelledError("cut off")], ids=["raises", "cancelled"])
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_submit_many_with_failed_source_finishes_begun_orders(asynchronous: bool, error: BaseException) -> None:
    """Row 18."""
    lucca = Lucca()
    orders = numbered_orders(3)

    def plain() -> Iterator[Order]:
        yield from orders
        raise error

    async def later() -> AsyncIterator[Order]:
        for each in orders:
            yield each
        raise error

    results: list[Result] = []

    async def read(source: AsyncIterator[Result]) -> None:
        async for each in source:
            results.append(each)

    async with lucca.opened() as client:
        with pytest.raises(type(error), match="cut off"):
            await read(client.orders.submit_many(later() if asynchronous else plain()))
        assert not await forbidden_tasks()
    assert [each.error for each in results] == [None] * 3
    assert {each.step for each in orders} == {Step.SUBMITTED}
    assert lucca.titles == ["[PO-0] Laptops", "[PO-1] Laptops", "[PO-2] Laptops"]


async def test_submit_many_with_invalid_orders_submits_others() -> None:
    """Row 18: a title of None, and things that are no orders."""
    lucca = Lucca()
    untitled = sample_order("PO-X")
    untitled.purchase = evolve(untitled.purchase, title=None)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    source: Any = [None, *numbered_orders(2), untitled, {}, "order", *numbered_orders(5)[2:]]
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(source, concurrency=2)]
    assert len(results) == len(source)
    failed: list[Any] = [each.order for each in results if each.error]
    assert sorted(map(str, failed)) == sorted(map(str, [None, untitled, {}, "order"]))
    assert {type(each.error) for each in results if each.error} == {errors.InvalidArgument}
    assert len(lucca.titles) == 5


async def test_submit_many_after_cancelled_save_submits_others() -> None:
    """Row 18."""
    lucca = Lucca()

    async def save(mine: Order) -> None:
        if mine.reference == "PO-2":
            raise asyncio.CancelledError

    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(numbered_orders(5), save=save, concurrency=2)]
    (failed,) = [each for each in results if each.error]
    assert failed.order.reference == "PO-2"
    assert isinstance(failed.error, errors.OrderIncomplete)
    assert isinstance(failed.error.__cause__, errors.StoreFailed)
    assert len(results) == 5
    assert len(lucca.titles) == 4


async def test_submit_many_after_internal_error_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    lucca = Lucca()

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(api, "create_commitment", broken)
    async with lucca.opened() as client:
        with pytest.raises(RuntimeError, match="a mistake"):
            async for _ in client.orders.submit_many(numbered_orders(3), concurrency=1):
                pass
    assert not await forbidden_tasks()


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [(401, {}, None), (403, {"content-type": "text/html"}, None), (403, {}, "blocked by the firewall")],
    ids=["401", "403 of a proxy", "403 as text"],
)
async def test_submit_many_after_401_or_proxy_403_begins_no_more(status: int, headers: Any, body: Any) -> None:
    lucca = Lucca()
    orders = numbered_orders(10)
    lucca.reply("create_purchase", status, body, times=99, **headers)
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(orders, concurrency=2)]
    assert len(results) == 10
    begun = 99 - len(lucca._replies)
    assert begun <= 2
    needs: list[str] = []
    for each in results:
        assert isinstance(each.error, errors.OrderIncomplete)
        assert each.error.order is each.order
        needs.append(each.error.needs)
        assert ("was not begun, because of the error of an earlier order" in str(each.error)) == (needs[-1] == "time")
        assert isinstance(each.error.__cause__, errors.Unauthorized | errors.Forbidden)
        assert (each.order.step, each.order.pending) == (Step.PURCHASE, None)
    assert (needs.count("correction"), needs.count("time")) == (begun, 10 - begun)


async def test_submit_many_after_403_of_lucca_submits_others() -> None:
    lucca = Lucca()
    lucca.reply("create_purchase", 403, {"title": "Forbidden", "status": 403}, times=2)
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(numbered_orders(10), concurrency=2)]
    assert sorted(each.error is not None for each in results) == [False] * 8 + [True] * 2
    assert len(lucca.titles) == 8


async def test_submit_many_after_revoked_key_can_be_continued() -> None:
    lucca = Lucca()
    orders = numbered_orders(10)

    async def revoke(_: str) -> None:
        if len(lucca.titles) == 4:
            lucca.emulator.key = "another"

    lucca.after = revoke
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(orders, concurrency=2)]
    assert len(results) == 10
    assert [each for each in orders if each.pending] == []
    lucca.after = no_hook
    async with lucca.opened() as client:
        assert not [each.error async for each in client.orders.submit_many(orders) if each.error]
    assert sorted(lucca.titles) == sorted(f"[PO-{number}] Laptops" for number in range(10))
    assert len(lucca.emulator.tenant.requests) == 10


async def test_submit_many_with_single_order_is_refused() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        with pytest.raises(errors.InvalidArgument, match="call submit"):
            await anext(aiter(client.orders.submit_many(sample_order("PO-1"))))  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert not lucca.requests


async def test_submit_many_with_repeated_reference_creates_one() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many([sample_order("PO-1"), sample_order("PO-1")])]
    (refused,) = [each.error for each in results if each.error]
    assert isinstance(refused, errors.InvalidArgument)
    assert "reference PO-1" in str(refused)
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_submit_many_with_same_object_twice_creates_one() -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many([mine, mine], concurrency=1)]
        assert [each.error for each in results] == [None, None]
    assert lucca.requests == [*CREATING]


def test_result_with_equal_values_is_equal() -> None:
    assert Result(sample_order("PO-1")) == Result(sample_order("PO-1"), None)
