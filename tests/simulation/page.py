"""The page of the documentation that has the figures of a large simulation: `docs/simulation.md`."""

from __future__ import annotations

from pathlib import Path

from .batch import Batch
from .faults import Ending

__all__ = ("PAGE", "page")

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"

TEXT = """\
# The simulation of orders

`make simulate SEEDS=100000 OPTIONS=--write` writes this page.

Each seed is one run: a Lucca, people and a program that submits orders, in one process and in simulated time. The seed
decides all of it: the order and the paging of the list, the form of the answers, what becomes of titles, which requests
fail and how, when people interfere, when a process is killed, paused or resumed on another machine, and what the store
and the clocks do. `make simulate SEED=4711` tells one run again, to the letter.

Then the server recovers, and a person answers truthfully. After each run these statements are checked:

- A reference has at most one purchase, a purchase at most one commitment of ours, that commitment at most one request.
- An order holds its own objects and nothing else. Two new orders whose answers were exchanged are an exception: no
  client can detect that.
- An order that says it is submitted is so in Lucca, with its own amount and currency.
- The intent of each request is stored before it is sent, also before a repetition, at most 5 s before.
- No request that creates is sent after a cancellation.
- Every failure raises a `ProcurementError`. No task is left, and no error is forgotten.
- Every run ends, and every order reaches its end: it is submitted, or somebody has to mend what another person did.
- An order without trouble takes 3 requests and 6 saves. The rate is kept. An outage leaves few orders in doubt.
"""


def page(start: int, batch: Batch) -> str:
    """Return the text of the page."""
    figures = batch.figures
    shown = [
        ("seeds", batch.seeds),
        ("of them break an invariant", len(batch.broken)),
        *((name.partition(": ")[2], figures[name]) for name in sorted(figures) if name.startswith("of all: ")),
    ]
    endings = {str(each) for each in Ending}
    tables = [
        _table(f"The seeds from {start}", shown),
        _table("What became of the orders", _of(batch, "order: ")),
        _table("What happened to the program", _of(batch, "program: ")),
        _table("What people did", _of(batch, "people: ")),
        _table("What requests met", [each for each in _of(batch, "met: ") if each[0] in endings]),
    ]
    return "\n".join([TEXT, *tables])


def _of(batch: Batch, prefix: str) -> list[tuple[str, int]]:
    return [
        (name.removeprefix(prefix), number) for name, number in sorted(batch.figures.items()) if name.startswith(prefix)
    ]


def _table(title: str, rows: list[tuple[str, int]]) -> str:
    lines = [f"## {title}", "", "| | |", "|---|---|", *(f"| {name} | {number:,} |" for name, number in rows)]
    return "\n".join(lines) + "\n"
