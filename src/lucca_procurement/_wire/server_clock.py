"""The server's clock, as far as its answers tell it: that of this machine may be wrong by minutes."""

from __future__ import annotations

from . import retry
from .clocks import Clock

__all__ = ("ServerClock",)


class ServerClock:
    """Know by how much the server's clock differs from ours."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead: float | None = None
        self._latest: tuple[str, float] | None = None

    def heard(self, date: str | None) -> None:
        """Take the header `Date` of an answer that has just come."""
        # Read when it is asked for: most answers are never asked for their time.
        if date is not None:
            self._latest = date, self._clock.time()

    @property
    def ahead(self) -> float | None:
        """The seconds by which the server is ahead of us; None until an answer has told. Up to a second too little."""
        latest, self._latest = self._latest, None
        if latest is not None and (found := retry.server_time(latest[0])) is not None:
            self._ahead = found - latest[1]
        return self._ahead

    def time(self) -> float:
        """Give the server's time in epoch seconds; ours, where no answer has told it yet."""
        return self._clock.time() + (self.ahead or 0.0)
