"""The server's clock, as its answers show it: the clock of this machine may be wrong by minutes."""

from __future__ import annotations

from . import retry
from .clocks import Clock

__all__ = ("ServerClock",)


class ServerClock:
    """The server's time, measured from its latest answer on by our monotonic clock: ours may be stepped meanwhile."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_of_monotonic: float | None = None
        self._latest: tuple[str, float] | None = None

    def heard(self, date: str | None) -> None:
        """Note the header `Date` of an answer that has just come."""
        # Read when somebody asks for it: nobody asks for the time of most answers.
        if date is not None:
            self._latest = date, self._clock.monotonic()

    def time(self) -> float:
        """Return the server's time in epoch seconds; our own, if no answer has shown it yet."""
        found = self._told()
        return self._clock.time() if found is None else found

    @property
    def ahead(self) -> float | None:
        """The seconds by which the server is ahead of us, up to one too little. None if no answer has shown it yet."""
        found = self._told()
        return None if found is None else found - self._clock.time()

    def _told(self) -> float | None:
        latest, self._latest = self._latest, None
        if latest is not None and (found := retry.server_time(latest[0])) is not None:
            self._ahead_of_monotonic = found - latest[1]
        return None if self._ahead_of_monotonic is None else self._clock.monotonic() + self._ahead_of_monotonic
