"""The stored states of an order, loaded again by the client that has continued with it since."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lucca_procurement import LuccaProcurement, Order
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import InvalidArgument, OrderIncomplete, StoreFailed, Superseded
from lucca_procurement.events import Event, RequestAnswered
from support.clock import HurriedClock
from support.placing import Books, Store, go_on, new_process, order_of

REFERENCES = pytest.mark.parametrize("reference", ["4711", "ERP/2026#4711"])


@REFERENCES
async def test_submit_after_save_of_result_failed_finds_purchase(reference: str) -> None:
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    saves = 0

    async def save(order: Order) -> None:
        nonlocal saves
        saves += 1
        if saves > 1:
            raise OSError("the disk is full")
        await store.save(order)

    async with emulator.serve() as url, LuccaProcurement(url, emulator.key, rate=None, clock=clock) as lucca:
        with pytest.raises(OrderIncomplete) as stopped:
            await lucca.orders.submit(order_of(reference), save)
        assert isinstance(stopped.value.__cause__, StoreFailed)
        assert (stopped.value.needs, "the disk is full" in str(stopped.value.__cause__)) == ("time", True)
        order = await lucca.orders.submit(store.last, store.save)
    assert Books(emulator).hold(order)


@pytest.mark.parametrize("is_restarted", [False, True])
@REFERENCES
async def test_submit_of_any_stored_copy_leads_to_the_one_order(reference: str, is_restarted: bool) -> None:
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    async with emulator.serve() as url, LuccaProcurement(url, emulator.key, rate=None, clock=clock) as lucca:
        order = await lucca.orders.submit(order_of(reference), store.save)
        for copy in store.copies:
            orders = new_process(lucca) if is_restarted else lucca.orders
            loaded = await go_on(orders, Order.from_json(copy), Store(), clock)
            assert (loaded.step, loaded.purchase_id) == (order.step, order.purchase_id)
    assert len(store.copies) == 6
    assert Books(emulator).hold(order)


async def test_submit_of_new_object_with_used_reference_names_the_purchase() -> None:
    emulator = Emulator(rate=None)
    async with emulator.serve() as url, LuccaProcurement(url, emulator.key, rate=None) as lucca:
        order = await lucca.orders.submit(order_of("ERP-4711"))
        with pytest.raises(InvalidArgument, match="has the purchase") as refused:
            await lucca.orders.submit(order_of("erp-4711"))
        assert refused.value.purchase_id == order.purchase_id
        # A person decides that it is the same order.
        adopted = await lucca.orders.adopt(order_of("ERP-4711"), refused.value.purchase_id or 0)
        assert (adopted.step, adopted.purchase_id) == (order.step, order.purchase_id)
    assert Books(emulator).hold(adopted)


async def test_submit_of_two_workers_on_one_version_sends_each_step_once() -> None:
    """Two workers load one record. The store refuses the save of the one that comes second."""
    clock = HurriedClock()
    emulator = Emulator(rate=None, clock=clock)
    versions = [0]
    latest = order_of("ERP-4711").to_json()

    def worker() -> tuple[Order, Callable[[Order], None]]:
        known = versions[0]

        def save(order: Order) -> None:
            nonlocal known, latest
            if versions[0] != known:
                raise Superseded(f"version {versions[0]} is stored, not {known}")
            known = versions[0] = known + 1
            latest = order.to_json()

        return Order.from_json(latest), save

    async with emulator.serve() as url, LuccaProcurement(url, emulator.key, rate=None, clock=clock) as lucca:
        workers = [(new_process(lucca), *worker()) for _ in range(2)]
        submits = (orders.submit(order, save) for orders, order, save in workers)
        ends = await asyncio.gather(*submits, return_exceptions=True)
    stopped = [end for end in ends if isinstance(end, OrderIncomplete)]
    assert [(each.needs, type(each.__cause__)) for each in stopped] == [("time", Superseded)]
    assert [entry.method for entry in emulator.log] == ["POST"] * 3
    assert Books(emulator).hold(Order.from_json(latest))


@pytest.mark.parametrize("fault", ["commit-then-drop", "500-after-commit", "garbage"])
@pytest.mark.parametrize("operation", ["create_purchase", "create_commitment", "create_commitment_request"])
async def test_last_copy_after_lost_answer_is_the_whole_order(operation: str, fault: str) -> None:
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    emulator.faults.add(operation, fault)
    async with emulator.serve() as url, LuccaProcurement(url, emulator.key, rate=None, clock=clock) as lucca:
        order = await lucca.orders.submit(order_of("ERP-4711"), store.save)
    assert store.last == order
    assert Books(emulator).hold(order)


async def test_submit_after_late_request_finds_it_behind_the_conflict() -> None:
    """The settle time is too short for this server: the request is sent again, refused, and found."""
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    emulator.faults.add("create_commitment_request", "late", seconds=1.0)

    def late(event: Event) -> None:
        if isinstance(event, RequestAnswered) and event.operation == "get_purchase":
            clock.now += 2.0

    async with (
        emulator.serve() as url,
        LuccaProcurement(url, emulator.key, rate=None, clock=clock, settle=0.0, on_event=late) as lucca,
    ):
        order = await lucca.orders.submit(order_of("ERP-4711"), store.save)
    assert [entry.status for entry in emulator.log if entry.operation == "create_commitment_request"] == [None, 409]
    assert store.last == order
    assert Books(emulator).hold(order)
