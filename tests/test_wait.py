"""Waiting for decisions: what is decided and by whom, and how little is read for it."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest
from clock import settled
from in_process import nothing_forgotten
from ordering import Lucca, forbidden_tasks, order

from lucca_procurement import LuccaProcurement, Order, errors, models
from lucca_procurement._ordering.decisions import decision_of, who_decided
from lucca_procurement.order import Decision, Step


async def submitted(client: LuccaProcurement, count: int) -> list[Order]:
    """Submit some orders."""
    return [await client.orders.submit(order(f"PO-{number}")) for number in range(count)]


def request_of(mine: Order) -> int:
    assert mine.request_id is not None
    return mine.request_id


async def test_an_approved_order() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = await client.orders.submit(order("PO-1"))
        assert await client.orders.wait(mine) is mine
        assert mine.decision is Decision.APPROVED
        before = len(lucca.requests)
        await client.orders.wait(mine)
        await client.orders.wait(Order.from_json(mine.to_json()))
    assert len(lucca.requests) == before


@pytest.mark.parametrize("how", ["deny", "cancel"])
async def test_a_refused_order(how: str) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        if how == "deny":
            lucca.emulator.deny(request_of(mine))
        else:
            await client.requests.cancel(request_of(mine), comment="No")
        for _ in range(2):
            with pytest.raises(errors.OrderRefused, match="PO-0") as caught:
                await client.orders.wait(mine)
            assert caught.value.order is mine
    assert mine.decision is (Decision.REFUSED if how == "deny" else Decision.CANCELLED)
    assert mine.step is Step.SUBMITTED


async def test_who_refused_is_told() -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        lucca.emulator.deny(request_of(mine))
        assert mine.purchase_id is not None
        lucca.emulator.tenant._own[mine.purchase_id]["commitment"]["modifier"] = {"id": 1, "name": "Ann Approver"}
        with pytest.raises(errors.OrderRefused, match="refused by Ann Approver"):
            await client.orders.wait(mine)
    assert Order.from_json(mine.to_json()).decided_by == "Ann Approver"


def state(purchase: str | None, commitment: str | None) -> models.Purchase:
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
        ("Closed", "UnderReview", None),
        ("Closed", "Created", None),
        ("Closed", "Denied", Decision.REFUSED),
        ("Denied", "Created", Decision.REFUSED),
        ("Cancelled", "Provisioned", Decision.CANCELLED),
        ("Ongoing", "Cancelled", Decision.CANCELLED),
        ("InOrbit", "InOrbit", None),
        ("InOrbit", "Provisioned", Decision.APPROVED),
        ("Denied", "InOrbit", Decision.REFUSED),
        (None, None, None),
        ("Created", None, None),
    ],
)
def test_the_states_that_decide(purchase: str | None, commitment: str | None, decision: Decision | None) -> None:
    assert decision_of(state(purchase, commitment)) is decision


def test_an_unknown_kind_of_commitment_decides_nothing() -> None:
    content = b'{"id": 1, "state": "Processing", "commitment": {"id": 2, "type": "Barter", "state": "Provisioned"}}'
    assert decision_of(models.Purchase.from_json(content)) is None


def test_who_decided_may_not_be_told() -> None:
    assert who_decided(state("Denied", "Denied")) is None
    named = b'{"id": 1, "modifier": {"id": 1, "name": "%s"}, "commitment": null}'
    assert who_decided(models.Purchase.from_json(named % b"Ann")) == "Ann"
    assert who_decided(models.Purchase.from_json(named % b"")) is None


async def test_unknown_states_are_waited_through() -> None:
    lucca = Lucca(approve="manual")
    lucca.fail("get_purchase", "unknown-enum", times=3)
    lucca.fail("get_purchase", "unknown-commitment-type", times=3)
    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        lucca.emulator.approve(request_of(mine))
        # The kind of the commitment is not known, but that the order lives is.
        await client.orders.wait(mine)
    assert lucca.counts["get_purchase"] == 4
    assert mine.decision is Decision.APPROVED


@pytest.mark.parametrize("timeout", [0, 0.5, 60])
async def test_an_order_that_is_pending_can_be_waited_for_again(timeout: float) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        (mine,) = await submitted(client, 1)
        begun = lucca.clock.now
        for _ in range(2):
            with pytest.raises(errors.StillPending, match=f"PO-0, purchase 1020 was not decided within {timeout:g} s"):
                await client.orders.wait(mine, timeout=timeout)
        assert lucca.clock.now - begun == 2 * timeout
        assert mine.decision is None
        lucca.emulator.approve(request_of(mine))
        await client.orders.wait(mine)
    assert not await forbidden_tasks()


async def test_an_order_that_is_not_submitted_is_not_waited_for() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        for mine in (order("PO-1"), order("PO-1", step=Step.REQUEST, purchase_id=1_001)):
            with pytest.raises(errors.InvalidArgument, match="not submitted"):
                await client.orders.wait(mine)
    assert not lucca.requests


async def test_the_pauses_grow_to_half_a_minute() -> None:
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


@pytest.mark.parametrize(
    ("way", "size", "pages"),
    [
        ("descending", 20, 3),
        ("ascending", 20, 3),
        ("shuffled", 20, 2),
        ("descending", 2_500, 2),
        ("ascending", 2_500, 4),
    ],
)
async def test_two_hundred_orders_share_what_is_read(way: str, size: int, pages: int) -> None:
    lucca = Lucca(approve="manual", purchases=size, order=way)
    async with lucca.opened() as client:
        orders = await submitted(client, 200)
        waiting = [asyncio.create_task(client.orders.wait(mine)) for mine in orders]
        reads: dict[float, int] = {}
        first = len(lucca.requests)
        while lucca.clock.now < 1_750_000_000 + 60:
            await settled()
        for entry in lucca.emulator.log[first:]:
            reads[entry.time] = reads.get(entry.time, 0) + 1
        for mine in orders:
            lucca.emulator.approve(request_of(mine))
        await asyncio.gather(*waiting)
    assert lucca.counts["get_purchase"] == 0
    assert max(reads.values()) <= pages
    assert 4 <= len(reads) <= 12
    assert {mine.decision for mine in orders} == {Decision.APPROVED}
    assert not await forbidden_tasks()


async def test_waiting_keeps_to_the_rate() -> None:
    lucca = Lucca(approve="manual", rate=50)
    async with lucca.opened(rate=50) as client:
        orders = await submitted(client, 30)
        results = await asyncio.gather(
            *(client.orders.wait(mine, timeout=300) for mine in orders), return_exceptions=True
        )
    assert {type(each) for each in results} == {errors.StillPending}
    assert 429 not in {entry.status for entry in lucca.emulator.log}


@pytest.mark.parametrize("count", [2, 9])
async def test_what_cannot_be_read_concerns_its_own_order_alone(count: int) -> None:
    lucca = Lucca(approve="after=20")
    async with lucca.opened() as client:
        orders = await submitted(client, count)
        lost = order("LOST", step=Step.SUBMITTED, purchase_id=999_999, request_id=1)
        with nothing_forgotten():
            *decided, error = await asyncio.gather(
                *(client.orders.wait(mine) for mine in [*orders, lost]), return_exceptions=True
            )
    assert decided == orders
    assert isinstance(error, errors.NotFound)
    assert not await forbidden_tasks()


async def test_an_outage_is_waited_through() -> None:
    lucca = Lucca(approve="auto")
    async with lucca.opened(retries=0) as client:
        (mine,) = await submitted(client, 1)
        for fault in ("500", "503", "drop"):
            lucca.fail("get_purchase", fault)
        assert (await client.orders.wait(mine)).decision is Decision.APPROVED


async def test_an_outage_that_lasts_is_the_cause_of_what_is_still_pending() -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened(retries=0) as client:
        (mine,) = await submitted(client, 1)
        lucca.fail("get_purchase", "500", times=None)
        with pytest.raises(errors.StillPending, match="could not be read in the end") as caught:
            await client.orders.wait(mine, timeout=20)
    assert isinstance(caught.value.__cause__, errors.ServerError)


async def test_a_list_that_cannot_be_read_is_no_error() -> None:
    lucca = Lucca(approve="auto")
    async with lucca.opened() as client:
        orders = await submitted(client, 9)
        lucca.fail("list_purchases", "500", times=None)
        await asyncio.gather(*(client.orders.wait(mine) for mine in orders))
    assert lucca.counts["get_purchase"] == 9


@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize("rounds", [0, 1, 5, 40])
async def test_cancelled_waiters_leave_nothing_behind(count: int, rounds: int) -> None:
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
            # Who stays is not disturbed.
            lucca.emulator.approve(request_of(orders[-1]))
            assert (await waiting[-1]).decision is Decision.APPROVED
            assert not await forbidden_tasks()


async def test_an_order_that_comes_later_is_read_soon() -> None:
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
