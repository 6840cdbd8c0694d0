"""The breaker on made-up times, and through orders: an outage leaves few orders in doubt, and the rest continues."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lucca_procurement import errors
from lucca_procurement._ordering.breaker import LONGEST_PAUSE, PURCHASE_PAUSE, Breaker
from lucca_procurement.events import Event, HeldBack
from lucca_procurement.order import Step
from support.lucca import Lucca
from support.orders import CREATING, incomplete, numbered_orders, sample_order, saved_to


def tripped() -> Breaker:
    """Return a breaker after three unknown creates that were under way together, at time 0."""
    breaker = Breaker()
    for holder in "abc":
        breaker.unknown(holder, 0.0)
    return breaker


def test_breaker_admits_all_while_creates_succeed() -> None:
    breaker = Breaker()
    assert [breaker.admit(holder, 0.0, has_purchase=False) for holder in "abcd"] == [0.0] * 4
    assert not breaker.is_tripped


@pytest.mark.parametrize("unknown", [1, 2])
def test_breaker_after_unknown_create_admits_one_order(unknown: int) -> None:
    breaker = Breaker()
    for holder in "ab"[:unknown]:
        breaker.unknown(holder, 0.0)
    assert breaker.admit("c", 0.0, has_purchase=False) == 0.0
    assert breaker.admit("c", 0.0, has_purchase=False) == 0.0
    assert breaker.admit("d", 0.0, has_purchase=False) == 0.5
    breaker.release("d")
    assert breaker.admit("d", 0.0, has_purchase=False) == 0.5
    breaker.release("c")
    assert breaker.admit("d", 0.0, has_purchase=False) == 0.0
    assert not breaker.is_tripped


def test_breaker_after_success_admits_all() -> None:
    breaker = tripped()
    breaker.success()
    assert [breaker.admit(holder, 0.0, has_purchase=False) for holder in "abcd"] == [0.0] * 4
    assert not breaker.is_tripped


def test_breaker_after_three_unknown_creates_pauses_30_seconds() -> None:
    breaker = tripped()
    assert breaker.is_tripped
    assert [breaker.admit("d", now, has_purchase=True) for now in (0.0, 10.0, 29.0)] == [30.0, 20.0, 1.0]
    assert breaker.admit("d", 30.0, has_purchase=True) == 0.0
    assert breaker.admit("e", 30.0, has_purchase=True) == 0.5


def test_breaker_with_simultaneous_unknown_creates_pauses_once() -> None:
    breaker = tripped()
    for holder in "defgh":
        breaker.unknown(holder, 1.0)
    assert breaker.admit("x", 30.0, has_purchase=True) == 0.0


def test_breaker_after_failed_probes_doubles_pause_to_5_minutes() -> None:
    breaker, now, pauses = tripped(), 0.0, []
    for _ in range(7):
        pauses.append(breaker.admit("probe", now, has_purchase=True))
        now += pauses[-1]
        assert breaker.admit("probe", now, has_purchase=True) == 0.0
        breaker.unknown("probe", now)
    assert pauses == [30.0, 60.0, 120.0, 240.0, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    breaker.success()
    for holder in "abc":
        breaker.unknown(holder, now)
    assert breaker.admit("d", now, has_purchase=True) == 30.0


def test_breaker_after_three_unknown_probes_pauses_half_hour() -> None:
    breaker, now = Breaker(), 0.0
    for holder in "abc":
        breaker.unknown(holder, now, purchase=True)
    waits = []
    for number in range(5):
        probe = f"probe {number}"
        waits.append(breaker.admit(probe, now, has_purchase=False))
        now += waits[-1]
        assert breaker.admit(probe, now, has_purchase=False) == 0.0
        breaker.unknown(probe, now, purchase=True)
    assert waits == [30.0, 60.0, 120.0, PURCHASE_PAUSE, PURCHASE_PAUSE]
    assert breaker.admit("order with its purchase", now, has_purchase=True) == LONGEST_PAUSE


# ---- Through orders


async def test_submit_during_breaker_pause_needs_time_without_save() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "drop", times=None)
    stored: list[bytes] = []
    async with lucca.opened(settle=0.0) as client:
        for mine in numbered_orders(3):
            await incomplete(client.orders.submit(mine))
        sent, saved = len(lucca.requests), len(stored)
        error = await incomplete(client.orders.submit(sample_order("PO-9"), save=saved_to(stored)))
        assert (error.needs, error.order.pending) == ("time", None)
        assert isinstance(error.__cause__, errors.NotSent)
        assert "the outcomes of the last creates are unknown" in str(error.__cause__)
        assert (len(lucca.requests), len(stored)) == (sent, saved)


async def test_submit_after_breaker_pause_reads_before_create() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "drop", times=3)
    async with lucca.opened(settle=0.0) as client:
        for mine in numbered_orders(3):
            await incomplete(client.orders.submit(mine))
        await lucca.clock.sleep(30)
        lucca.fail("list_purchases", "500")
        first = len(lucca.requests)
        error = await incomplete(client.orders.submit(sample_order("PO-8")))
        assert (error.needs, type(error.__cause__)) == ("time", errors.ServerError)
        assert lucca.requests[first:] == ["list_purchases"]
        await lucca.clock.sleep(60)
        await client.orders.submit(sample_order("PO-9"))
        assert lucca.requests[first + 1 :] == ["list_purchases", *CREATING]
        # The success lets all others through.
        await client.orders.submit(sample_order("PO-10"))
    assert sorted(lucca.titles) == ["[PO-10] Laptops", "[PO-9] Laptops"]


async def test_breaker_with_found_unknown_creates_does_not_trip() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop", times=None)
    held: list[Event] = []
    async with lucca.opened(on_event=held.append) as client:
        results = [each async for each in client.orders.submit_many(numbered_orders(12), concurrency=2)]
    assert [each.error for each in results] == [None] * 12
    assert not [each for each in held if isinstance(each, HeldBack) and each.reason == "outage"]


@pytest.mark.slow
@pytest.mark.parametrize("reads", [True, False], ids=["reads work", "total"])
@pytest.mark.parametrize("concurrency", [1, 2, 4, 8])
@pytest.mark.parametrize("hours", [0.25, 2.0])
async def test_submit_many_after_outage_leaves_few_orders_in_doubt(reads: bool, concurrency: int, hours: float) -> None:
    lucca = Lucca()
    end = lucca.clock.now + hours * 3_600
    orders = numbered_orders(40)
    told: list[Event] = []

    async def fail(name: str) -> None:
        if lucca.clock.now < end and (name in CREATING or not reads):
            lucca.fail(name, "drop")

    lucca.before = fail
    async with lucca.opened(on_event=told.append) as client:
        results = [each async for each in client.orders.submit_many(orders, concurrency=concurrency)]
    assert len(results) == len(orders)
    in_doubt = [each for each in orders if each.pending]
    # Three more, and one each half hour.
    assert len(in_doubt) <= concurrency + 3 + hours * 2
    assert {each.step for each in orders if not each.pending} == {Step.SUBMITTED}
    assert len(lucca.titles) == len({*lucca.titles}) == len(orders) - len(in_doubt)
    assert any(isinstance(each, HeldBack) and each.reason == "outage" for each in told)


async def test_submit_many_after_commitment_outage_leaves_no_doubt() -> None:
    """The doubt of a commitment settles without a person."""
    lucca = Lucca()
    end = lucca.clock.now + 3_600
    orders = numbered_orders(20)
    sent: list[float] = []

    async def fail(name: str) -> None:
        if name == "create_commitment":
            sent.append(lucca.clock.now)
            if lucca.clock.now < end:
                lucca.fail(name, "drop")

    lucca.before = fail
    async with lucca.opened() as client:
        results = [each async for each in client.orders.submit_many(orders, concurrency=4)]
    assert [each.error for each in results] == [None] * 20
    assert len(lucca.titles) == 20
    pauses = [later - before for before, later in pairwise(each for each in sent if each < end)]
    assert max(pauses) <= LONGEST_PAUSE + 60
    assert len(pauses) < 40
