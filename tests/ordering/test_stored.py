"""The stored states of an order, loaded again by the client that has continued with it since."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lucca_procurement import LuccaProcurement, Order
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import OrderIncomplete, Superseded
from lucca_procurement.events import Event, RequestAnswered
from support.careful_caller import Books, Store, go_on, restarted
from support.clock import HurriedClock
from support.orders import CREATING, sample_order

REFERENCES = pytest.mark.parametrize("reference", ["4711", "ERP/2026#4711"])


@pytest.mark.parametrize("is_restarted", [False, True])
@REFERENCES
async def test_submit_of_any_stored_copy_ends_on_same_purchase(reference: str, is_restarted: bool) -> None:
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    async with emulator.serve() as url, LuccaProcurement(url, emulator.key, rate=None, clock=clock) as lucca:
        order = await lucca.orders.submit(sample_order(reference), store.save)
        for copy in store.copies:
            loaded = Order.from_json(copy)
            if is_restarted:
                loaded = await go_on(restarted(lucca), loaded, Store(), clock)
            else:
                await lucca.orders.submit(loaded)
            assert (loaded.step, loaded.purchase_id) == (order.step, order.purchase_id)
            assert loaded.commitment_id == order.commitment_id
    assert len(store.copies) == 6
    assert Books(emulator).hold(order)


async def test_submit_by_two_workers_sends_each_step_once() -> None:
    """Two workers load one record. The store refuses the save of the one that comes second."""
    clock = HurriedClock()
    emulator = Emulator(rate=None, clock=clock)
    versions = [0]
    latest = sample_order("ERP-4711").to_json()

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
        workers = [(restarted(lucca), *worker()) for _ in range(2)]
        submits = (orders.submit(order, save) for orders, order, save in workers)
        ends = await asyncio.gather(*submits, return_exceptions=True)
    stopped = [end for end in ends if isinstance(end, OrderIncomplete)]
    assert [(each.needs, type(each.__cause__)) for each in stopped] == [("time", Superseded)]
    assert [entry.method for entry in emulator.log] == ["POST"] * 3
    assert Books(emulator).hold(Order.from_json(latest))


@pytest.mark.parametrize("fault", ["commit-then-drop", "500-after-commit", "garbage"])
@pytest.mark.parametrize("operation", CREATING)
async def test_submit_after_lost_answer_stores_complete_order(operation: str, fault: str) -> None:
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    emulator.faults.add(operation, fault)
    async with emulator.serve() as url, LuccaProcurement(url, emulator.key, rate=None, clock=clock) as lucca:
        order = await lucca.orders.submit(sample_order("ERP-4711"), store.save)
    assert store.last == order
    assert Books(emulator).hold(order)


async def test_submit_after_late_request_and_409_finds_request() -> None:
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
        order = await lucca.orders.submit(sample_order("ERP-4711"), store.save)
    assert [entry.status for entry in emulator.log if entry.operation == "create_commitment_request"] == [None, 409]
    assert store.last == order
    assert Books(emulator).hold(order)
