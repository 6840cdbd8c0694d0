"""Fresh processes in interleaved rounds, and the ratios of what they measured."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Spread:
    """The median of some figures, and the lowest and highest of them."""

    median: float
    low: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """Sum up figures."""
    known = list(values)
    return Spread(statistics.median(known), min(known), max(known))


def run(script: Path, *arguments: str) -> Any:
    """Run one of our scripts in a process of its own and take the JSON that it prints."""
    command = [sys.executable, str(script), *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def interleaved(script: Path, names: Sequence[str], rounds: int, *arguments: str) -> dict[str, list[Figures]]:
    """Run a script for every name in turn, again and again: A B C, A B C."""
    found: dict[str, list[Figures]] = {name: [] for name in names}
    for number in range(rounds):
        print(f"Round {number + 1} of {rounds}", flush=True)
        for name in names:
            found[name].append(run(script, name, *arguments))
    return found


def figures(rounds: Sequence[Figures], key: str) -> Spread:
    """Sum up what the rounds found."""
    return spread(found[key] for found in rounds)


def ratio(ours: Sequence[Figures], theirs: Sequence[Figures], key: str) -> Spread:
    """Sum up the ratio of two, round by round: what slows a machine down for a while slows both."""
    return spread(mine[key] / other[key] for mine, other in zip(ours, theirs, strict=True))


def resident() -> tuple[int, int]:
    """Give the memory that this process holds, and the most that it ever held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        held, most = (int(lines[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        return held, most
    # Linux has this one too, but there it starts from the peak of the parent.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return peak, peak
