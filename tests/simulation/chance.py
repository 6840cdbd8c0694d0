"""The one source of everything that is left to chance in a run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

__all__ = ("Chance",)

T = TypeVar("T")


class Chance(random.Random):
    """A generator of one seed."""

    def happens(self, probability: float) -> bool:
        """Return True that often."""
        return self.random() < probability

    def some(self, all_of: Sequence[T], probability: float) -> tuple[T, ...]:
        """Return each of them that often. A run that has few kinds of trouble goes deeper into each."""
        return tuple(each for each in all_of if self.happens(probability))

    def mostly(self, usual: T, others: Sequence[T], probability: float = 0.5) -> T:
        """Return the usual one, or one of the others that often."""
        return self.choice(others) if self.happens(probability) else usual
