"""The only source of chance in a run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

__all__ = ("Chance",)

T = TypeVar("T")


class Chance(random.Random):
    """A random generator with one seed."""

    def happens(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def some(self, all_of: Sequence[T], probability: float) -> tuple[T, ...]:
        """Return each element with this probability. A run that has few kinds of trouble tests each of them more."""
        return tuple(each for each in all_of if self.happens(probability))

    def mostly(self, usual: T, others: Sequence[T], probability: float = 0.5) -> T:
        """Return the usual value. With this probability, return one of the others instead."""
        return self.choice(others) if self.happens(probability) else usual
