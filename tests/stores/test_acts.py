"""Acts of people on orders of a store: `orders.adopt` and `orders.cancel` with `store=`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from attrs import evolve

from lucca_procurement import LuccaProcurement, Order, errors
from lucca_procurement.order import Step
from lucca_procurement.stores import Record, SQLiteOrders, State
from support.lucca import Lucca
from support.orders import CREATING, forget_orders, incomplete, order_before, sample_order
from support.samples import ONE_TIME, PURCHASE


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SQLiteOrders]:
    async with SQLiteOrders(tmp_path / "orders.sqlite", host="127.0.0.1") as store:
        yield store


async def loaded(store: SQLiteOrders) -> Record:
    record = await store.load("PO-1")
    assert record
    return record


async def in_doubt(client: LuccaProcurement, store: SQLiteOrders, lucca: Lucca) -> Record:
    """Return the record of an order whose purchase is in doubt."""
    lucca.reply("create_purchase", 500)
    assert (await incomplete(client.orders.ensure(sample_order(), store))).needs == "person"
    return await loaded(store)


async def test_adopt_with_store_stores_the_purchase(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await in_doubt(client, store, lucca)
        id = (await client.purchases.create(PURCHASE)).id
        order = await client.orders.adopt(record, id, store=store)
        stored = await loaded(store)
        assert (stored.order, stored.state, stored.note) == (order, State.SUBMITTING, "")
        assert (order.purchase_id, order.step, order.pending) == (id, Step.COMMITMENT, None)
        forget_orders()
        assert (await client.orders.ensure(sample_order(), store)).state is State.SUBMITTED
    assert len(lucca.titles) == 1


async def test_purchase_of_other_order_of_store_is_no_candidate_in_new_process(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        await client.orders.ensure(sample_order("PO-0"), store)
    forget_orders()
    async with lucca.opened() as client:
        lucca.reply("create_purchase", 500)
        error = await incomplete(client.orders.ensure(sample_order(), store))
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert error.__cause__.candidates == ()


async def test_purchase_that_other_process_stored_meanwhile_is_no_candidate(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        await client.orders.ensure(sample_order("PO-2"), store)
        theirs = sample_order("PO-0")
        theirs.purchase_id = (await client.purchases.create(theirs.purchase)).id
        await store.add(theirs)
        lucca.reply("create_purchase", 500)
        error = await incomplete(client.orders.ensure(sample_order(), store))
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert (error.__cause__.candidates, error.__cause__.advice) == ((), "Look in Lucca.")


async def test_cancel_names_no_candidate_that_other_process_stored_meanwhile(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await in_doubt(client, store, lucca)
        theirs = sample_order("PO-0")
        theirs.purchase_id = (await client.purchases.create(theirs.purchase)).id
        await store.add(theirs)
        error = await incomplete(client.orders.cancel(record, "over", store=store))
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert error.__cause__.candidates == ()


async def test_adopt_of_purchase_that_other_process_stored_is_refused(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await in_doubt(client, store, lucca)
        theirs = sample_order("PO-0")
        theirs.purchase_id = (await client.purchases.create(PURCHASE)).id
        await store.add(theirs)
        with pytest.raises(errors.InvalidArgument, match="it belongs to the order po-0"):
            await client.orders.adopt(record, theirs.purchase_id, store=store)
    assert await loaded(store) == record


async def test_adopt_of_whole_order_with_store_is_submitted(store: SQLiteOrders) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        theirs = await order_before(client, Step.SUBMITTED)
        assert theirs.purchase_id is not None
        order = await client.orders.adopt(sample_order(), theirs.purchase_id, store=store)
        assert order.step is Step.SUBMITTED
        assert (await loaded(store)).state is State.SUBMITTED


async def test_adopt_of_other_purchase_with_store_changes_nothing(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await in_doubt(client, store, lucca)
        id = (await client.purchases.create(evolve(PURCHASE, owner_id=36))).id
        with pytest.raises(errors.InvalidArgument, match="owner: 36 instead of 35"):
            await client.orders.adopt(record, id, store=store)
        assert await loaded(store) == record
        # The person corrects the order of the record.
        record.order.purchase = evolve(record.order.purchase, owner_id=36)
        await client.orders.adopt(record, id, store=store)
        assert (await loaded(store)).order.purchase.owner_id == 36


async def test_adopt_that_stops_stores_the_reason(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        id = (await client.purchases.create(PURCHASE)).id
        await client.commitments.create(id, ONE_TIME)

        async def edit(name: str) -> None:
            net = lucca.stored(id)["commitment"]["amountIncludingTaxes"]["base"]["excludingTaxes"]
            net["value"] = 99_999

        lucca.after = edit
        assert (await incomplete(client.orders.adopt(sample_order(), id, store=store))).needs == "person"
        record = await loaded(store)
        assert (record.state, record.order.purchase_id, record.order.step) == (State.NEEDS_A_LOOK, id, Step.COMMITMENT)
        assert "has another commitment than the order's" in record.note


async def test_adopt_of_old_record_stores_nothing(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await in_doubt(client, store, lucca)
        newer = await store.replace(record, (await loaded(store)).order, "newer", "person")
        id = (await client.purchases.create(PURCHASE)).id
        error = await incomplete(client.orders.adopt(record, id, store=store))
        assert isinstance(error.__cause__, errors.Superseded)
        assert await loaded(store) == newer


async def test_cancel_with_store_stores_the_decision(store: SQLiteOrders) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        record = await client.orders.ensure(sample_order(), store)
        assert await client.orders.cancel(record, "No", store=store) == ()
        stored = await loaded(store)
        assert (stored.state, stored.note, stored.version) == (State.CANCELLED, "", record.version + 2)
        assert await client.orders.refresh(store) == []
        assert (await client.orders.ensure(sample_order(), store)).state is State.CANCELLED
    assert lucca.counts["create_purchase"] == 1


async def test_cancel_of_order_that_no_store_knows_keeps_it_from_being_sent(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        assert await client.orders.cancel(sample_order(), "No", store=store) == ()
        assert (await client.orders.ensure(sample_order(), store)).state is State.CANCELLED
    assert lucca.requests == ["list_purchases"]


async def test_cancel_of_order_that_a_lost_store_does_not_know_closes_its_purchase(
    store: SQLiteOrders, tmp_path: Path
) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        await client.orders.ensure(sample_order(), store)
    forget_orders()
    async with lucca.opened() as client, SQLiteOrders(tmp_path / "new.sqlite") as new:
        remains = await client.orders.cancel(sample_order(), "No", store=new)
        # The id of its request is lost, too.
        assert [each.object for each in remains] == ["request", "purchase"]
        record = await new.load("PO-1")
        assert record
        assert (record.state, record.order.purchase_id) == (State.SUBMITTED, lucca.emulator.created()[0]["id"])


async def begun(client: LuccaProcurement, store: SQLiteOrders, step: Step) -> Record:
    """Return the record of an order that stopped before a step."""
    return await store.add(await order_before(client, step))


@pytest.mark.parametrize("step", [Step.COMMITMENT, Step.REQUEST])
async def test_cancel_that_leaves_a_purchase_needs_a_look(store: SQLiteOrders, step: Step) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await begun(client, store, step)
        lucca.reply("close_purchase", 403)
        (remains,) = await client.orders.cancel(record, "No", store=store)
        stored = await loaded(store)
        assert (stored.state, stored.note) == (State.NEEDS_A_LOOK, f"not cancelled: {remains}")
        assert await client.orders.cancel(stored, "No", store=store) == ()
        assert (await loaded(store)).state is State.CANCELLED


async def test_cancel_that_leaves_a_request_waits_for_its_decision(store: SQLiteOrders) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        record = await client.orders.ensure(sample_order(), store)
        lucca.reply("cancel_request", 403, times=1)
        assert len(await client.orders.cancel(record, "No", store=store)) == 2
        stored = await loaded(store)
        assert (stored.state, stored.note.count("remains")) == (State.SUBMITTED, 2)
        lucca.emulator.deny(reference="PO-1")
        (decided,) = await client.orders.refresh(store)
        assert (decided.state, decided.note) == (State.DENIED, "")


@pytest.mark.parametrize("failing", ["get_purchase", "close_purchase"])
async def test_cancel_that_fails_does_not_let_the_order_continue(store: SQLiteOrders, failing: str) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await begun(client, store, Step.COMMITMENT)
        lucca.fail(failing, "429", retry_after="300")
        with pytest.raises(errors.RateLimited):
            await client.orders.cancel(record, "No", store=store)
        stored = await loaded(store)
        assert (stored.state, stored.order.step) == (State.NEEDS_A_LOOK, Step.COMMITMENT)
        assert stored.note == "its cancellation has begun and not ended: cancel the order again"
        await lucca.clock.sleep(300)
        assert await client.orders.cancel(sample_order(), "No", store=store) == ()
        assert (await loaded(store)).state is State.CANCELLED


async def test_cancel_in_doubt_stores_that_a_person_has_to_look(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await in_doubt(client, store, lucca)
        await incomplete(client.orders.cancel(record, "No", store=store))
        stored = await loaded(store)
        assert (stored.state, stored.order.step) == (State.NEEDS_A_LOOK, Step.PURCHASE)
        assert stored.note.startswith("an earlier request may have created the purchase")


async def test_cancel_of_old_record_sends_nothing(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await begun(client, store, Step.COMMITMENT)
        newer = await store.replace(record, (await loaded(store)).order)
        lucca.emulator.log.clear()
        with pytest.raises(errors.Superseded):
            await client.orders.cancel(record, "No", store=store)
        assert await loaded(store) == newer
    assert lucca.requests == []


async def test_cancel_stops_a_worker_before_it_sends(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:

        async def cancel(name: str) -> None:
            # Another machine cancels while the purchase of this order is created.
            if name == "create_purchase":
                lucca.before = lucca.after
                await client.purchases.create(evolve(PURCHASE, title="[PO-1] Laptops"))
                forget_orders()
                async with lucca.opened() as other:
                    assert await other.orders.cancel(sample_order(), "No", store=store) == ()
                lucca.reply("create_purchase", 429, retry_after="1")

        lucca.before = cancel
        error = await incomplete(client.orders.ensure(sample_order(), store))
        assert isinstance(error.__cause__, errors.Superseded)
        assert (await loaded(store)).state is State.CANCELLED
    assert (lucca.counts["create_commitment"], lucca.counts["close_purchase"]) == (0, 1)


async def test_save_and_store_exclude_each_other(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        record = await store.add(sample_order())
        both: list[Awaitable[object]] = [
            client.orders.adopt(record, 1, print, store=store),
            client.orders.cancel(record, "No", print, store=store),
        ]
        for call in both:
            with pytest.raises(errors.InvalidArgument, match="not both"):
                await call
        neither: list[Awaitable[object]] = [client.orders.adopt(record, 1), client.orders.cancel(record, "No")]
        for call in neither:
            with pytest.raises(errors.InvalidArgument, match="`store`"):
                await call
    assert lucca.requests == []


async def test_adopt_with_save_stores_each_object() -> None:
    lucca = Lucca()
    saved: list[Step] = []

    def save(order: Order) -> None:
        saved.append(order.step)

    async with lucca.opened() as client:
        theirs = await order_before(client, Step.REQUEST)
        assert theirs.purchase_id is not None
        await client.orders.adopt(sample_order(), theirs.purchase_id, save)
    assert saved == [Step.COMMITMENT, Step.REQUEST]
    assert lucca.counts[CREATING[2]] == 0
