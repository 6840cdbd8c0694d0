"""The page `docs/simulation.md` of the documentation, which has the figures of a large simulation."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from .batch import Batch
from .faults import Ending
from .mutants import MUTANTS

__all__ = ("PAGE", "page")

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"

TEXT = """\
# The simulation of orders

`{command}` ran {seeds:,} seeds and wrote this page: {broken}.

Each seed is one run: a Lucca, people and a program that submits orders, in one process and in simulated time. The seed
decides all of it: the order and the paging of the list, the form of the answers, the change that titles undergo, the
requests that fail and how, the moments at which people interfere, and those at which a process is killed, paused or
resumed on another machine, the faults of the store and of the clocks. `make simulate SEED=4711` tells one run again, to
the letter.

Then the server recovers, and a person answers truthfully. These statements are checked in each run:

- A reference has at most one purchase, a purchase at most one commitment of ours, that commitment at most one request.
- An order holds its own objects and nothing else. No client can detect two exceptions, and the statement leaves them
  out: the answers of two new orders were exchanged; or a list without `count` misses the order's purchase and shows a
  copy of it that somebody made with the same reference.
- An order that says it is submitted is so in Lucca, with its own amount and currency. An order that says it is approved
  or cancelled is so as well.
- The intent of each request is stored before it is sent, also before a repetition, at most 5 s before.
- No request that creates is sent after a cancellation, and a cancelled `submit` ends within 5.5 s.
- Every failure raises a `ProcurementError`. No task is left, and no error is forgotten.
- An order that cannot be sent sends nothing, and stops no other order. Nor does a source of orders that raises.
- `find` returns the order's purchase if the list shows its title. `wait` ends at its timeout.
- Every run ends, and every order reaches its end: it is submitted or cancelled. It stops only if somebody has to mend
  what another person did, or if this Lucca does not show what the client needs to know.
- An order without trouble takes 3 requests and 6 saves. The rate is kept. An outage leaves few orders in doubt.
"""
PLANTED = """\
## Planted defects

A simulation that cannot find a defect proves nothing. Each of these {number} defects was planted in the product, and
the simulation found it. The tests of the repository repeat that.

| defect | found by seed |
|---|---|
{rows}
"""


def page(start: int, batch: Batch) -> str:
    """Return the text of the page."""
    figures = batch.figures
    shown = [
        ("seeds", batch.seeds),
        *((name.partition(": ")[2], figures[name]) for name in sorted(figures) if name.startswith("of all: ")),
    ]
    text = TEXT.format(
        command=f"make simulate SEEDS={batch.seeds}{f' START={start}' if start else ''} OPTIONS=--write",
        seeds=batch.seeds,
        broken=f"{len(batch.broken):,} of them break a statement below"
        if batch.broken
        else "every statement below held",
    )
    met = Counter(dict(_of(batch, "met: ")))
    faults = [(_plain(each), met[each]) for each in map(str, Ending) if each != Ending.ANSWER]
    tables = [
        _table("In all", shown),
        _table("The end of the orders", _of(batch, "order: ")),
        _table("The program", _of(batch, "program: ")),
        _table("People", _of(batch, "people: ")),
        _table("Faults that requests met", [("none", met[str(Ending.ANSWER)]), *faults]),
    ]
    rows = "\n".join(f"| {mutant.does} | {mutant.seed} |" for mutant in MUTANTS.values())
    return "\n".join([text, *tables, PLANTED.format(number=len(MUTANTS), rows=rows)])


def _plain(ending: str) -> str:
    return f"status {ending}" if ending[0].isdigit() else ending


def _of(batch: Batch, prefix: str) -> list[tuple[str, int]]:
    return [
        (name.removeprefix(prefix), number) for name, number in sorted(batch.figures.items()) if name.startswith(prefix)
    ]


def _table(title: str, rows: list[tuple[str, int]]) -> str:
    lines = [f"## {title}", "", "| | |", "|---|---|", *(f"| {name} | {number:,} |" for name, number in rows)]
    return "\n".join(lines) + "\n"
