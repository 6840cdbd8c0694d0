"""The server's clock by its answers. The clock of this machine may be wrong by minutes."""

from __future__ import annotations

from . import retry
from .clocks import Clock

__all__ = ("ServerClock",)


class ServerClock:
    """The server's time, measured from its latest answer by the monotonic clock: the time of day may be stepped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_of_monotonic: float | None = None
        self._latest: tuple[str, float] | None = None

    def record(self, date: str | None) -> None:
        """Record the header `Date` of an answer that has just arrived."""
        # The date is parsed on demand: no caller needs the time of most answers.
        if date is not None:
            self._latest = date, self._clock.monotonic()

    def time(self) -> float:
        """Return the server's time in epoch seconds, or the local time if no answer had a date yet."""
        found = self._now()
        return self._clock.time() if found is None else found

    @property
    def offset(self) -> float | None:
        """The seconds by which the server is ahead, up to 1 s too low. None if no answer had a date yet."""
        found = self._now()
        return None if found is None else found - self._clock.time()

    def _now(self) -> float | None:
        latest, self._latest = self._latest, None
        if latest is not None and (found := retry.server_time(latest[0])) is not None:
            self._offset_of_monotonic = found - latest[1]
        return None if self._offset_of_monotonic is None else self._clock.monotonic() + self._offset_of_monotonic
