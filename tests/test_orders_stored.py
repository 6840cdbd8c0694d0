"""What is stored of an order, and what comes of it when it is loaded by the client that went on with it since."""

from __future__ import annotations

import pytest
from clock import HurriedClock
from placing import Books, Store, go_on, order_of

from lucca_procurement import LuccaProcurement, Order
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import OrderIncomplete
from lucca_procurement.events import Event, RequestAnswered

REFERENCES = pytest.mark.parametrize("reference", [None, "ERP-4711"])


@REFERENCES
async def test_a_purchase_whose_number_could_not_be_stored_is_found_by_the_same_client(reference: str | None) -> None:
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
        with pytest.raises(OrderIncomplete, match="the disk is full"):
            await lucca.orders.submit(order_of(reference=reference), save)
        order = await lucca.orders.submit(store.last, store.save)
    assert Books(emulator).hold(order)


@REFERENCES
async def test_every_copy_that_was_stored_leads_to_the_one_order(reference: str | None) -> None:
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    async with emulator.serve() as url, LuccaProcurement(url, emulator.key, rate=None, clock=clock) as lucca:
        order = await lucca.orders.submit(order_of(reference=reference), store.save)
        for copy in store.copies:
            loaded = await go_on(lucca, Order.from_json(copy), Store())
            assert (loaded.step, loaded.purchase_id) == (order.step, order.purchase_id)
    assert len(store.copies) == 4
    assert Books(emulator).hold(order)


@pytest.mark.parametrize("fault", ["commit-then-drop", "500-after-commit", "garbage"])
@pytest.mark.parametrize("operation", ["create_purchase", "create_commitment", "create_commitment_request"])
async def test_what_was_stored_last_is_the_whole_order_also_where_a_step_was_found_done(
    operation: str, fault: str
) -> None:
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    emulator.faults.add(operation, fault)
    async with emulator.serve() as url, LuccaProcurement(url, emulator.key, rate=None, clock=clock) as lucca:
        order = await lucca.orders.submit(order_of(reference="ERP-4711"), store.save)
    assert store.last == order
    assert Books(emulator).hold(order)


async def test_a_request_that_an_earlier_try_has_made_is_stored_as_done() -> None:
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
        order = await lucca.orders.submit(order_of(reference="ERP-4711"), store.save)
    assert [entry.status for entry in emulator.log if entry.operation == "create_commitment_request"] == [None, 409]
    assert store.last == order
    assert Books(emulator).hold(order)
