"""The limit of requests: so many within any minute, for each key."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Limit:
    """A sliding window of a minute. `rate` is how many requests it lets through; None lets all through."""

    def __init__(self, rate: int | None, clock: Callable[[], float]) -> None:
        self.rate = rate
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def wait(self, key: str) -> float:
        """Let a request through and return 0, or return the seconds until there is room for it."""
        if self.rate is None:
            return 0.0
        now = self._clock()
        times = self._times.setdefault(key, deque())
        if times and times[-1] > now:
            # The clock was set back, and what was counted says nothing any more.
            times.clear()
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) < self.rate:
            times.append(now)
            return 0.0
        return times[0] + 60 - now if times else 60.0

    def used(self, key: str) -> int:
        """Return how many requests of the last minute count."""
        return sum(time > self._clock() - 60 for time in self._times.get(key, ()))
