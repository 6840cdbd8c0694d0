"""The tenant's requests a minute, shared by several processes: a window on a server, which all of them fill."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from pyrate_limiter import AbstractBucket, RateItem

LIMIT = 50
WINDOW = 61.0
"""In seconds: the minute and one more. Requests travel at different speeds, and the server counts arrivals."""
PATIENCE = 2.0
"""Seconds until a server that does not answer is an error."""


class SharedRate:
    """Goes into `LuccaProcurement(rate=...)`. Each client has one of its own; the bucket's name is what is shared."""

    def __init__(self, bucket: AbstractBucket) -> None:
        # pyrate-limiter says of every bucket that it may be asynchronous; those of these recipes are not.
        self._bucket: Any = bucket
        self._turn = asyncio.Lock()

    async def acquire(self) -> None:
        """Wait until one more request may be sent."""
        # One asks for all, in the order in which they came. In a thread: a bucket waits for its server.
        async with self._turn:
            wait: float | None = 0.0
            while wait is not None:
                # Without the pause, the process that has just had a place often gets the next ones too.
                await asyncio.sleep(wait + random.uniform(0.01, 0.05))
                wait = await asyncio.to_thread(self._ask)

    def _ask(self) -> float | None:
        """Take a place in the window, or return the seconds after which there may be one."""
        item = RateItem("request", self._bucket.now())
        if self._bucket.put(item):
            self._bucket.leak(item.timestamp)
            return None
        return float(max(0, self._bucket.waiting(item)) / 1000)
