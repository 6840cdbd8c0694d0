"""The record of a run: each event with its actor, its time, and the time on the clock of its machine."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import UTC, datetime

from attrs import define, field, frozen

__all__ = ("EPOCH", "Line", "Story", "words_of")

EPOCH = 1_780_000_000.0
"""The true time of day at which each run begins, in epoch seconds."""


@frozen
class Line:
    """One event. `clock` is the time of day on the machine that it happened on."""

    moment: float
    who: str
    what: str
    clock: float | None

    def __str__(self) -> str:
        clock = "" if self.clock is None else datetime.fromtimestamp(self.clock, UTC).strftime("%m-%d %H:%M:%S")
        return f"{self.moment:11.3f}  {clock:14}  {self.who:10}  {self.what}"


@define
class Story:
    """The lines of a run, and the invariants that it broke."""

    lines: list[Line] = field(factory=list)
    violations: list[str] = field(factory=list)
    """The invariants that the run has broken."""
    figures: Counter[str] = field(factory=Counter)
    """The number of events of each kind."""

    def note(self, moment: float, who: str, what: str, clock: float | None = None) -> None:
        """Record an event."""
        self.lines.append(Line(moment, who, what, clock))

    def count(self, what: str, number: int = 1) -> None:
        """Count something for the figures."""
        self.figures[what] += number

    def violate(self, moment: float, what: str) -> None:
        """Record that an invariant is broken."""
        self.violations.append(what)
        self.note(moment, "VIOLATION", what)

    @property
    def digest(self) -> str:
        """A short text that two runs share only if all their lines are the same, to the letter."""
        return hashlib.sha256("\n".join(map(str, self.lines)).encode()).hexdigest()[:16]


def words_of(error: Exception) -> str:
    """Return the text of an error and of its cause, without the words that differ in each run."""
    # The ids of requests are chance of the product, and the hosts count the runs of this process.
    return re.sub(r"Request id: \w+\.|\.r\d+(?=\.sim)", "", f"{error} | {error.__cause__ or ''}")
