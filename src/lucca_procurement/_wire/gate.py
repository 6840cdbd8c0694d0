"""Limit the concurrent requests, keep the pause that a 429 asks for, and keep the tenant's rate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from attrs import define

from .clocks import Clock
from .retry import LONGEST_WAIT, WINDOW

__all__ = ("Gate", "Limiter", "LimiterFailed", "Pace")

MAX_IN_FLIGHT = 8
MAX_UPLOADS = 2
"""Uploads have separate places: an upload may take its whole time limit, and other requests would wait for it."""


class Limiter(Protocol):
    """An object that lets requests through, one at a time: a limiter that several processes share, for instance."""

    async def acquire(self) -> object:
        """Wait until one more request may be sent."""
        ...


class LimiterFailed(Exception):
    """The caller's own limiter raised something."""


@define(eq=False)
class Departure:
    """The place of one request in the window. `at` is the time of its departure, or of its turn before that."""

    at: float


class Pace:
    """A sliding window: at most `rate` requests in any minute, in the order of arrival."""

    def __init__(self, rate: int, clock: Clock, on_hold: Callable[[float], None]) -> None:
        self._rate = rate
        self._clock = clock
        self._on_hold = on_hold
        self._departures: list[Departure] = []
        # A lock of asyncio serves its waiters in the order of arrival.
        self._turn = asyncio.Lock()

    async def acquire(self) -> Departure:
        """Wait until the window has room, and return the place in it."""
        async with self._turn:
            while len(self._departures) >= self._rate:
                first = min(self._departures, key=lambda each: each.at)
                if (wait := first.at + WINDOW - self._clock.monotonic()) > 0:
                    # The loop looks again: if that request left long after its turn, another one is the first now.
                    self._on_hold(wait)
                    await self._clock.sleep(wait)
                else:
                    self._departures.remove(first)
            departure = Departure(self._clock.monotonic())
            self._departures.append(departure)
            return departure


@define
class Turn:
    """The right to send one request."""

    too_long: float
    """The seconds that the server asked for if they exceed the longest wait, else 0."""
    departure: Departure | None
    clock: Clock

    def depart(self) -> None:
        """Record that the request leaves now.

        Its preparation may have taken seconds, and the server counts arrivals.
        """
        if self.departure is not None:
            self.departure.at = self.clock.monotonic()


class Gate:
    """Admit at most 8 requests and 2 uploads at a time, at the limiter's rate, and none during a pause.

    1,500 tasks that wait for httpx's pool slow it from 550 to 4 requests a second, because each arrival scans all
    waiting tasks. The semaphores of this class have no such scan.
    """

    def __init__(self, limiter: Limiter | None, clock: Clock, on_hold: Callable[[float], None]) -> None:
        self._limiter = limiter
        self._clock = clock
        self._on_hold = on_hold
        self._places = asyncio.Semaphore(MAX_IN_FLIGHT)
        self._uploads = asyncio.Semaphore(MAX_UPLOADS)
        self._open_at = 0.0
        self._too_long_until = 0.0

    @property
    def closed_for(self) -> float:
        """The seconds for which nothing may be sent."""
        return max(0.0, self._open_at - self._clock.monotonic())

    @property
    def too_long(self) -> float:
        """The seconds left of a pause that exceeds the longest wait, if the gate is closed, else 0."""
        return max(0.0, self._too_long_until - self._clock.monotonic()) if self.closed_for else 0.0

    def close_for(self, seconds: float) -> None:
        """Admit no request for `seconds`, at most 120: one absurd value must not stop a client for a year."""
        now = self._clock.monotonic()
        if not self.closed_for:
            self._too_long_until = 0.0
        self._open_at = max(self._open_at, now + min(seconds, LONGEST_WAIT))
        if seconds > LONGEST_WAIT:
            self._too_long_until = max(self._too_long_until, now + seconds)

    @asynccontextmanager
    async def place(self, *, upload: bool = False) -> AsyncIterator[Turn]:
        """Wait for a place and for the right to send."""
        async with self._uploads if upload else self._places:
            departure = None
            await self._opening()
            if self._limiter is not None and not self.too_long:
                departure = await self._acquire(self._limiter)
                await self._opening()
            yield Turn(self.too_long, departure, self._clock)

    async def _acquire(self, limiter: Limiter) -> Departure | None:
        try:
            acquired = await limiter.acquire()
        except Exception as error:
            raise LimiterFailed(f"{type(error).__name__}: {error}") from error
        return acquired if isinstance(acquired, Departure) else None

    async def _opening(self) -> None:
        while not self.too_long and (wait := self.closed_for):
            self._on_hold(wait)
            await self._clock.sleep(wait)
