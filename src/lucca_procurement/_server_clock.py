"""The server's clock, as far as its answers tell it: that of this machine may be wrong by minutes."""

from __future__ import annotations

from . import retry
from .clock import Clock

__all__ = ("ServerClock",)


class ServerClock:
    """Know by how much the server's clock differs from ours."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead: float | None = None
        """The seconds by which the server is ahead of us; None until an answer has told. Up to a second too little."""

    def heard(self, date: str | None) -> None:
        """Take the header `Date` of an answer that has just come."""
        if (found := retry.server_time(date)) is not None:
            self.ahead = found - self._clock.time()

    def time(self) -> float:
        """Give the server's time in epoch seconds; ours, where no answer has told it yet."""
        return self._clock.time() + (self.ahead or 0.0)
