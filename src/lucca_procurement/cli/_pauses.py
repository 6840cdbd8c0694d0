"""Pauses between two tries: short at first, and then longer."""

from __future__ import annotations

import asyncio

from .._ordering.breaker import FIRST_PAUSE, LONGEST_PAUSE
from ._progress import Tally

__all__ = ("FIRST_LOOK", "FIRST_PAUSE", "LONGEST_LOOK", "LONGEST_PAUSE", "Pauses", "looks", "outage")

FIRST_LOOK = 5.0
LONGEST_LOOK = 300.0
"""In seconds: the pauses between two looks for decisions grow from the first to the second."""


class Pauses:
    """Pauses that double, from the first to the longest one.

    Args:
        first: The seconds of the first pause.
        longest: The seconds of the longest pause.
        tally: The progress that shows the pause as an outage, if there is one.
    """

    def __init__(self, first: float, longest: float, tally: Tally | None = None) -> None:
        self._first = first
        self._longest = longest
        self._tally = tally
        self._next = first

    async def wait(self) -> None:
        """Wait for the next pause."""
        seconds, self._next = self._next, min(self._longest, self._next * 2)
        if self._tally is not None:
            self._tally.hold(seconds, "outage")
        await asyncio.sleep(seconds)

    def reset(self) -> None:
        """Begin again with the first pause."""
        self._next = self._first


def outage(tally: Tally) -> Pauses:
    """Return the pauses while Lucca does not answer."""
    return Pauses(FIRST_PAUSE, LONGEST_PAUSE, tally)


def looks() -> Pauses:
    """Return the pauses between two looks for decisions."""
    return Pauses(FIRST_LOOK, LONGEST_LOOK)
