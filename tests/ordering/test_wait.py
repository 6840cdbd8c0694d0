"""`orders.wait`: decisions and the people who made them, pauses, and the end of the time."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest

from lucca_procurement import LuccaProcurement, Order, errors, models
from lucca_procurement._ordering.decisions import decided_by, decision_of
from lucca_procurement.order import Decision, Step
from support.loop import forbidden_tasks, nothing_forgotten, settled, skip
from support.lucca import Lucca
from support.orders import sample_order


async def submitted(client: LuccaProcurement, count: int) -> list[Order]:
    """Submit some orders."""
    return [await client.orders.submit(sample_order(f"PO-{number}")) for number in range(count)]


def request_of(mine: Order) -> int:
    assert mine.approval_request_id is not None
    return mine.approval_request_id


async def test_wait_for_approved_order_returns_order() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
        assert await client.orders.wait(mine) is mine
        assert mine.decision is Decision.APPROVED
        before = len(lucca.requests)
        await client.orders.wait(mine)
        await client.orders.wait(Order.from_json(mine.to_json()))
    assert len(lucca.requests) == before


@pytest.mark.parametrize("how", ["deny", "cancel"])
async def test_wait_for_denied_or_cancelled_order_raises(how: str) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        if how == "deny":
            lucca.emulator.deny(request_of(mine))
        else:
            await client.requests.cancel(request_of(mine), comment="No")
        for _ in range(2):
            with pytest.raises(errors.OrderNotApproved, match="PO-0") as caught:
                await client.orders.wait(mine)
            assert caught.value.order is mine
    assert mine.decision is (Decision.DENIED if how == "deny" else Decision.CANCELLED)
    assert mine.step is Step.SUBMITTED


async def test_wait_for_denied_order_names_person() -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        lucca.emulator.deny(request_of(mine))
        assert mine.purchase_id is not None
        lucca.emulator.tenant._own[mine.purchase_id]["commitment"]["modifier"] = {"id": 1, "name": "Ann Approver"}
        with pytest.raises(errors.OrderNotApproved, match="denied by Ann Approver"):
            await client.orders.wait(mine)
    assert Order.from_json(mine.to_json()).decided_by == "Ann Approver"


def purchase_in_state(purchase: str | None, commitment: str | None) -> models.Purchase:
    """Make a purchase in its state and that of its commitment."""
    known = {"state": purchase} if purchase else {}
    held = {"commitment": {"id": 2, "type": "OneTimeCommitment", "state": commitment}} if commitment else {}
    return models.Purchase.from_json(json.dumps({"id": 1, **known, **held}).encode())


@pytest.mark.parametrize(
    ("purchase", "commitment", "decision"),
    [
        ("Processing", "UnderReview", None),
        ("Created", "Created", None),
        ("Processing", "Provisioned", Decision.APPROVED),
        ("Ongoing", "UnderReview", Decision.APPROVED),
        ("Closed", None, Decision.APPROVED),
        ("Closed", "Provisioned", Decision.APPROVED),
        ("Closed", "UnderReview", Decision.CANCELLED),
        ("Closed", "Created", Decision.CANCELLED),
        ("Closed", "Denied", Decision.DENIED),
        ("Denied", "Created", Decision.DENIED),
        ("Cancelled", "Provisioned", Decision.CANCELLED),
        ("Ongoing", "Cancelled", Decision.CANCELLED),
        ("InOrbit", "InOrbit", None),
        ("InOrbit", "Provisioned", Decision.APPROVED),
        ("Denied", "InOrbit", Decision.DENIED),
        (None, None, None),
        ("Created", None, None),
    ],
)
def test_decision_of_with_each_state_returns_decision(
    purchase: str | None, commitment: str | None, decision: Decision | None
) -> None:
    assert decision_of(purchase_in_state(purchase, commitment)) is decision


def test_decision_of_with_unknown_commitment_type_is_none() -> None:
    content = b'{"id": 1, "state": "Processing", "commitment": {"id": 2, "type": "Barter", "state": "Provisioned"}}'
    assert decision_of(models.Purchase.from_json(content)) is None


def test_decided_by_returns_last_modifier_or_none() -> None:
    assert decided_by(purchase_in_state("Denied", "Denied")) is None
    named = b'{"id": 1, "modifier": {"id": 1, "name": "%s"}, "commitment": null}'
    assert decided_by(models.Purchase.from_json(named % b"Ann")) == "Ann"
    assert decided_by(models.Purchase.from_json(named % b"")) is None


async def test_wait_with_unknown_states_continues() -> None:
    lucca = Lucca(approve="manual")
    lucca.fail("get_purchase", "unknown-enum", times=3)
    lucca.fail("get_purchase", "unknown-commitment-type", times=3)
    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        lucca.emulator.approve(request_of(mine))
        # The client does not know the kind of the commitment, and still knows that the order lives.
        await client.orders.wait(mine)
    assert lucca.counts["get_purchase"] == 4
    assert mine.decision is Decision.APPROVED


@pytest.mark.parametrize("timeout", [0, 0.5, 60])
async def test_wait_after_timeout_can_be_called_again(timeout: float) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        begun = lucca.clock.now
        for _ in range(2):
            with pytest.raises(errors.StillPending, match=f"PO-0, purchase 1020 was not decided within {timeout:g} s"):
                await client.orders.wait(mine, timeout=timeout)
        # The last look has the last second to end in.
        assert lucca.clock.now - begun == 2 * max(0.0, timeout - 1)
        assert mine.decision is None
        lucca.emulator.approve(request_of(mine))
        await client.orders.wait(mine)
    assert not await forbidden_tasks()


async def test_wait_for_unsubmitted_order_is_refused() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        for mine in (sample_order("PO-1"), sample_order("PO-1", step=Step.REQUEST, purchase_id=1_001)):
            with pytest.raises(errors.InvalidArgument, match="not submitted"):
                await client.orders.wait(mine)
    assert not lucca.requests


async def test_wait_pauses_grow_from_2_to_30_seconds() -> None:
    lucca = Lucca(approve="after=300")
    moments: list[float] = []

    async def note(name: str) -> None:
        if name == "get_purchase":
            moments.append(lucca.clock.now)

    lucca.before = note
    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        await client.orders.wait(mine, timeout=None)
    pauses = [later - before for before, later in pairwise(moments)]
    assert pauses[0] == 2
    assert pauses == sorted(pauses)
    assert pauses[-1] == 30
    assert all(later <= 1.5 * before + 1e-6 for before, later in pairwise(pauses))
    assert moments[-1] - moments[0] <= 330


async def test_wait_for_many_orders_keeps_to_rate() -> None:
    lucca = Lucca(approve="manual", rate=50)
    async with lucca.opened(rate=50) as client:
        orders = await submitted(client, 30)
        results = await asyncio.gather(
            *(client.orders.wait(mine, timeout=300) for mine in orders), return_exceptions=True
        )
    assert {type(each) for each in results} == {errors.StillPending}
    assert 429 not in {entry.status for entry in lucca.emulator.log}


@pytest.mark.parametrize("count", [2, 9])
async def test_wait_with_missing_purchase_fails_that_order_only(count: int) -> None:
    lucca = Lucca(approve="after=20")
    async with lucca.opened() as client:
        orders = await submitted(client, count)
        lost = sample_order("LOST", step=Step.SUBMITTED, purchase_id=999_999, commitment_id=1)
        with nothing_forgotten():
            *decided, error = await asyncio.gather(
                *(client.orders.wait(mine) for mine in [*orders, lost]), return_exceptions=True
            )
    assert decided == orders
    assert isinstance(error, errors.NotFound)
    assert not await forbidden_tasks()


async def test_wait_through_short_outage_returns_decision() -> None:
    lucca = Lucca(approve="auto")
    async with lucca.opened(retries=0) as client:
        (mine,) = await submitted(client, 1)
        for fault in ("500", "503", "drop"):
            lucca.fail("get_purchase", fault)
        assert (await client.orders.wait(mine)).decision is Decision.APPROVED


async def test_wait_through_long_outage_raises_still_pending() -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened(retries=0) as client:
        (mine,) = await submitted(client, 1)
        lucca.fail("get_purchase", "500", times=None)
        with pytest.raises(errors.StillPending, match="could not be read in the end") as caught:
            await client.orders.wait(mine, timeout=20)
    assert isinstance(caught.value.__cause__, errors.ServerError)


@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize("rounds", [0, 1, 5, 40])
async def test_wait_after_cancellation_leaves_no_task(count: int, rounds: int) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        orders = await submitted(client, count + 1)
        with nothing_forgotten():
            waiting = [asyncio.create_task(client.orders.wait(mine)) for mine in orders]
            for _ in range(rounds):
                await asyncio.sleep(0)
            for task in waiting[:-1]:
                task.cancel()
            await asyncio.wait(waiting[:-1])
            assert all(task.cancelled() for task in waiting[:-1])
            # The orders that stay are not disturbed.
            lucca.emulator.approve(request_of(orders[-1]))
            assert (await waiting[-1]).decision is Decision.APPROVED
            assert not await forbidden_tasks()


async def test_wait_started_later_reads_at_once() -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        early, late = await submitted(client, 2)
        waiting = asyncio.create_task(client.orders.wait(early))
        while lucca.clock.now < 1_750_000_000 + 200:
            await settled()
        lucca.emulator.approve(request_of(late))
        before = lucca.clock.now
        await client.orders.wait(late)
        assert lucca.clock.now - before <= 30
        waiting.cancel()
        await asyncio.wait([waiting])
    assert not await forbidden_tasks()


async def test_wait_with_hanging_response_ends_at_timeout() -> None:
    """Row 15: by the loop's time, for a clock of the caller's own may run ahead of the network."""
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        hanging, other = await submitted(client, 2)
        hung = asyncio.Event()

        async def hang(name: str) -> None:
            if name == "get_purchase" and not hung.is_set():
                hung.set()
                await asyncio.Event().wait()

        lucca.before = hang
        waiting = asyncio.create_task(client.orders.wait(hanging, timeout=5))
        await hung.wait()
        # One purchase that hangs delays no other order.
        lucca.emulator.approve(request_of(other))
        assert (await client.orders.wait(other)).decision is Decision.APPROVED
        skip(4.9)
        await settled()
        assert not waiting.done()
        skip(0.2)
        with pytest.raises(errors.StillPending, match="not decided within 5 s"):
            await waiting
        lucca.emulator.approve(request_of(hanging))
        await client.orders.wait(hanging)
    assert not await forbidden_tasks()


@pytest.mark.parametrize("timeout", [3.0, 5.0, 100.0])
async def test_wait_reads_last_time_one_second_before_timeout(timeout: float) -> None:
    lucca = Lucca(approve="manual")
    reads: list[float] = []

    async def note(name: str) -> None:
        reads.append(lucca.clock.now - begun)

    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        lucca.before, begun = note, lucca.clock.now
        with pytest.raises(errors.StillPending):
            await client.orders.wait(mine, timeout=timeout)
    assert reads[-1] == timeout - 1
    assert lucca.clock.now - begun <= timeout
