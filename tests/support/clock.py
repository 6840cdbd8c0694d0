"""Clocks for tests."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from support.loop import settled


class Clock:
    """A clock that stands still until a test changes `now`."""

    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


class HurriedClock(Clock):
    """A client's clock. Each sleep moves it on at once, and it records how long each sleep is."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class SteppedClock(HurriedClock):
    """A client's clock that only the test moves. A sleeper wakes when the test has moved the clock to its time."""

    def __init__(self) -> None:
        super().__init__()
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    async def sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        rung = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), rung))
        await rung.wait()

    async def advance(self, seconds: float) -> None:
        """Move the clock on, and wake each sleeper at its own time. All tasks get their turns after each one."""
        end = self.now + seconds
        await settled()
        while self._sleepers and self._sleepers[0][0] <= end:
            moment, _, rung = heapq.heappop(self._sleepers)
            self.now = max(self.now, moment)
            rung.set()
            await settled()
        self.now = end


class MovingClock(HurriedClock):
    """A client's clock that moves on by itself: to the time of the next sleeper, when the event loop has been idle."""

    IDLE = 150
    """The rounds of the event loop before the clock moves on. A whole request in this process takes fewer."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = 0
        """The clock stands still while this is not 0."""
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._ticking = False

    async def sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        if not self._ticking:
            self._tick(self.IDLE)
        await woken

    def _tick(self, left: int) -> None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        self._ticking = bool(self._sleepers)
        if not self._ticking:
            return
        if self.busy:
            left = self.IDLE
        elif not left:
            self.now = max(self.now, self._sleepers[0][0])
            for moment, _, woken in self._sleepers:
                if moment <= self.now and not woken.done():
                    woken.set_result(None)
        asyncio.get_running_loop().call_soon(self._tick, left - 1 if left else self.IDLE)
