"""The time of a client. A test replaces it by its own."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Protocol

__all__ = ("Clock", "SystemClock")


class Clock(Protocol):
    """The time of a client. Pauses, pace and settle times go by it; the timeouts of the network do not."""

    def time(self) -> float:
        """Return the time of day in epoch seconds. It may be stepped, so nothing is measured by it."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back, and that go on while the machine is suspended."""
        ...

    async def sleep(self, seconds: float, /) -> None:
        """Wait that many seconds."""
        ...


class SystemClock:
    """The clock of this machine.

    `monotonic` counts the time for which the machine was suspended, if the system offers this (Linux does): a server
    goes on while this machine sleeps, and a preparation of an hour ago must not look like one of a second ago.
    """

    def time(self) -> float:
        return time.time()

    if sys.platform == "linux":

        def monotonic(self) -> float:
            return time.clock_gettime(time.CLOCK_BOOTTIME)

    else:

        def monotonic(self) -> float:
            return time.monotonic()

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(seconds)
