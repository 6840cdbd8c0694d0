"""Orders of a store: `ensure`, `submit_many(store=...)`, and a store that was lost or is old."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve

from lucca_procurement import LuccaProcurement, Order, errors
from lucca_procurement._ordering import grace
from lucca_procurement._ordering.records import PerStore
from lucca_procurement.order import PendingRequest, Step
from lucca_procurement.orders import Result
from lucca_procurement.stores import Record, SQLiteOrders, State
from support.lucca import Lucca
from support.orders import CREATING, forget_orders, incomplete, sample_order


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SQLiteOrders]:
    async with SQLiteOrders(path) as store:
        yield store


def many(count: int) -> list[tuple[Order, str]]:
    return [(sample_order(f"PO-{number}"), f"orders.csv:{number}") for number in range(count)]


async def submitted(client: LuccaProcurement, store: SQLiteOrders, orders: object = None) -> dict[str, Result]:
    source = many(5) if orders is None else orders
    results = [each async for each in client.orders.submit_many(source, store=store)]  # type: ignore[arg-type]
    return {each.order.reference: each for each in results}


async def test_ensure_submits_and_stores_each_state(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await client.orders.ensure(sample_order(), store)
    assert (record.state, record.version, record.note) == (State.SUBMITTED, 7, "")
    assert record.order.step is Step.SUBMITTED
    assert await store.load("PO-1") == record
    assert lucca.requests == ["list_purchases", *CREATING]
    assert store.host == "127.0.0.1"


async def test_ensure_again_sends_nothing(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        first = await client.orders.ensure(sample_order(), store)
        forget_orders()
        assert await client.orders.ensure(sample_order(), store) == first
    assert len(lucca.requests) == 4


async def test_ensure_of_record_continues_it_without_loading_it_again(
    store: SQLiteOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    lucca = Lucca()
    store.host = "127.0.0.1"
    record = await store.add(sample_order(), "orders.csv:2")
    monkeypatch.delattr(SQLiteOrders.__base__, "add")
    monkeypatch.setattr(store, "load", None)
    async with lucca.opened() as client:
        done = await client.orders.ensure(record, store)
    assert (done.state, done.version, done.source) == (State.SUBMITTED, 7, "orders.csv:2")
    assert done.order is record.order


async def test_ensure_of_old_record_sends_nothing(store: SQLiteOrders) -> None:
    lucca = Lucca()
    store.host = "127.0.0.1"
    record = await store.add(sample_order())
    newer = await store.replace(record, sample_order(), "newer")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.ensure(record, store))
    assert isinstance(error.__cause__, errors.Superseded)
    assert await store.load("PO-1") == newer
    assert lucca.titles == []


@pytest.mark.parametrize("step", list(Step)[:3])
async def test_ensure_of_old_copy_with_request_in_doubt_sends_no_request_again(store: SQLiteOrders, step: Step) -> None:
    lucca = Lucca()
    old: list[bytes] = []

    async def save(order: Order) -> None:
        if order.step is step and order.pending:
            old.append(order.to_json())

    async with lucca.opened() as client:
        await client.orders.submit(sample_order(), save)
        forget_orders()
        store.host = "127.0.0.1"
        await store.add(Order.from_json(old[0]))
        assert (await client.orders.ensure(sample_order(), store)).state is State.SUBMITTED
    assert [lucca.requests.count(operation) for operation in CREATING] == [1, 1, 1]


async def test_ensure_in_two_tasks_and_processes_creates_once(store: SQLiteOrders, path: Path) -> None:
    lucca = Lucca()
    async with lucca.opened() as client, SQLiteOrders(path) as other:
        calls = [client.orders.ensure(sample_order(), each) for each in (store, other) for _ in range(3)]
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert any(not isinstance(each, BaseException) for each in results)
    assert all(isinstance(each, errors.ProcurementError) for each in results if isinstance(each, BaseException))
    assert len(lucca.titles) == 1


async def test_ensure_continues_where_the_store_stopped(store: SQLiteOrders) -> None:
    lucca = Lucca()
    lucca.reply("create_commitment", 400, {"title": "No"})
    async with lucca.opened() as client:
        error = await incomplete(client.orders.ensure(sample_order(), store))
        assert error.needs == "correction"
        record = await store.load("PO-1")
        assert record
        assert (record.state, record.order.step) == (State.FAILED, Step.COMMITMENT)
        assert "No" in record.note
        forget_orders()
        assert (await client.orders.ensure(sample_order(), store)).state is State.SUBMITTED
    assert len(lucca.titles) == 1


async def test_ensure_sends_the_correction_of_a_failed_order(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        wrong = sample_order()
        wrong.purchase = evolve(wrong.purchase, owner_id=999_999)
        await incomplete(client.orders.ensure(wrong, store))
        assert (await client.orders.ensure(sample_order(title="Desks"), store)).state is State.SUBMITTED
    assert lucca.titles == ["[PO-1] Desks"]


async def test_ensure_reports_a_correction_that_came_too_late(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        await client.orders.ensure(sample_order(), store)
        record = await client.orders.ensure(sample_order(title="Desks"), store)
        assert record.state is State.SUBMITTED
        assert record.differences == ("title is Laptops, not Desks",)
        assert record.note == "not corrected, because it was already sent: title is Laptops, not Desks"
        assert (await client.orders.ensure(sample_order(), store)).note == ""


async def test_ensure_in_doubt_needs_a_look_and_creates_again_only_with_resubmit(store: SQLiteOrders) -> None:
    lucca = Lucca()
    lucca.reply("create_purchase", 500)
    async with lucca.opened() as client:
        error = await incomplete(client.orders.ensure(sample_order(), store))
        assert error.needs == "person"
        assert (await store.counts())[State.NEEDS_A_LOOK] == 1
        forget_orders()
        await incomplete(client.orders.ensure(sample_order(), store))
        forget_orders()
        assert (await client.orders.ensure(sample_order(), store, resubmit=True)).state is State.SUBMITTED
    assert len(lucca.titles) == 1


async def resubmitted(store: SQLiteOrders, count: int) -> int:
    """Create purchases in doubt again at the same time, and return how many requests read the list for that."""
    lucca = Lucca(purchases=200)
    store.host = "127.0.0.1"
    for number in range(count):
        pending = PendingRequest(intended_at=lucca.clock.now)
        record = await store.add(sample_order(f"PO-{number}", pending=pending))
        await store.replace(record, record.order, "in doubt", "person")
    async with lucca.opened() as client:
        records = [record async for record in store.records(State.NEEDS_A_LOOK)]
        batch = client.orders.submit_many(records, concurrency=count, store=store, resubmit=True)
        assert not [each.error async for each in batch if each.error]
    assert len(set(lucca.titles)) == len(lucca.titles) == count
    return lucca.counts["list_purchases"]


async def test_orders_that_are_resubmitted_at_the_same_time_share_their_lookups(tmp_path: Path) -> None:
    counts: list[int] = []
    for count in (1, 12):
        async with SQLiteOrders(tmp_path / f"{count}.sqlite") as store:
            counts.append(await resubmitted(store, count))
        forget_orders()
    assert counts[0] == counts[1]


async def test_wrong_key_leaves_order_waiting(store: SQLiteOrders) -> None:
    lucca = Lucca()
    lucca.reply("create_purchase", 401)
    async with lucca.opened() as client:
        await incomplete(client.orders.ensure(sample_order(), store))
        record = await store.load("PO-1")
        assert record
        assert record.state is State.WAITING
        assert "Unauthorized" in record.note or "401" in record.note


async def test_invalid_order_is_not_stored(store: SQLiteOrders) -> None:
    async with Lucca().opened() as client:
        wrong = sample_order(title="\udcff")
        with pytest.raises(errors.InvalidArgument):
            await client.orders.ensure(wrong, store)
        (result,) = (await submitted(client, store, [wrong])).values()
        assert isinstance(result.error, errors.InvalidArgument)
        assert sum((await store.counts()).values()) == 0


async def test_store_of_another_host_is_refused(path: Path) -> None:
    async with SQLiteOrders(path, host="example.ilucca.net") as store, Lucca().opened() as client:
        with pytest.raises(errors.ConfigurationError, match=r"example\.ilucca\.net"):
            await client.orders.ensure(sample_order(), store)
        with pytest.raises(errors.ConfigurationError):
            await submitted(client, store)
        with pytest.raises(errors.ConfigurationError):
            await client.orders.refresh(store)


async def test_submit_many_with_store_yields_records_and_sources(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        results = await submitted(client, store)
        assert {name: each.source for name, each in results.items()} == {
            f"PO-{number}": f"orders.csv:{number}" for number in range(5)
        }
        assert {each.record and each.record.state for each in results.values()} == {State.SUBMITTED}
        forget_orders()
        again = await submitted(client, store, [record async for record in store.records()])
        assert not [each for each in again.values() if each.error]
        with pytest.raises(errors.InvalidArgument, match="not both"):
            await anext(client.orders.submit_many([], save=print, store=store))
    assert lucca.counts["list_purchases"] == 1
    assert len(lucca.titles) == 5


async def test_lost_store_takes_over_the_purchases(path: Path) -> None:
    lucca = Lucca(purchases=1_200)
    async with lucca.opened() as client:
        async with SQLiteOrders(path) as store:
            await submitted(client, store)
        for file in path.parent.iterdir():
            file.unlink()
        forget_orders()
        lucca.emulator.log.clear()
        async with SQLiteOrders(path) as store:
            results = await submitted(client, store, many(7))
            assert not [each.error for each in results.values() if each.error]
            assert (await store.counts())[State.SUBMITTED] == 7
    assert len(lucca.titles) == 7
    assert lucca.counts["list_purchases"] == 2
    assert lucca.counts["create_purchase"] == 2


async def test_lost_store_in_the_same_process_takes_over_the_purchases(tmp_path: Path) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        for name in ("one", "other"):
            async with SQLiteOrders(tmp_path / name) as store:
                results = await submitted(client, store)
                assert not [each.error for each in results.values() if each.error]
        async with SQLiteOrders(tmp_path / "third") as store:
            assert (await client.orders.ensure(sample_order("PO-1"), store)).state is State.SUBMITTED
    assert len(lucca.titles) == 5


async def test_old_store_takes_over_what_it_does_not_know(path: Path) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        async with SQLiteOrders(path) as store:
            await submitted(client, store, many(3))
        backup = shutil.copy(path, path.with_name("backup"))
        async with SQLiteOrders(path) as store:
            await submitted(client, store, many(6))
        shutil.copy(backup, path)
        forget_orders()
        async with SQLiteOrders(path) as store:
            results = await submitted(client, store, many(8))
            assert not [each.error for each in results.values() if each.error]
    assert len(lucca.titles) == 8


async def test_reference_of_a_foreign_purchase_needs_a_look_and_is_not_created(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        foreign = await client.purchases.create(evolve(sample_order().purchase, title="[PO-1] Desks", nature_id=2))
        for number in (1, 2):
            await client.purchases.create(evolve(sample_order().purchase, title=f"[PO-2] Copy {number}"))
        results = await submitted(client, store, many(4))
        assert {name: each.record and each.record.state for name, each in results.items()} == {
            "PO-0": State.SUBMITTED,
            "PO-1": State.NEEDS_A_LOOK,
            "PO-2": State.NEEDS_A_LOOK,
            "PO-3": State.SUBMITTED,
        }
        error = results["PO-1"].error
        assert isinstance(error, errors.OrderIncomplete)
        assert isinstance(error.__cause__, errors.OutcomeUnknown)
        assert error.needs == "person"
        assert [each.id for each in error.__cause__.candidates] == [foreign.id]
        # A person has looked, and still the reference is in use.
        forget_orders()
        again = [each async for each in client.orders.submit_many(many(4), store=store, resubmit=True)]
        assert sum(each.error is not None for each in again) == 2
    assert lucca.counts["create_purchase"] == 5


async def test_census_waits_while_lucca_does_not_answer(store: SQLiteOrders) -> None:
    lucca = Lucca()
    lucca.fail("list_purchases", "503", times=12)
    async with lucca.opened() as client:
        results = await submitted(client, store)
        assert not [each.error for each in results.values() if each.error]
    assert len(lucca.titles) == 5


async def test_ensure_without_the_list_needs_time_and_creates_nothing(store: SQLiteOrders) -> None:
    lucca = Lucca()
    lucca.fail("list_purchases", "503", times=None)
    async with lucca.opened() as client:
        error = await incomplete(client.orders.ensure(sample_order(), store))
        assert error.needs == "time"
        assert (await store.counts())[State.WAITING] == 1
    assert not lucca.titles


@pytest.mark.parametrize("stored", [True, False])
async def test_five_equal_rejections_in_a_row_stop_the_batch(store: SQLiteOrders, stored: bool) -> None:
    lucca = Lucca()
    orders = [sample_order(f"PO-{number}") for number in range(30)]
    for each in orders:
        each.purchase = evolve(each.purchase, owner_id=999_999)
    async with lucca.opened() as client:
        batch = client.orders.submit_many(orders, concurrency=2, **{"store": store} if stored else {})  # type: ignore[arg-type]
        results = [each async for each in batch]
        causes = {type(each.error.__cause__) for each in results if each.error}
        assert causes == {errors.BadRequest}
        sent = lucca.counts["create_purchase"]
        assert 5 <= sent <= 6
        if stored:
            counts = await store.counts()
            assert (counts[State.FAILED], counts[State.WAITING]) == (sent, 30 - sent)
        begun = [each for each in results if "not begun" not in str(each.error)]
        assert len(begun) == sent


async def test_rejections_that_differ_or_are_interrupted_stop_nothing(store: SQLiteOrders) -> None:
    lucca = Lucca()
    orders = [sample_order(f"PO-{number}") for number in range(12)]
    for number, each in enumerate(orders):
        if number % 4:
            each.purchase = evolve(each.purchase, owner_id=999_999)
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(orders, concurrency=1, store=store)]
    assert sum(each.error is None for each in results) == 3


async def test_wrong_key_stops_the_batch_and_the_orders_wait(store: SQLiteOrders) -> None:
    lucca = Lucca()
    lucca.reply("create_purchase", 401, times=50)
    async with lucca.opened() as client:
        results = await submitted(client, store, many(30))
        assert len(results) == 30
        assert (await store.counts())[State.WAITING] == 30
    assert lucca.counts["create_purchase"] <= 8


async def test_store_that_fails_stops_the_batch(store: SQLiteOrders, monkeypatch: pytest.MonkeyPatch) -> None:
    lucca = Lucca()
    replace, calls = store.replace, 0

    async def fail(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls > 10:
            raise errors.StoreFailed("the disk is full")
        return await replace(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "replace", fail)
    async with lucca.opened() as client:
        results = await submitted(client, store, many(30))
    assert len(results) == 30
    assert all(each.error for each in results.values())
    assert len(lucca.titles) <= 8


async def test_cancelled_ensure_retrieves_the_error_of_its_last_save(
    store: SQLiteOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    lucca, reported = Lucca(), []
    saving, failing = asyncio.Event(), asyncio.Event()

    async def fail_late(*_: object) -> Record:
        saving.set()
        await failing.wait()
        raise errors.StoreFailed("the disk is full")

    monkeypatch.setattr(store, "replace", fail_late)
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    async with lucca.opened() as client:
        task = asyncio.create_task(client.orders.ensure(sample_order(), store))
        await saving.wait()
        task.cancel()
        monkeypatch.setattr(grace, "GRACE_PERIOD", 0.05)
        with pytest.raises(asyncio.CancelledError):
            await task
        failing.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    del task
    gc.collect()
    assert not reported


async def test_cancelled_ensure_leaves_a_record_that_continues(store: SQLiteOrders) -> None:
    lucca = Lucca()
    begun = asyncio.Event()

    async def hold(name: str) -> None:
        if name == "create_commitment":
            begun.set()
            await asyncio.sleep(0.05)

    lucca.before = hold
    async with lucca.opened() as client:
        task = asyncio.create_task(client.orders.ensure(sample_order(), store))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        record = await store.load("PO-1")
        assert record
        assert record.state is State.SUBMITTING
        forget_orders()
        assert (await client.orders.ensure(sample_order(), store)).state is State.SUBMITTED
    assert len(lucca.titles) == 1
    assert lucca.counts["create_commitment"] == 1


@define
class PlainStore:
    """A caller's own store. Its class has no hash, and no weak references."""

    inner: SQLiteOrders
    host: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


async def test_store_needs_no_hash(store: SQLiteOrders) -> None:
    lucca = Lucca()
    store.host = "127.0.0.1"
    mine: Any = PlainStore(store)
    with pytest.raises(TypeError):
        hash(mine)
    async with lucca.opened() as client:
        for number in range(2):
            assert (await client.orders.ensure(sample_order(f"PO-{number}"), mine)).state is State.SUBMITTED
        assert len(await client.orders.refresh(mine)) == 2
    # The list was read once for the two orders. `refresh` read each purchase or a page.
    assert lucca.counts["list_purchases"] <= 2


async def test_value_per_store_is_kept_for_the_stores_used_last(tmp_path: Path) -> None:
    kept: PerStore[list[int]] = PerStore(list)
    stores = [SQLiteOrders(tmp_path / f"{number}.sqlite") for number in range(10)]
    kept.of(stores[0]).append(1)
    for each in stores[:4]:
        assert kept.of(each) is kept.of(each)
    assert kept.of(stores[0]) == [1]
    for each in stores:
        kept.of(each)
    assert kept.of(stores[0]) == []
