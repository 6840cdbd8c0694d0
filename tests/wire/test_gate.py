"""The gate that a request passes before it leaves: the pace, the places, and the pause after a 429."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lucca_procurement._wire.gate import MAX_IN_FLIGHT, MAX_UPLOADS, Gate, Limiter, LimiterFailed, Pace
from lucca_procurement._wire.retry import LONGEST_WAIT, WINDOW
from support.clock import SteppedClock
from support.loop import settled


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def held() -> list[float]:
    return []


class Walk:
    """Tasks that pass something, each of which leaves its name and the seconds since the start."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self._start = clock.now
        self.passed: list[tuple[Any, float]] = []

    async def through(self, pace: Pace, name: Any) -> None:
        await pace.acquire()
        self.note(name)

    def note(self, name: Any) -> None:
        self.passed.append((name, self._clock.now - self._start))


async def ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_pace_admits_in_order_within_sliding_window(clock: SteppedClock, held: list[float]) -> None:
    assert WINDOW == 61.0
    pace, walk = Pace(3, clock, held.append), Walk(clock)
    tasks = []
    for name, pause in [("a", 10.0), ("b", 20.0), ("c", 5.0), ("d", 0.0), ("e", 0.0), ("f", 0.0), ("g", 0.0)]:
        tasks.append(asyncio.create_task(walk.through(pace, name)))
        await clock.advance(pause)
    assert walk.passed == [("a", 0.0), ("b", 10.0), ("c", 30.0)]
    await clock.advance(200.0)
    assert walk.passed[3:] == [("d", WINDOW), ("e", WINDOW + 10), ("f", WINDOW + 30), ("g", WINDOW * 2)]
    assert held == [WINDOW - 35, 10.0, 20.0, WINDOW - 30]
    await asyncio.gather(*tasks)


