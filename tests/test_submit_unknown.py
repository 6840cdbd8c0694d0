"""How `orders.submit` finds out what came of a request: by the server's clock, and with little looking."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from attrs import evolve
from clock import MovingClock
from ordering import PATHS, Lucca, incomplete, order, saved_to

from lucca_procurement import LuccaProcurement, Order, errors
from lucca_procurement.order import Doubt, Step


async def unknown(client: LuccaProcurement, mine: Order, **options: Any) -> errors.OutcomeUnknown:
    """Submit an order that stays in doubt, and give why."""
    error = await incomplete(client.orders.submit(mine, **options))
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert mine.doubt is not None
    return error.__cause__


@pytest.mark.parametrize("ahead", [-600.0, -3.0, 0.0, 3.0, 600.0])
@pytest.mark.parametrize("reference", ["PO-1", None])
@pytest.mark.parametrize("heard", [True, False], ids=["heard", "unheard"])
async def test_the_clock_of_the_server_counts(ahead: float, reference: str | None, heard: bool) -> None:
    """The machine's own may be wrong by minutes, and nothing may have told it before the first request."""
    lucca = Lucca(ahead=ahead)
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        if heard:
            await client.purchases.get(1_001)
        mine = await client.orders.submit(order(reference))
    (purchase,) = lucca.emulator.created()
    assert mine.purchase_id == purchase["id"]


async def test_a_clock_that_was_set_back_does_not_hold_an_order_up() -> None:
    lucca = Lucca()
    later = lucca.clock.now + 3_600
    mine = order("PO-1", doubt=Doubt(since=later, until=later, ahead=-3_600.0))
    async with lucca.opened() as client:
        await unknown(client, mine)
    assert lucca.clock.now < later - 3_500


@pytest.mark.parametrize("operation", PATHS)
@pytest.mark.parametrize("settle", [30.0, 12.0, 0.0])
async def test_what_is_not_there_is_looked_for_until_it_settled(operation: str, settle: float) -> None:
    lucca = Lucca()
    mine = order("PO-1")
    lucca.fail(operation, "drop")
    asked: list[tuple[str, float]] = []

    async def note(name: str) -> None:
        asked.append((name, lucca.clock.now - begun))

    begun, lucca.before = lucca.clock.now, note
    async with lucca.opened(settle=settle) as client:
        if operation == PATHS[0]:
            error = await unknown(client, mine)
            assert (error.candidates, "resubmit=True" in str(error)) == ((), True)
        else:
            await client.orders.submit(mine)
    looks = [
        moment for name, moment in asked if name == ("list_purchases" if operation == PATHS[0] else "get_purchase")
    ]
    assert len(looks) == (2 if settle else 1)
    assert settle <= looks[-1] <= settle * 1.25
    assert [name for name, moment in asked if name == operation and moment < settle] == [operation] * bool(settle)


@pytest.mark.parametrize("operation", PATHS)
async def test_what_is_done_late_is_not_done_twice(operation: str) -> None:
    """The server may do a request up to 5 s after its connection is gone."""
    lucca = Lucca()
    lucca.fail(operation, "late")
    async with lucca.opened() as client:
        await client.orders.submit(order("PO-1"))
    (purchase,) = lucca.emulator.created()
    assert purchase["state"] == "Ongoing"
    assert len(lucca.emulator.tenant.requests) == 1


async def test_a_purchase_is_created_again_on_request_alone_and_after_looking() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "drop", times=2)
    mine = order("PO-1")
    async with lucca.opened() as client:
        await unknown(client, mine)
        assert lucca.counts["create_purchase"] == 1
        await unknown(client, mine)
        assert lucca.counts["create_purchase"] == 1
        before = len(lucca.requests)
        await unknown(client, mine, resubmit=True)
        assert lucca.requests[before : before + 2] == ["list_purchases", "create_purchase"]
        assert lucca.counts["create_purchase"] == 2
        await client.orders.submit(mine, resubmit=True)
    assert lucca.titles == ["Laptops [PO-1]"]


async def test_what_was_made_is_found_even_if_it_is_to_be_made_again() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        await client.orders.submit(order("PO-1"), resubmit=True)
    assert lucca.titles == ["Laptops [PO-1]"]


@pytest.mark.parametrize("from_memory", [True, False])
async def test_the_caller_names_the_candidate_that_it_is(from_memory: bool) -> None:
    lucca = Lucca()
    mine = order()
    stored: list[bytes] = []
    async with lucca.opened() as client:
        await client.purchases.create(mine.to_create)
        lucca.fail("create_purchase", "commit-then-drop")
        error = await unknown(client, mine, save=saved_to(stored))
        assert {each.id for each in error.candidates} == {each["id"] for each in lucca.emulator.created()}
        mine = mine if from_memory else Order.from_json(stored[-1])
        mine.purchase_id = max(each.id for each in error.candidates)
        await client.orders.submit(mine)
    assert lucca.counts["create_purchase"] == 2
    assert [bool(each["commitment"]) for each in lucca.emulator.created()] == [False, True]


async def test_an_order_that_is_loaded_again_is_the_same_order() -> None:
    """The client knows its purchase as taken: by this very order."""
    lucca = Lucca()
    stored: list[bytes] = []

    def save(saved: Order) -> None:
        if stored:
            raise OSError("the database is away")
        stored.append(saved.to_json())

    async with lucca.opened() as client:
        for reference in ("PO-1", None):
            stored.clear()
            await incomplete(client.orders.submit(order(reference), save=save))
            await client.orders.submit(Order.from_json(stored[0]))
    assert lucca.titles == ["Laptops [PO-1]", "Laptops"]


