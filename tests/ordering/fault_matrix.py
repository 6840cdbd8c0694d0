"""Every fault of the emulator at every step of an order, over HTTP. Writes the page `docs/fault-matrix.md`.

`make fault-matrix` writes it; `test_matrix` compares each cell with the expected end.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from itertools import product
from typing import Any

from attrs import define, field, frozen

import lucca_procurement._ordering.listing as listing
from lucca_procurement import LuccaProcurement, Order, Step
from lucca_procurement.client import ReferencePosition
from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.faults import KINDS
from lucca_procurement.emulator.procurement import Entry
from lucca_procurement.errors import Forbidden, OrderIncomplete, OutcomeUnknown, Unauthorized
from lucca_procurement.orders import Orders
from support.careful_caller import Books, Store, go_on, restarted
from support.clock import HurriedClock
from support.folders import DOCS
from support.lucca import LIST_ORDERS, ListOrder
from support.orders import CREATING, sample_order

PAGE = DOCS / "fault-matrix.md"

STEPS: dict[Step, str] = dict(zip((Step.PURCHASE, Step.COMMITMENT, Step.REQUEST), CREATING, strict=True))
POSITIONS: tuple[ReferencePosition, ...] = ("front", "end")
RETRY_AFTER = {
    "none": None,
    "seconds": "1",
    "a fraction": "0.5",
    "a date": "date",
    "unreadable": "soon",
    "too long": "600",
}
TOO_LONG = 600.0
TIMEOUT = 5.0
"""In real seconds: the timeout of the clients that meet a call that hangs."""
BETWEEN = 1_000.0
"""The seconds between two orders of a lane. The purchases of one are then too old for the look of the next."""


class Way(StrEnum):
    """The end of the submit that met the fault."""

    AT_ONCE = "at once"
    LOOKED = "looked"
    PERSON = "person"
    TIME = "time"
    CORRECTION = "correction"


MEANING = {
    Way.AT_ONCE: "`submit` finished the order without a look: it sent the request again, or could read the answer",
    Way.LOOKED: "`submit` looked for the outcome of the request, and finished the order",
    Way.PERSON: 'the order needs a "person", and there are no candidates; `submit(order, resubmit=True)` finished it',
    Way.TIME: 'the order needs "time", as Lucca asked for more than 2 minutes; `submit` finished it after that time',
    Way.CORRECTION: 'the order needs a "correction", of the key or its rights; `submit` finished it after that',
}


@frozen
class Fault:
    """A fault of the emulator."""

    name: str
    form: str | None = None
    """The name of the form of Retry-After."""

    @property
    def options(self) -> dict[str, Any]:
        return {} if self.form is None else {"retry_after": RETRY_AFTER[self.form]}

    @property
    def hangs(self) -> bool:
        return self.name in ("hang", "commit-then-hang")

    def __str__(self) -> str:
        return self.name if self.form is None else f"{self.name}, Retry-After {self.form}"


FAULTS = [
    fault
    for name, kind in KINDS.items()
    if not kind.lists_only
    for fault in ([Fault(name, form) for form in RETRY_AFTER] if "retry_after" in kind.options else [Fault(name)])
]


@frozen
class Lane:
    """The cells that share an emulator and a clock, one after the other."""

    listing: ListOrder
    reference_at: ReferencePosition
    begins_in_doubt: bool
    """True if the submit that meets the fault continues after a process that died when it had stored the intent."""
    step: Step
    hangs: bool


@define
class Cell:
    """One order that meets one fault at one step."""

    lane: Lane
    fault: Fault
    way: Way | None = None
    requests: int = 0
    order: Order = field(init=False, repr=False)
    problems: list[str] = field(factory=list)


_PROCESSES = 2
LANES = [Lane(*each) for each in product(LIST_ORDERS, POSITIONS, (False, True), STEPS, (True, False))]


def run() -> list[Cell]:
    """Run the matrix and return its cells. A cell has `problems` if its order was not done once and whole."""
    # Two processes, because the matrix only computes. They are spawned: a fork would inherit the parent's threads.
    with ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn")) as pool:
        parts = pool.map(_part, [LANES[number::_PROCESSES] for number in range(_PROCESSES)])
        return [cell for cells in parts for cell in cells]


def _part(lanes: Sequence[Lane]) -> list[Cell]:
    return asyncio.run(run_lanes(lanes))


async def run_lanes(lanes: Sequence[Lane], faults: Sequence[Fault] = FAULTS) -> list[Cell]:
    """Run some lanes with some faults, and return their cells."""
    # A page of a few purchases is read in the same way as one of 100, in a tenth of the time.
    largest, listing.PAGE = listing.PAGE, 5
    try:
        return [cell for cells in await asyncio.gather(*(_lane(each, faults) for each in lanes)) for cell in cells]
    finally:
        listing.PAGE = largest


async def _lane(lane: Lane, faults: Sequence[Fault]) -> list[Cell]:
    clock = HurriedClock()
    emulator = Emulator(
        rate=None, purchases=12, clock=clock, sleep=clock.sleep, quirks=Quirks(order=lane.listing), approve="manual"
    )
    timeout = TIMEOUT if lane.hangs else 30.0
    cells = [Cell(lane, fault) for fault in faults if fault.hangs is lane.hangs]
    async with (
        emulator.serve() as url,
        LuccaProcurement(
            url, emulator.key, rate=None, timeout=timeout, reference_at=lane.reference_at, clock=clock
        ) as lucca,
    ):
        for number, cell in enumerate(cells):
            clock.now += BETWEEN
            cell.order = await _Running(cell, emulator, lucca, clock).run(number)
    books = Books(emulator)
    for cell in cells:
        if not books.hold(cell.order):
            cell.problems.append("not done, or not once")
    return cells


class _Running:
    def __init__(self, cell: Cell, emulator: Emulator, lucca: LuccaProcurement, clock: HurriedClock) -> None:
        self._cell = cell
        self._emulator = emulator
        self._lucca = lucca
        self._clock = clock
        self._store = Store()

    async def run(self, number: int) -> Order:
        cell, log = self._cell, self._emulator.log
        order = sample_order(f"ERP-{number:04}", f"Order {number:04}")
        orders = self._lucca.orders
        if cell.fault.name == "foreign-id":
            # The server takes its id. The client can only know the objects of the orders that it has processed.
            await orders.submit(sample_order(f"NEIGHBOUR-{number:04}", "Chairs"))
        begin = len(log)
        if cell.lane.begins_in_doubt:
            order = await self._died(order)
        self._emulator.faults.add(STEPS[cell.lane.step], cell.fault.name, **cell.fault.options)
        resubmit = False
        while True:
            start = len(log)
            error: OrderIncomplete | None = None
            try:
                order = await orders.submit(order, self._store.save, resubmit)
            except OrderIncomplete as raised:
                error = raised
            sent = log[start:]
            cell.requests += len(sent)
            if any(entry.fault for entry in sent):
                cell.way = _way(sent, error)
            if error is None:
                break
            if (resubmit and cell.way is None) or not _is_expected(error):
                cell.problems.append(f"stopped: {error!r} from {error.__cause__!r}")
                return order
            order = self._store.last
            if resubmit := error.needs == "person":
                await self._looks_again(orders, order)
            else:
                self._clock.now += TOO_LONG
        if any(entry.status == 409 for entry in log[begin:]):
            cell.problems.append("sent again what was done")
        if self._store.copies[-1] != order.to_json():
            cell.problems.append("the last copy is not the order")
        if not cell.lane.begins_in_doubt:
            await self._copies(order)
        return order

    async def _died(self, order: Order) -> Order:
        """Submit until the intent of the cell's step is stored, and no request of that step is sent."""
        # Each step is stored before and after its request.
        intent = 2 * list(STEPS).index(self._cell.lane.step) + 1

        async def save(order: Order) -> None:
            await self._store.save(order)
            if len(self._store.copies) == intent:
                raise OSError("the process dies")

        before = len(self._emulator.log)
        try:
            await restarted(self._lucca).submit(order, save)
        except OrderIncomplete:
            self._cell.requests += len(self._emulator.log) - before
            return self._store.last
        raise AssertionError("the process lives")

    async def _looks_again(self, orders: Orders, order: Order) -> None:
        """Submit once more without `resubmit`: the client looks again, and creates nothing."""
        before = len(self._emulator.log)
        try:
            await orders.submit(Order.from_json(order.to_json()))
        except OrderIncomplete as error:
            if error.needs != "person" or not _is_expected(error):
                self._cell.problems.append(f"looked again: {error}")
        else:
            self._cell.problems.append("was found by a second look")
        if any(entry.method == "POST" for entry in self._emulator.log[before:]):
            self._cell.problems.append("created without being asked to")

    async def _copies(self, order: Order) -> None:
        """Submit every copy that was stored, each in a process of its own: each leads to the one order."""
        copies = [*map(Order.from_json, self._store.copies)]
        # A copy at the first step without a pending request says that nothing was created. It was outdated as soon as
        # the next copy was stored, and so were all before it: none of them can be the last copy of a process that died.
        # The fault has nothing to do with the copies of an earlier step.
        steps = list(STEPS)
        earlier = steps[: steps.index(self._cell.lane.step)]
        over = [
            number
            for number, copy in enumerate(copies)
            if copy.step in earlier or (copy.step is Step.PURCHASE and copy.pending is None)
        ]
        first = over[-1] + 1 if over else 0
        for number, copy in enumerate(copies[first:], first):
            try:
                found = await go_on(restarted(self._lucca), copy, Store(), self._clock)
            except (OrderIncomplete, AssertionError, ValueError) as error:
                self._cell.problems.append(f"copy {number}: {error}")
                continue
            if found.purchase_id != order.purchase_id:
                self._cell.problems.append(f"copy {number} led to purchase {found.purchase_id}")


