"""The text of the progress: counts, the minutes that are left, and an outage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lucca_procurement._wire.gate import Pace
from lucca_procurement.cli._progress import Tally
from lucca_procurement.events import HeldBack, OrderStep, RequestSent
from support.clock import HurriedClock
from support.orders import numbered_orders


class Now:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def now() -> Now:
    return Now()


def tally_of(count: int, now: Callable[[], float], rate: int = 40) -> Tally:
    tally = Tally(rate, now)
    tally.total = count
    for order in numbered_orders(count):
        tally.expect(order)
    return tally


def sent() -> RequestSent:
    return RequestSent(operation="create_purchase", method="POST", path="/", request_id="1", attempt=1)


def test_minutes_follow_from_requests_left_and_rate(now: Now) -> None:
    tally = tally_of(5000, now)
    orders = numbered_orders(122)
    for order in orders[:120]:
        tally.finished(order, submitted=True)
    for order in orders[120:]:
        tally.finished(order, submitted=False)
    for _ in range(40):
        tally.note(sent())
    assert str(tally) == "120/5000 submitted, 2 need you, about 373 min left (40 requests a minute)"


@pytest.mark.parametrize("rate", [40, 1500])
async def test_estimate_for_5000_orders_holds_to_3_percent(rate: int) -> None:
    clock = HurriedClock()
    tally = tally_of(5000, clock, rate)
    pace = Pace(rate, clock, lambda seconds: tally.note(HeldBack(seconds=seconds, reason="rate")))
    noted: dict[int, tuple[float, float]] = {}
    for done, order in enumerate(numbered_orders(5000), 1):
        for _ in range(3):
            await pace.acquire()
            clock.now += 0.01
            tally.note(sent())
        tally.finished(order, submitted=True)
        if done % 500 == 0:
            noted[done // 50] = (tally.minutes_left, clock.now)
    for percent, (minutes, then) in noted.items():
        if percent < 100:
            assert minutes * 60 == pytest.approx(clock.now - then, rel=0.03), percent


def test_steps_of_orders_count(now: Now) -> None:
    tally = tally_of(100, now)
    for number in range(80):
        ids = {"purchase_id": 1, "commitment_id": None, "approval_request_id": None}
        tally.note(OrderStep(step="commitment", reference=f"PO-{number}", **ids))
    tally.note(sent())
    # The window has room for 39 of the 220 requests that are left.
    assert tally.minutes_left == pytest.approx(5 * 61 / 60)


def test_rate_that_holds_requests_back_is_the_pace(now: Now) -> None:
    tally = tally_of(100, now)
    for _ in range(40):
        tally.note(sent())
    now.time += 50
    tally.note(HeldBack(seconds=11, reason="rate"))
    assert tally.minutes_left == pytest.approx((11 + 7 * 61) / 60)


def test_slow_server_is_the_pace(now: Now) -> None:
    tally = tally_of(100, now)
    for _ in range(120):
        now.time += 6
        tally.note(sent())
    assert tally.minutes_left == pytest.approx(300 / 10, rel=0.05)


def test_outage_is_shown_until_next_request(now: Now) -> None:
    tally = tally_of(10, now)
    tally.note(HeldBack(seconds=30, reason="outage"))
    now.time += 10
    assert str(tally) == "0/10 submitted, Lucca does not answer: the next request in 20 s"
    tally.note(sent())
    assert "less than a minute left" in str(tally)


def test_wait_that_lucca_asks_for_is_shown(now: Now) -> None:
    tally = tally_of(10, now)
    tally.note(HeldBack(seconds=5, reason="retry_after"))
    assert str(tally) == "0/10 submitted, Lucca asks to wait: the next request in 5 s"
