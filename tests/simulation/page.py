"""The page `docs/simulation.md` of the documentation, which has the figures of a large simulation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .batch import Batch
from .faults import Ending
from .mutants import MUTANTS
from .run import WORLDS, Kind

__all__ = ("PAGE", "page")

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"

TEXT = """\
# The simulation of orders

`{command}` wrote this page. It ran {seeds}:
{broken}.

Each seed is one run: a Lucca, people and a program that places orders, in one process and in simulated time. The seed
decides everything:

- the order and the paging of the list, the form of the answers, and the changes of titles,
- the requests that fail, and their faults,
- the moments at which people interfere,
- the moments at which a process is killed, paused or resumed on another machine,
- the faults of the store and of the clocks.

There are two worlds:

- **Orders**: the program calls `submit` and `submit_many` with a `save` of its own, `find`, `wait` and `cancel`.
- **Imports**: processes on one or two machines call `ensure`, `submit_many` and `refresh` for the same orders with one
  [store](stores.md). The code of `PostgresOrders` runs on a simulated server. This server breaks connections before and
  after a statement, fails, is slow and restarts. In other seeds, the store is a file, with the statements and decisions
  of the product. Some imports take the lead. Some process an order twice at once. People correct orders between two
  calls. While no process works, somebody deletes the store or puts an older copy in its place.

`make simulate WORLD=imports SEED=4711` prints each event of one run. The same seed always has the same events.

At the end of a run, the server recovers, and a person answers truthfully. Each run checks these statements:

- A reference has at most one purchase. A purchase has at most one commitment of ours, and this commitment at most one
  request.
- An order has only its own objects. The statement leaves out two cases that no client can detect. In the first, the
  answers of two new orders were exchanged. In the second, a list without `count` misses the order's purchase, and shows
  a copy that somebody made with the same reference.
- If an order is submitted in the program, it is submitted in Lucca, with its own amount and currency. The same is true
  of an approved and of a cancelled order.
- At most 5 s before each request and each repetition, its intent is stored.
- No request that creates is sent if Lucca has the object already.
- No request that creates is sent after a cancellation, and a cancelled `submit` ends within 5.5 s.
- Every failure raises a `ProcurementError`. No task is left, and no error is forgotten.
- An order that cannot be sent sends nothing, and stops no other order. Nor does a source of orders that raises.
- `find` returns the order's purchase if the list shows its title. `wait` ends at its timeout.
- Every run ends, and every order is submitted or cancelled at its end. An order stops in two cases only: somebody has
  to correct the act of another person, or this Lucca does not show a fact that the client needs.
- An order without trouble takes 3 requests and 6 saves. The rate is kept. An outage leaves at most `concurrency` + 3
  orders in doubt, and one more for each half hour.

In the world of imports, each run also checks these statements:

- No record is lost, and no version, step, object or decision of a record goes back.
- The states `submitted`, `approved`, `denied` and `cancelled` of the store are true in Lucca. A `waiting` order has no
  purchase. An order that needs a person is `needs_a_look`, and its note has the reason.
- Lucca has the purchase and the commitment that the store holds. A correction is stored, or the record names it.
- A process that took the lead never saves while another process has it. A process that is alone is never superseded.
- A pass of `refresh` returns each decision that it has stored, and each that a failed pass before it has stored.
- If an order is submitted, another `ensure` of it sends nothing.

## Not excluded

The requests to Lucca are unfenced: they have no number by which Lucca could refuse an outdated one. Some seeds pause a
process between the last check of a request and its send, for up to two minutes. When the settle time is over, another
process concludes that the request did nothing. The simulation counts such requests (below, *unfenced*). Only these
consequences are permitted:

- A commitment or a request for approval is sent a second time. If Lucca refuses it, nothing else happens. Some of the
  simulated Luccas accept it. The second commitment can then get a request of its own.
- A purchase is created a second time, and only if a person had it created again while the first process was paused.

A request counts as unfenced if the process was paused between check and send, and if the request leaves too late. The
limit is the settle time after the intent was stored, minus 5 s (Lucca ends its work within this time), minus the delay
until Lucca shows a change. Any other second request breaks a statement.

The statements about a lost or old store leave out five cases, in which no client can know what exists:

- The list does not show all purchases, or not all titles, to this key.
- The reference is at the end of the titles, and Lucca cuts them.
- Lucca does not show the states of commitments.
- A purchase of somebody else begins with the order's reference, and has its content.
- The store is lost while a process works with it, or less than the settle time after a request. Stop all processes
  before you restore a store.
"""
PLANTED = """\
## Planted defects

A simulation that cannot find a defect proves nothing. Each of these {number} defects was planted in the product, and
the simulation found it. The tests of the repository repeat this. The first defect of the imports is the control: the
last save wins.

| defect | world | found by seed |
|---|---|---|
{rows}
"""

Batches = Mapping[Kind, Batch]


def page(start: int, batches: Batches) -> str:
    """Return the text of the page."""
    seeds = next(iter(batches.values())).seeds
    broken = sum(len(batch.broken) for batch in batches.values())
    text = TEXT.format(
        command=f"make simulate SEEDS={seeds}{f' START={start}' if start else ''} OPTIONS=--write",
        seeds=" and ".join(f"{batch.seeds:,} seeds of {kind}" for kind, batch in batches.items()),
        broken=f"{broken:,} of them break a statement below" if broken else "every statement below held",
    )
    tables = [
        _table("In all", batches, "of all: ", first=[("seeds", [batch.seeds for batch in batches.values()])]),
        _table("The end of the orders", batches, "order: "),
        _table("The program", batches, "program: "),
        _table("The store", batches, "store: "),
        _table("Unfenced", batches, "unfenced: "),
        _table("People", batches, "people: "),
        _table("Faults that requests met", batches, "met: ", [*map(str, Ending)]),
    ]
    ordered = sorted(MUTANTS.values(), key=lambda mutant: WORLDS.index(mutant.world))
    rows = "\n".join(f"| {mutant.does} | {mutant.world} | {mutant.seed} |" for mutant in ordered)
    return "\n".join([text, *tables, PLANTED.format(number=len(MUTANTS), rows=rows)])


def _table(
    title: str,
    batches: Batches,
    prefix: str,
    names: list[str] | None = None,
    *,
    first: list[tuple[str, list[int]]] | None = None,
) -> str:
    """Return a table of the figures with a prefix, with a column for each world."""
    found = {
        name.removeprefix(prefix) for batch in batches.values() for name in batch.figures if name.startswith(prefix)
    }
    rows = [*(first or ())]
    for name in names or sorted(found):
        rows.append((_plain(name), [batch.figures[f"{prefix}{name}"] for batch in batches.values()]))
    lines = [f"| {name} | {' | '.join(f'{number:,}' for number in numbers)} |" for name, numbers in rows]
    head = [f"| | {' | '.join(batches)} |", f"|---|{'---|' * len(batches)}"]
    return "\n".join([f"## {title}", "", *head, *lines]) + "\n"


def _plain(name: str) -> str:
    if name == str(Ending.ANSWER):
        return "none"
    return f"status {name}" if name[0].isdigit() else name
