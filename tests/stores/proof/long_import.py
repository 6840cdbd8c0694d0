"""The command on 5,000 rows, with no faults: its memory, and its estimate of the minutes that are left."""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from attrs import define, field

from lucca_procurement.cli import _importing, _progress
from lucca_procurement.cli import main as command
from lucca_procurement.emulator import Emulator
from stores.proof.lucca import say
from support import modules
from support.import_files import row, write_rows
from support.orders import CREATING

ROWS = 5000
RATE = 1500
PARTS = (10, 25, 50, 75)
"""The percents of the orders at which the estimate is compared."""
TOLERANCE = 0.03
GROWTH = 0.05
"""The most by which the memory may grow from the first quarter of the orders to the last."""
PATIENCE = 3600.0


class Sample(NamedTuple):
    """A plain line of the import, when it was printed."""

    at: float
    submitted: int
    minutes: float
    memory: int
    """In bytes."""


@define
class Measured:
    """The samples of one import."""

    rows: int
    rate: int
    samples: list[Sample] = field(factory=list)
    code: int = 0
    purchases: int = 0
    references: int = 0
    requests: int = 0
    refused: int = 0
    """The requests that exceeded the server's rate."""
    seconds: float = 0.0

    @property
    def estimates(self) -> list[tuple[int, Sample, float]]:
        """The percents of `PARTS`, the sample at each of them, and the minutes that were really left."""
        found = []
        for percent in PARTS:
            sample = next(each for each in self.samples if each.submitted * 100 >= self.rows * percent)
            found.append((percent, sample, (self.samples[-1].at - sample.at) / 60))
        return found

    def memory(self, begin: float, end: float) -> float:
        """Return the median of the memory between two parts of the orders, in MB."""
        part = [each.memory for each in self.samples if begin <= each.submitted / self.rows <= end]
        return statistics.median(part) / 1e6


class _Shown(_progress.Tally):
    """Adds the estimate before it is rounded, so that whole minutes do not hide an error."""

    def __str__(self) -> str:
        return f"{self.submitted} {self.minutes_left} {super().__str__()}"


async def measure(rows: int = ROWS, rate: int = RATE) -> Measured:
    """Import a file with the command, in a process of its own, and measure it."""
    emulator = Emulator(rate=rate)
    measured = Measured(rows, rate)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder / "orders.csv", (row(f"PO-{number:04}") for number in range(rows)))
        async with emulator.serve() as url:
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                *modules.command("stores.proof.long_import", "import", "orders.csv"),
                cwd=folder,
                env=modules.environment(
                    LUCCA_BASE_URL=url, LUCCA_API_KEY=emulator.key, LUCCA_RATE=str(rate), LUCCA_STORE="orders.sqlite"
                ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
            )
            try:
                async with asyncio.timeout(PATIENCE):
                    await _follow(process, measured)
                    measured.code = await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            measured.seconds = time.monotonic() - began
    titles = [purchase["title"] for purchase in emulator.created()]
    measured.purchases, measured.references = len(titles), len({*titles})
    measured.requests = sum(entry.operation in CREATING for entry in emulator.log)
    measured.refused = sum(entry.status == 429 for entry in emulator.log)
    say(f"done in {measured.seconds:.0f} s: {rows} rows")
    return measured


async def _follow(process: asyncio.subprocess.Process, measured: Measured) -> None:
    assert process.stdout is not None
    told = 0
    async for line in process.stdout:
        first, _, rest = line.decode().partition(" ")
        now = time.monotonic()
        if first.isdigit():
            sample = Sample(now, int(first), float(rest.split()[0]), _memory(process.pid))
            measured.samples.append(sample)
            if sample.submitted * 10 // measured.rows > told:
                told = sample.submitted * 10 // measured.rows
                say(f"{sample.submitted} of {measured.rows} rows, about {sample.minutes:.1f} min left")
        else:
            # The last line: all is submitted.
            measured.samples.append(Sample(now, measured.rows, 0.0, measured.samples[-1].memory))


def _memory(pid: int) -> int:
    """Return the memory of a process. Linux keeps it in pages."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()


def failures(measured: Measured) -> list[str]:
    """Return what the import did not keep."""
    found = counted_wrong(measured)
    for percent, sample, left in measured.estimates:
        if abs(sample.minutes - left) > TOLERANCE * left:
            found.append(f"at {percent} %: about {sample.minutes:.2f} min left, and it took {left:.2f} min")
    if measured.memory(0.75, 1.0) > measured.memory(0.0, 0.25) * (1 + GROWTH):
        found.append(f"the memory grew from {measured.memory(0, 0.25):.1f} to {measured.memory(0.75, 1):.1f} MB")
    return found


def counted_wrong(measured: Measured) -> list[str]:
    """Return what is wrong with the purchases that the import created."""
    counted = (measured.code, measured.purchases, measured.references, measured.requests, measured.refused)
    right = (0, measured.rows, measured.rows, measured.rows * len(CREATING), 0)
    return [] if counted == right else [f"{counted} and not {right}"]


def main() -> int:
    """Run the command with a line each half second, which also has the estimate before it is rounded."""
    with patch.object(_progress, "LINE_EVERY", 0.5), patch.object(_importing, "Tally", _Shown):
        return command()


if __name__ == "__main__":
    sys.exit(main())
