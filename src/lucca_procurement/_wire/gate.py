"""What a request passes before it leaves: a few at a time, the pause that a 429 asks for, the tenant's rate."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from .clocks import Clock

__all__ = ("Gate", "Limiter", "LimiterFailed", "Pace")

AT_A_TIME = 8
WINDOW = 61.0
"""The limit's minute, in seconds, and one more: requests travel at different speeds, and the server counts arrivals."""


class Limiter(Protocol):
    """Whatever lets one more request through when it may go: a limiter that several processes share, for instance."""

    async def acquire(self) -> object:
        """Wait until one more request may be sent."""
        ...


class LimiterFailed(Exception):
    """The caller's own limiter raised something."""


class Pace:
    """A sliding window: at most `rate` requests in any minute, first come, first served."""

    def __init__(self, rate: int, clock: Clock, held: Callable[[float], None]) -> None:
        self._clock = clock
        self._held = held
        self._sent: deque[float] = deque(maxlen=rate)
        # asyncio's lock serves in the order of asking.
        self._turn = asyncio.Lock()

    async def acquire(self) -> None:
        """Wait until the window has room."""
        async with self._turn:
            if len(self._sent) == self._sent.maxlen:
                free = self._sent[0] + WINDOW
                if (wait := free - self._clock.monotonic()) > 0:
                    self._held(wait)
                await _until(free, self._clock)
            self._sent.append(self._clock.monotonic())


class Gate:
    """Let requests through: 8 at a time, none while the server asked to wait, and at the limiter's rate.

    1,500 tasks that wait for httpx's pool slow it from 550 to 4 requests a second: each arrival walks all that wait.
    Here they wait in a queue that costs nothing.
    """

    def __init__(self, limiter: Limiter | None, clock: Clock, held: Callable[[float], None]) -> None:
        self._limiter = limiter
        self._clock = clock
        self._held = held
        self._places = asyncio.Semaphore(AT_A_TIME)
        self._open_at = 0.0

    @property
    def closed_for(self) -> float:
        """The seconds for which nothing may be sent."""
        return max(0.0, self._open_at - self._clock.monotonic())

    def close_for(self, seconds: float) -> None:
        """Let nothing through for some seconds."""
        self._open_at = max(self._open_at, self._clock.monotonic() + seconds)

    @asynccontextmanager
    async def place(self, longest: float) -> AsyncIterator[float]:
        """Wait for a place and for the right to send.

        Gives the seconds that are still to wait, if they are above `longest`.
        """
        async with self._places:
            await self._opening(longest)
            if self._limiter is not None and not self.closed_for:
                await self._acquire(self._limiter)
                await self._opening(longest)
            yield self.closed_for

    async def _acquire(self, limiter: Limiter) -> None:
        try:
            await limiter.acquire()
        except Exception as error:
            raise LimiterFailed(f"{type(error).__name__}: {error}") from error

    async def _opening(self, longest: float) -> None:
        while 0 < (wait := self.closed_for) <= longest:
            self._held(wait)
            await self._clock.sleep(wait)


async def _until(moment: float, clock: Clock) -> None:
    # Once is not always enough: a loop's timer may be early by its resolution.
    while (wait := moment - clock.monotonic()) > 0:
        await clock.sleep(wait)
