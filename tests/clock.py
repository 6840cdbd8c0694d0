"""A clock for tests."""

from __future__ import annotations


class Clock:
    """A clock that stands still until it is told to move on."""

    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now
