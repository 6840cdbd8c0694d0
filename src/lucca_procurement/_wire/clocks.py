"""The clock of a client. A test can replace it."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Protocol

__all__ = ("Clock", "SystemClock")


class Clock(Protocol):
    """The clock of a client. Pauses, pace and settle times use it. Network timeouts do not."""

    def time(self) -> float:
        """Return the time of day in epoch seconds. The system may step it, so no duration is measured with it."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never decrease, and that continue while the machine is suspended."""
        ...

    async def sleep(self, seconds: float, /) -> None:
        """Wait for `seconds`."""
        ...


class SystemClock:
    """The clock of this machine.

    `monotonic` counts the time for which the machine was suspended, if the system offers this (Linux does). A
    server continues while this machine sleeps. A preparation of an hour ago must not look like one of a second ago.
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
