"""Many runs, on all cores: the number of runs, the invariants that broke, and figures of the events."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

from attrs import define, field

from .run import Kind, run

__all__ = ("Batch", "prepare", "simulate")

SLICE = 50
"""The seeds that a process runs before it frees memory and reports."""


@define
class Batch:
    """The result of many runs."""

    seeds: int = 0
    figures: Counter[str] = field(factory=Counter)
    broken: dict[int, list[str]] = field(factory=dict)
    """The invariants that were broken, by seed."""

    def add(self, other: Batch) -> None:
        """Add the result of other runs."""
        self.seeds += other.seeds
        self.figures.update(other.figures)
        self.broken |= other.broken


def simulate(
    start: int, seeds: int, kind: Kind = "orders", progress: Callable[[Batch], object] = lambda _: None
) -> Batch:
    """Run a number of seeds from a first one, on all cores.

    Args:
        start: The first seed.
        seeds: The number of seeds.
        kind: The kind of the world.
        progress: Called with the result so far, now and then.
    """
    whole = Batch()
    slices = [range(begin, min(begin + SLICE, start + seeds)) for begin in range(start, start + seeds, SLICE)]
    # Fresh processes do not inherit what a test has imported or changed.
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"), prepare) as pool:
        for part in pool.map(_run, slices, repeat(kind)):
            whole.add(part)
            progress(whole)
    return whole


def prepare() -> None:
    # The imported modules are never garbage, so no collection needs to look at them.
    gc.freeze()


def _run(seeds: Sequence[int], kind: Kind) -> Batch:
    batch = Batch()
    for seed, story, figures in _runs(seeds, kind):
        batch.seeds += 1
        batch.figures.update(figures)
        if story:
            batch.broken[seed] = story
    gc.collect()
    return batch


def _runs(seeds: Sequence[int], kind: Kind) -> Iterator[tuple[int, list[str], Counter[str]]]:
    for seed in seeds:
        story = run(seed, kind)
        yield seed, story.violations, story.figures
