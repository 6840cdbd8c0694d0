"""Fresh processes in interleaved rounds, and the ratios of their figures."""

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
    """The median, the lowest and the highest of some figures."""

    median: float
    low: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """Return the spread of figures."""
    known = list(values)
    return Spread(statistics.median(known), min(known), max(known))


def run(script: Path, *arguments: str, python: str = sys.executable) -> Any:
    """Run one of our scripts in its own process and return the JSON that it prints."""
    command = [python, str(script), *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def interleaved(script: Path, names: Sequence[str], rounds: int, *arguments: str) -> dict[str, list[Figures]]:
    """Run a script for each name in turn, for a number of rounds: A B C, A B C. Return the figures by name."""
    found: dict[str, list[Figures]] = {name: [] for name in names}
    for number in range(rounds):
        print(f"Round {number + 1} of {rounds}", flush=True)
        for name in names:
            found[name].append(run(script, name, *arguments))
    return found


def figures(rounds: Sequence[Figures], key: str) -> Spread:
    """Return the spread of one figure over the rounds."""
    return spread(found[key] for found in rounds)


def ratio(ours: Sequence[Figures], theirs: Sequence[Figures], key: str) -> Spread:
    """Return the spread of the ratio of two, round by round. A slow phase of the machine slows both."""
    return spread(mine[key] / other[key] for mine, other in zip(ours, theirs, strict=True))


def resident() -> tuple[int, int]:
    """Return the present and the peak memory of this process in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        held, most = (int(lines[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        return held, most
    # On Linux this figure starts from the peak of the parent, so it is only for other systems.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return peak, peak
