"""The limit of the requests of each key within any minute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Limit:
    """A sliding window of a minute. It accepts `rate` requests within the window. None accepts all requests."""

    def __init__(self, rate: int | None, clock: Callable[[], float]) -> None:
        self.rate = rate
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def wait(self, key: str) -> float:
        """Count a request and return 0. If the window is full, return the seconds until it has room."""
        if self.rate is None:
            return 0.0
        now = self._clock()
        times = self._times.setdefault(key, deque())
        if times and times[-1] > now:
            # The clock was set back, so the recorded times are no longer valid.
            times.clear()
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) < self.rate:
            times.append(now)
            return 0.0
        return times[0] + 60 - now if times else 60.0

    def used(self, key: str) -> int:
        """Return the number of requests of the last minute that count."""
        return sum(time > self._clock() - 60 for time in self._times.get(key, ()))