def _is_expected(error: OrderIncomplete) -> bool:
    """Return whether an order stopped as this page describes it.

    It needs time, or a person who has no candidates, or another key or right.
    """
    if error.needs == "person":
        return isinstance(error.__cause__, OutcomeUnknown) and not error.__cause__.candidates
    return error.needs == "time" or isinstance(error.__cause__, Unauthorized | Forbidden)


def _way(sent: Sequence[Entry], error: OrderIncomplete | None) -> Way:
    """Return the end of the submit that sent these requests."""
    if error is not None:
        return Way(error.needs)
    met = next(index for index, entry in enumerate(sent) if entry.fault)
    return Way.LOOKED if any(entry.method == "GET" for entry in sent[met:]) else Way.AT_ONCE


def page(cells: Iterable[Cell]) -> str:
    """Return the text of the page."""
    cells = list(cells)
    ways = Counter(cell.way for cell in cells)
    lines = [
        "# What happens to an order on each fault",
        "",
        "`make fault-matrix` writes this page. A test compares the page with the result of the same run.",
        "",
        f"Each of {len(FAULTS)} faults of the [emulator](emulator.md) hits each step of an order, over HTTP:",
        f"{len(cells)} orders. The list of purchases is descending, ascending or shuffled, and the reference is at the",
        "front or at the end of the title. Then the test submits every copy that `save` stored, as if the process had",
        "died there. In the end, each order has one purchase, one commitment and one request, and no request was sent",
        "again after it was done. The settle time is 30 s. The fault `late` does its work after 4 s.",
        "",
        "| | orders | |",
        "|---|---|---|",
        *(f"| {way} | {ways[way]} | {meaning} |" for way, meaning in MEANING.items()),
        "",
        "The figures are the numbers of requests of one order, from the fewest to the most. An order needs at least 3.",
    ]
    for begins_in_doubt, title in (
        (False, "The first submit meets the fault"),
        (True, "The process died after it had stored the intent of the step, and the next submit meets the fault"),
    ):
        of_title = [cell for cell in cells if cell.lane.begins_in_doubt is begins_in_doubt]
        lines += ["", f"## {title}", "", f"| fault | {' | '.join(STEPS)} |", "|---" * (len(STEPS) + 1) + "|"]
        for fault in FAULTS:
            shown = (
                _shown([each for each in of_title if (each.fault, each.lane.step) == (fault, step)]) for step in STEPS
            )
            lines.append(f"| {fault} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _shown(cells: Sequence[Cell]) -> str:
    """Show the cells of one fault at one step."""
    parts = []
    for way in Way:
        if requests := sorted(cell.requests for cell in cells if cell.way is way):
            fewest, most = requests[0], requests[-1]
            parts.append(f"{way}, {fewest}" + (f" to {most}" if most > fewest else ""))
    return "; ".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(run()), encoding="utf-8")
