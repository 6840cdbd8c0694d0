"""Every fault of the emulator at every step of an order, over HTTP, written down as `docs/fault-matrix.md`.

`python tests/fault_matrix.py` writes that page; `test_orders_matrix` holds each cell against what must come of it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any, Literal

from attrs import define, field, frozen
from clock import HurriedClock
from placing import Books, Store, go_on, may_resubmit, order_of

import lucca_procurement._ordering.scan as scanning
from lucca_procurement import LuccaProcurement, Order
from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.faults import KINDS
from lucca_procurement.emulator.procurement import Entry
from lucca_procurement.errors import OrderIncomplete
from lucca_procurement.order import Step

PAGE = Path(__file__).parent.parent / "docs" / "fault-matrix.md"

STEPS = {
    Step.PURCHASE: "create_purchase",
    Step.COMMITMENT: "create_commitment",
    Step.REQUEST: "create_commitment_request",
}
Listing = Literal["descending", "ascending", "shuffled"]
LISTINGS: tuple[Listing, ...] = ("descending", "ascending", "shuffled")
RETRY_AFTER = {
    "none": None,
    "seconds": "1",
    "a fraction": "0.5",
    "a date": "date",
    "unreadable": "soon",
    "too long": "600",
}
TOO_LONG = 600.0
TIMEOUT = 1.5
"""Of the clients that meet a call that hangs, in seconds that really pass."""
BETWEEN = 1_000.0
"""Seconds between two orders of a lane: what was created for one is no news to the next."""


class Way(StrEnum):
    """How the submit that met the fault ended."""

    AT_ONCE = "at once"
    LOOKED = "looked"
    ASKED = "asked"
    TOLD = "told"


MEANING = {
    Way.AT_ONCE: "the order was finished without a look: the request was sent again, or its answer could be read",
    Way.LOOKED: "the order was finished after looking what came of the request",
    Way.ASKED: "`OrderIncomplete` from `OutcomeUnknown` without candidates; `submit(order, resubmit=True)` finished it",
    Way.TOLD: "`OrderIncomplete`, as Lucca asked for a longer wait than 2 minutes; `submit` finished it after that",
}


@frozen
class Fault:
    """A fault as the emulator takes it."""

    name: str
    form: str | None = None
    """Of Retry-After, by its name."""

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
    """The cells that share an emulator, one after the other, with a clock of their own."""

    listing: Listing
    has_reference: bool
    begins_in_doubt: bool
    """Whether the submit that meets the fault goes on where a process died, right after it marked the step."""
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
LANES = [Lane(*each) for each in product(LISTINGS, (True, False), (False, True), STEPS, (True, False))]


def run() -> list[Cell]:
    """Run the matrix. A cell's `problems` say where an order was not done once, and whole."""
    # In two processes, as it is all work and no waiting. Spawned: a fork would inherit the threads of whoever runs it.
    with ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn")) as pool:
        parts = pool.map(_part, [LANES[number::_PROCESSES] for number in range(_PROCESSES)])
        return [cell for cells in parts for cell in cells]


def _part(lanes: Sequence[Lane]) -> list[Cell]:
    return asyncio.run(_lanes(lanes))


async def _lanes(lanes: Sequence[Lane]) -> list[Cell]:
    # A page of a few purchases is read as one of 100 is, in a tenth of the time.
    largest, scanning.PAGE = scanning.PAGE, 5
    try:
        return [cell for cells in await asyncio.gather(*map(_lane, lanes)) for cell in cells]
    finally:
        scanning.PAGE = largest


