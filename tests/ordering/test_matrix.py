"""Every fault at every step of an order: done once and whole, and finished if looking can decide it."""

from __future__ import annotations

import re

import pytest

from lucca_procurement import LuccaProcurement, Step
from lucca_procurement.client import ReferencePosition
from lucca_procurement.emulator import Emulator
from lucca_procurement.emulator.faults import KINDS
from ordering.fault_matrix import FAULTS, LANES, PAGE, Cell, Fault, Way, page, run, run_lanes
from support.careful_caller import Books, Store, go_on
from support.clock import HurriedClock
from support.orders import CREATING, sample_order

READABLE = ("slow", "trailing-bytes", "unknown-enum", "unknown-commitment-type")
"""Faults whose answer names the object that was created."""

REJECTED = ("401", "403", "403-html")


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    return run()


def expected(fault: Fault, step: Step) -> Way:
    """Return the end that a fault must have, by the knowledge of its request."""
    if fault.name in READABLE:
        return Way.AT_ONCE
    if fault.name in REJECTED:
        return Way.CORRECTION
    if fault.name == "429":
        return Way.TIME if fault.form == "too long" else Way.AT_ONCE
    is_found = KINDS[fault.name].commits or fault.name == "late"
    # A commitment or a request that is not there when the settle time has passed is sent again: looking decides it.
    return Way.LOOKED if is_found or step is not Step.PURCHASE else Way.PERSON


@pytest.mark.slow
def test_submit_with_each_fault_at_each_step_leaves_one_order(cells: list[Cell]) -> None:
    assert (
        len(cells) == len(FAULTS) * len({(lane.listing, lane.reference_at, lane.begins_in_doubt) for lane in LANES}) * 3
    )
    assert not [cell for cell in cells if cell.problems]


@pytest.mark.slow
def test_submit_with_each_fault_at_each_step_ends_as_expected(cells: list[Cell]) -> None:
    assert not [cell for cell in cells if cell.way is not expected(cell.fault, cell.lane.step)]


async def test_submit_with_lost_answer_at_each_step_leaves_one_order() -> None:
    fault = Fault("commit-then-drop")
    lanes = [lane for lane in LANES if (lane.listing, lane.reference_at, lane.hangs) == ("descending", "front", False)]
    cells = await run_lanes(lanes, [fault])
    assert len(cells) == 2 * 3
    assert not [cell for cell in cells if cell.problems or cell.way is not expected(fault, cell.lane.step)]


def without_requests(text: str) -> str:
    """Return the page without the numbers of requests: on a busy machine an order may look once more."""
    return re.sub(r", \d+( to \d+)?(?= \|)", "", text)


@pytest.mark.slow
def test_fault_matrix_page_equals_result_of_run(cells: list[Cell]) -> None:
    written = without_requests(PAGE.read_text(encoding="utf-8"))
    assert written.count("| looked |") > 10
    assert written == without_requests(page(cells)), "run `make fault-matrix`"


@pytest.mark.parametrize("reference_at", ["front", "end"])
async def test_lookup_with_short_settle_misses_late_purchase(reference_at: ReferencePosition) -> None:
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    emulator.faults.add("create_purchase", "late", seconds=4.0)
    order = sample_order("ERP-4711")
    async with (
        emulator.serve() as url,
        LuccaProcurement(url, emulator.key, rate=None, settle=0.0, reference_at=reference_at, clock=clock) as lucca,
    ):
        await go_on(lucca.orders, order, store, clock)
    clock.now += 4.0
    assert Books(emulator).count(order) == 2


@pytest.mark.parametrize("operation", CREATING[1:])
async def test_submit_with_short_settle_sends_late_step_again(operation: str) -> None:
    clock = HurriedClock()
    emulator = Emulator(rate=None, clock=clock)
    emulator.faults.add(operation, "late", seconds=4.0)
    async with (
        emulator.serve() as url,
        LuccaProcurement(url, emulator.key, rate=None, settle=0.0, clock=clock) as lucca,
    ):
        order = await lucca.orders.submit(sample_order("ERP-4711"))
    assert [entry.operation for entry in emulator.log].count(operation) == 2
    # The emulator refuses the second one. Our assumption (second-commitment); Lucca does not document it.
    assert Books(emulator).hold(order)