async def test_pace_with_many_requests_keeps_rate_in_each_window(clock: SteppedClock) -> None:
    pace, walk = Pace(50, clock, lambda _: None), Walk(clock)
    tasks = [asyncio.create_task(walk.through(pace, number)) for number in range(175)]
    await clock.advance(4 * WINDOW)
    assert [name for name, _ in walk.passed] == list(range(175))
    assert [moment for _, moment in walk.passed] == [WINDOW * (number // 50) for number in range(175)]
    await asyncio.gather(*tasks)


async def test_pace_with_cancelled_waiters_admits_next(clock: SteppedClock) -> None:
    pace, walk = Pace(1, clock, lambda _: None), Walk(clock)
    await walk.through(pace, "first")
    tasks = {name: asyncio.create_task(walk.through(pace, name)) for name in ("head", "middle", "tail")}
    await clock.advance(10.0)
    await ended(tasks["head"], tasks["middle"])
    await clock.advance(WINDOW - 10)
    assert walk.passed == [("first", 0.0), ("tail", WINDOW)]


async def test_pace_with_early_timer_waits_whole_window(clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    sleep = clock.sleep
    monkeypatch.setattr(clock, "sleep", lambda seconds: sleep(seconds * 0.75))
    pace, walk = Pace(1, clock, lambda _: None), Walk(clock)
    await walk.through(pace, 1)
    waiting = asyncio.create_task(walk.through(pace, 2))
    await clock.advance(WINDOW - 0.01)
    assert walk.passed == [(1, 0.0)]
    await clock.advance(1.0)
    assert walk.passed[1][1] >= WINDOW
    await waiting


class Passers:
    """Requests that pass a gate and stay in their places until they are let go."""

    def __init__(self, gate: Gate, clock: SteppedClock, *, upload: bool = False) -> None:
        self.walk = Walk(clock)
        self.too_long: list[float] = []
        self.inside = 0
        self.leave = asyncio.Event()
        self._gate = gate
        self._upload = upload

    def start(self, number: int, before: Callable[[], None] = lambda: None) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self._passing(name, before)) for name in range(number)]

    async def _passing(self, name: int, before: Callable[[], None]) -> None:
        before()
        async with self._gate.place(upload=self._upload) as turn:
            self.walk.note(name)
            self.too_long.append(turn.too_long)
            self.inside += 1
            try:
                await self.leave.wait()
            finally:
                self.inside -= 1


async def test_gate_admits_eight_requests_at_once_in_order(clock: SteppedClock) -> None:
    passers = Passers(Gate(None, clock, lambda _: None), clock)
    tasks = passers.start(20)
    await settled()
    assert passers.inside == MAX_IN_FLIGHT == 8
    await ended(tasks[0], tasks[9])
    await settled()
    assert passers.inside == 8
    assert [name for name, _ in passers.walk.passed] == [*range(8), 8]
    passers.leave.set()
    await settled()
    assert [name for name, _ in passers.walk.passed] == [name for name in range(20) if name != 9]
    assert passers.inside == 0


async def test_gate_after_429_holds_all_requests(clock: SteppedClock, held: list[float]) -> None:
    gate = Gate(None, clock, held.append)
    passers = Passers(gate, clock)
    passers.leave.set()
    gate.close_for(30.0)
    tasks = passers.start(12)
    await clock.advance(29.9)
    assert passers.walk.passed == []
    await clock.advance(0.2)
    assert [moment for _, moment in passers.walk.passed] == [30.0] * 12
    assert passers.too_long == [0.0] * 12
    assert held == [30.0] * 8
    await asyncio.gather(*tasks)


async def test_gate_with_two_pauses_opens_at_later_end(clock: SteppedClock) -> None:
    gate = Gate(None, clock, lambda _: None)
    gate.close_for(30.0)
    await clock.advance(5.0)
    gate.close_for(10.0)
    assert gate.closed_for == 25.0
    passers = Passers(gate, clock)
    tasks = passers.start(1)
    await clock.advance(20.0)
    # While this request waits, another answer closes the gate for longer.
    gate.close_for(15.0)
    await clock.advance(14.9)
    assert passers.walk.passed == []
    await clock.advance(0.2)
    assert passers.walk.passed == [(0, 35.0)]
    await ended(*tasks)


async def test_gate_with_pause_up_to_bound_waits(clock: SteppedClock) -> None:
    passers = Passers(gate := Gate(None, clock, lambda _: None), clock)
    gate.close_for(LONGEST_WAIT)
    tasks = passers.start(1)
    await clock.advance(LONGEST_WAIT - 0.1)
    assert passers.walk.passed == []
    await clock.advance(0.2)
    assert passers.too_long == [0.0]
    await ended(*tasks)


async def test_gate_with_overlong_pause_reports_and_opens_at_bound(clock: SteppedClock, held: list[float]) -> None:
    passers = Passers(gate := Gate(None, clock, held.append), clock)
    passers.leave.set()
    gate.close_for(86_400.0)
    await asyncio.gather(*passers.start(1))
    await clock.advance(LONGEST_WAIT - 1)
    await asyncio.gather(*passers.start(1))
    await clock.advance(1.0)
    await asyncio.gather(*passers.start(1))
    assert passers.too_long == [86_400.0, 86_400.0 - LONGEST_WAIT + 1, 0.0]
    assert held == []


async def test_gate_after_overlong_pause_waits_for_next_pause(clock: SteppedClock) -> None:
    passers = Passers(gate := Gate(None, clock, lambda _: None), clock)
    gate.close_for(86_400.0)
    await clock.advance(LONGEST_WAIT)
    gate.close_for(30.0)
    tasks = passers.start(1)
    await clock.advance(30.0)
    assert passers.walk.passed == [(0, LONGEST_WAIT + 30.0)]
    assert passers.too_long == [0.0]
    await ended(*tasks)


async def test_gate_with_overlong_pause_reports_to_waiting_request(clock: SteppedClock) -> None:
    passers = Passers(gate := Gate(None, clock, lambda _: None), clock)
    gate.close_for(30.0)
    tasks = passers.start(1)
    await clock.advance(1.0)
    gate.close_for(86_400.0)
    await clock.advance(29.0)
    assert passers.too_long == [86_400.0 - 29.0]
    await ended(*tasks)


async def test_gate_has_separate_places_for_uploads(clock: SteppedClock) -> None:
    gate = Gate(None, clock, lambda _: None)
    uploads, others = Passers(gate, clock, upload=True), Passers(gate, clock)
    tasks = [*uploads.start(16), *others.start(16)]
    await settled()
    assert (uploads.inside, others.inside) == (MAX_UPLOADS, MAX_IN_FLIGHT) == (2, 8)
    await ended(*tasks)


class Counting:
    """A limiter as a caller may bring it."""

    def __init__(self, during: Callable[[], None] = lambda: None) -> None:
        self.asked = 0
        self._during = during

    async def acquire(self) -> object:
        self.asked += 1
        await asyncio.sleep(0)
        self._during()
        return "whatever"


async def test_limiter_is_asked_once_for_each_request(clock: SteppedClock) -> None:
    limiter = Counting()
    passers = Passers(Gate(limiter, clock, lambda _: None), clock)
    passers.leave.set()
    await asyncio.gather(*passers.start(20))
    assert limiter.asked == 20


async def test_limiter_during_overlong_pause_is_not_asked(clock: SteppedClock) -> None:
    limiter = Counting()
    gate = Gate(limiter, clock, lambda _: None)
    gate.close_for(LONGEST_WAIT + 1)
    passers = Passers(gate, clock)
    passers.leave.set()
    await asyncio.gather(*passers.start(3))
    assert limiter.asked == 0


async def test_gate_with_429_during_limiter_wait_holds_request(clock: SteppedClock) -> None:
    gate: Gate
    gate = Gate(Counting(lambda: gate.close_for(9.0)), clock, lambda _: None)
    passers = Passers(gate, clock)
    tasks = passers.start(1)
    await clock.advance(8.9)
    assert passers.walk.passed == []
    await clock.advance(0.2)
    assert passers.walk.passed == [(0, 9.0)]
    await ended(*tasks)


async def test_gate_after_429_paces_held_requests(clock: SteppedClock) -> None:
    gate = Gate(Pace(2, clock, lambda _: None), clock, lambda _: None)
    passers = Passers(gate, clock)
    passers.leave.set()
    gate.close_for(30.0)
    tasks = passers.start(3)
    await clock.advance(30.0 + WINDOW)
    assert passers.walk.passed == [(0, 30.0), (1, 30.0), (2, 30.0 + WINDOW)]
    await asyncio.gather(*tasks)


async def test_limiter_that_fails_raises_limiter_failed_without_place(clock: SteppedClock) -> None:
    class Broken:
        async def acquire(self) -> object:
            raise OSError("no route to the bucket")

    limiter: Limiter = Broken()
    gate = Gate(limiter, clock, lambda _: None)
    for _ in range(MAX_IN_FLIGHT + 1):
        with pytest.raises(LimiterFailed, match="OSError: no route to the bucket") as caught:
            async with gate.place():
                raise AssertionError("nothing may pass")
        assert isinstance(caught.value.__cause__, OSError)


async def test_pace_with_late_departure_counts_from_departure(clock: SteppedClock) -> None:
    gate = Gate(Pace(1, clock, lambda _: None), clock, lambda _: None)
    left: list[float] = []

    async def send(preparation: float) -> None:
        async with gate.place() as turn:
            await clock.sleep(preparation)
            turn.depart()
            left.append(clock.now)

    start = clock.now
    first = asyncio.create_task(send(4.0))
    await clock.advance(1.0)
    second = asyncio.create_task(send(0.0))
    await clock.advance(100.0)
    await asyncio.gather(first, second)
    assert [moment - start for moment in left] == [4.0, 4.0 + WINDOW]