async def _lane(lane: Lane) -> list[Cell]:
    clock = HurriedClock()
    emulator = Emulator(
        rate=None, purchases=12, clock=clock, sleep=clock.sleep, quirks=Quirks(order=lane.listing), approve="manual"
    )
    timeout = TIMEOUT if lane.hangs else 30.0
    cells = [Cell(lane, fault) for fault in FAULTS if fault.hangs is lane.hangs]
    async with (
        emulator.serve() as url,
        LuccaProcurement(url, emulator.key, rate=None, timeout=timeout, clock=clock) as lucca,
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
        # Of one length: a title that another one begins with may be that one, cut off.
        title = f"Order {number:04}"
        order = order_of(title, f"ERP-{number:04}" if cell.lane.has_reference else None)
        begin = len(log)
        if cell.lane.begins_in_doubt:
            order = await self._died(order)
        self._emulator.faults.add(STEPS[cell.lane.step], cell.fault.name, **cell.fault.options)
        resubmit = False
        while True:
            start = len(log)
            error: OrderIncomplete | None = None
            try:
                order = await self._lucca.orders.submit(order, self._store.save, resubmit)
            except OrderIncomplete as raised:
                error = raised
            sent = log[start:]
            cell.requests += len(sent)
            if any(entry.fault for entry in sent):
                cell.way = _way(sent, error)
            if error is None:
                break
            if resubmit and cell.way is None:
                cell.problems.append(f"resubmit did not reach the fault: {error}")
                return order
            order = self._store.last
            if resubmit := may_resubmit(error):
                await self._looks_again(order)
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
        """Submit until the step of the cell is marked and stored, and nothing of it sent."""
        mark = list(STEPS).index(self._cell.lane.step) + 1

        async def save(order: Order) -> None:
            await self._store.save(order)
            if len(self._store.copies) == mark:
                raise OSError("the process dies")

        before = len(self._emulator.log)
        try:
            await self._lucca.orders.submit(order, save)
        except OrderIncomplete:
            self._cell.requests += len(self._emulator.log) - before
            return self._store.last
        raise AssertionError("the process lives")

    async def _looks_again(self, order: Order) -> None:
        """Submit once more without `resubmit`: it is looked for again, and nothing is created."""
        before = len(self._emulator.log)
        try:
            await self._lucca.orders.submit(Order.from_json(order.to_json()))
        except OrderIncomplete as error:
            if not may_resubmit(error):
                self._cell.problems.append(f"looked again: {error}")
        else:
            self._cell.problems.append("was found by a second look")
        if any(entry.method == "POST" for entry in self._emulator.log[before:]):
            self._cell.problems.append("created without being asked to")

    async def _copies(self, order: Order) -> None:
        """Submit every copy that was stored: each leads to the one order."""
        copies = [*map(Order.from_json, self._store.copies)]
        # A purchase that nobody is in doubt about was surely not created. That was true until the next copy was stored,
        # as were all before it, and none of them can be what is left of an order that has gone on.
        # Those of a step before that of the fault have nothing to do with it.
        steps = list(STEPS)
        earlier = steps[: steps.index(self._cell.lane.step)]
        over = [
            number
            for number, copy in enumerate(copies)
            if copy.step in earlier or (copy.step is Step.PURCHASE and copy.doubt is None)
        ]
        first = over[-1] + 1 if over else 0
        for number, copy in enumerate(copies[first:], first):
            try:
                found = await go_on(self._lucca, copy, Store())
            except (OrderIncomplete, AssertionError, ValueError) as error:
                self._cell.problems.append(f"copy {number}: {error}")
                continue
            if found.purchase_id != order.purchase_id:
                self._cell.problems.append(f"copy {number} led to purchase {found.purchase_id}")


def _way(sent: Sequence[Entry], error: OrderIncomplete | None) -> Way:
    """Tell how the submit that sent these requests ended."""
    if error is not None:
        return Way.ASKED if may_resubmit(error) else Way.TOLD
    met = next(index for index, entry in enumerate(sent) if entry.fault)
    return Way.LOOKED if any(entry.method == "GET" for entry in sent[met:]) else Way.AT_ONCE


def page(cells: Iterable[Cell]) -> str:
    """Write the page."""
    cells = list(cells)
    ways = Counter(cell.way for cell in cells)
    lines = [
        "# What becomes of an order on each fault",
        "",
        "`python tests/fault_matrix.py` writes this page, and a test compares it with what comes of the same run.",
        "",
        f"Each of {len(FAULTS)} faults of the [emulator](emulator.md) is met over HTTP, at each step of an order:",
        f"{len(cells)} orders, where the list of purchases is descending, ascending and shuffled, with a `reference`",
        "and without. Then the copies that `save` stored of them are submitted as well, as if the process had died",
        "there. Of each order there is one purchase, one commitment and one request in the end, and none of these",
        "was sent again when it was done. The settle time is 30 s, `late` does its work after 4 s.",
        "",
        "| | orders | |",
        "|---|---|---|",
        *(f"| {way} | {ways[way]} | {meaning} |" for way, meaning in MEANING.items()),
        "",
        "The figures are the requests of an order in all, where 3 are needed at least, from the fewest to the most.",
    ]
    for begins_in_doubt, title in (
        (False, "The first submit meets the fault"),
        (True, "The process died right after it marked the step, and the submit after that meets the fault"),
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