@pytest.mark.parametrize("shared", [True, False], ids=["one client", "two clients"])
async def test_an_equal_order_of_this_process_is_not_taken_for_the_lost_one(shared: bool) -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "drop")
    first, going, held = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(name: str) -> None:
        first.set()
        if name == "create_commitment":
            going.set()
            await held.wait()

    lucca.before = hold
    lost, made = order(), order()
    async with lucca.opened() as client, lucca.opened() as another:
        losing = asyncio.create_task(incomplete(client.orders.submit(lost)))
        await first.wait()
        making = asyncio.create_task((client if shared else another).orders.submit(made))
        await going.wait()
        await losing
        held.set()
        await making
    assert lost.purchase_id is None
    assert made.purchase_id is not None
    assert len(lucca.titles) == 1


def far_away() -> Lucca:
    """Give a Lucca to which every request takes a while."""
    lucca = Lucca()

    async def travel(_: str) -> None:
        await lucca.clock.sleep(0.05)

    lucca.before = travel
    return lucca


@pytest.mark.parametrize(("concurrency", "looks"), [(8, 16), (50, 3)])
async def test_fifty_orders_in_doubt_share_their_looks(concurrency: int, looks: int) -> None:
    lucca = far_away()
    lucca.fail("create_purchase", "commit-then-drop", times=50)
    async with lucca.opened() as client:
        orders = [order(f"PO-{number}") for number in range(50)]
        results = [each async for each in client.orders.submit_many(orders, concurrency=concurrency)]
    assert not [each.error for each in results if each.error]
    assert sorted(lucca.titles) == sorted(each.title for each in orders)
    assert lucca.counts["list_purchases"] <= looks
    assert lucca.counts["create_purchase"] == 50


async def test_fifty_orders_that_are_nowhere_share_their_looks() -> None:
    lucca = far_away()
    lucca.fail("create_purchase", "drop", times=50)
    async with lucca.opened() as client:
        orders = [order(f"PO-{number}") for number in range(50)]
        results = [each async for each in client.orders.submit_many(orders, concurrency=50)]
    assert {type(each.error) for each in results} == {errors.OrderIncomplete}
    assert not lucca.titles
    assert lucca.counts["list_purchases"] <= 4


async def test_looking_that_fails_leaves_the_order_in_doubt() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    lucca.fail("list_purchases", "500", times=None)
    mine = order("PO-1")
    async with lucca.opened() as client:
        error = await unknown(client, mine)
        assert "looking for it failed" in str(error)
        lucca.emulator.faults.clear()
        await client.orders.submit(mine)
    assert lucca.titles == ["Laptops [PO-1]"]


@pytest.mark.parametrize("step", [Step.COMMITMENT, Step.REQUEST])
async def test_a_refusal_of_the_second_try_has_it_looked_for(step: Step) -> None:
    """What was sent first is done after it was given up for lost: a rule refuses what was sent again."""
    lucca = Lucca()
    operation = PATHS[1] if step is Step.COMMITMENT else PATHS[2]
    lucca.fail(operation, "late", seconds=40)
    async with lucca.opened(settle=30) as client:
        await lucca.clock.sleep(0)

        async def late(name: str) -> None:
            if name == operation and lucca.counts[operation] == 1:
                lucca.clock.now += 20

        lucca.before = late
        mine = await client.orders.submit(order("PO-1"))
    assert mine.step is Step.SUBMITTED
    assert lucca.counts[operation] == 2
    assert len(lucca.emulator.tenant.requests) == 1


@pytest.mark.parametrize(("fault", "made"), [("drop", 0), ("commit-then-drop", 1)])
async def test_a_state_that_nobody_knows_proves_no_request(fault: str, made: int) -> None:
    """An order that was taken for submitted would wait for ever for a decision that nobody was asked for."""
    lucca = Lucca(approve="manual")
    lucca.fail(PATHS[2], fault)
    lucca.fail("get_purchase", "unknown-enum", times=None)
    mine = order("PO-1")
    async with lucca.opened() as client:
        error = await unknown(client, mine)
        assert "state" in error.reason
        assert (mine.step, len(lucca.emulator.tenant.requests)) == (Step.REQUEST, made)
        lucca.emulator.faults.clear()
        await client.orders.submit(mine)
    assert len(lucca.emulator.tenant.requests) == 1


class WrongClock:
    """The clock of a machine that is wrong by some seconds."""

    def __init__(self, right: MovingClock, wrong: float) -> None:
        self.monotonic, self.sleep = right.monotonic, right.sleep
        self.time = lambda: right.now + wrong


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("operation", PATHS)
@pytest.mark.parametrize("fault", ["commit-then-drop", "late"])
@pytest.mark.parametrize("wrong", [600.0, -600.0])
async def test_another_machine_with_another_time_goes_on(
    wrong: float, fault: str, operation: str, killed: bool
) -> None:
    lucca = Lucca()
    lucca.fail(operation, fault)
    stored: list[bytes] = []
    async with lucca.opened(clock=WrongClock(lucca.clock, wrong), settle=0.0) as client:
        await client.purchases.get(1_001)
        lucca.fail("list_purchases", "500")
        lucca.fail("get_purchase", "500")
        await unknown(client, order("PO-1"), save=saved_to(stored))
    lucca.emulator.faults.clear()
    mine = Order.from_json(stored[-1])
    assert mine.doubt is not None
    if killed:
        mine.doubt = evolve(mine.doubt, until=None)
    async with lucca.opened() as client:
        await client.orders.submit(mine)
    assert lucca.titles == ["Laptops [PO-1]"]
    assert [lucca.counts[each] for each in PATHS] == [1, 1, 1]
