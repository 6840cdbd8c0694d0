"""Every fault at every step of an order: done once and whole, and finished wherever looking can decide it."""

from __future__ import annotations

import re

import pytest
from clock import HurriedClock
from fault_matrix import FAULTS, LANES, PAGE, Cell, Fault, Way, page, run
from placing import Books, Store, go_on, order_of

from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator
from lucca_procurement.emulator.faults import KINDS
from lucca_procurement.order import Step

READABLE = ("slow", "unknown-enum", "unknown-commitment-type")
"""Faults whose answer tells what was created."""


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    return run()


def expected(fault: Fault, step: Step) -> Way:
    """Give what must come of a fault, by what is known of it."""
    if fault.name in READABLE:
        return Way.AT_ONCE
    if fault.name == "429" or (fault.name == "503" and fault.form not in ("none", "unreadable")):
        return Way.TOLD if fault.form == "too long" else Way.AT_ONCE
    is_found = KINDS[fault.name].commits or fault.name == "late"
    # A commitment or a request that is not there once the settle time has passed is sent again: looking decides it.
    return Way.LOOKED if is_found or step is not Step.PURCHASE else Way.ASKED


def test_every_order_is_done_once_and_whole(cells: list[Cell]) -> None:
    assert (
        len(cells)
        == len(FAULTS) * len({(lane.listing, lane.has_reference, lane.begins_in_doubt) for lane in LANES}) * 3
    )
    assert not [cell for cell in cells if cell.problems]


def test_every_order_is_finished_in_the_way_that_its_fault_leaves(cells: list[Cell]) -> None:
    assert not [cell for cell in cells if cell.way is not expected(cell.fault, cell.lane.step)]


def without_requests(text: str) -> str:
    """Give the page without the numbers of requests: on a busy machine an order may look once more."""
    return re.sub(r", \d+( to \d+)?(?= \|)", "", text)


def test_the_page_is_what_a_run_gives(cells: list[Cell]) -> None:
    written = without_requests(PAGE.read_text(encoding="utf-8"))
    assert written.count("| looked |") > 10
    assert written == without_requests(page(cells)), "run `python tests/fault_matrix.py`"


@pytest.mark.parametrize("reference", [None, "ERP-4711"])
@pytest.mark.parametrize(("settle", "times"), [(0.0, 2), (30.0, 1)])
async def test_a_purchase_that_is_created_late_is_missed_by_a_look_that_comes_too_early(
    settle: float, times: int, reference: str | None
) -> None:
    clock, store = HurriedClock(), Store()
    emulator = Emulator(rate=None, clock=clock)
    emulator.faults.add("create_purchase", "late", seconds=4.0)
    order = order_of(reference=reference)
    async with (
        emulator.serve() as url,
        LuccaProcurement(url, emulator.key, rate=None, settle=settle, clock=clock) as lucca,
    ):
        await go_on(lucca, order, store)
    clock.now += 4.0
    assert Books(emulator).count(order) == times


@pytest.mark.parametrize("operation", ["create_commitment", "create_commitment_request"])
@pytest.mark.parametrize(("settle", "times"), [(0.0, 2), (30.0, 1)])
async def test_a_look_that_comes_too_early_sends_again_what_is_under_way(
    settle: float, times: int, operation: str
) -> None:
    clock = HurriedClock()
    emulator = Emulator(rate=None, clock=clock)
    emulator.faults.add(operation, "late", seconds=4.0)
    async with (
        emulator.serve() as url,
        LuccaProcurement(url, emulator.key, rate=None, settle=settle, clock=clock) as lucca,
    ):
        order = await lucca.orders.submit(order_of(reference="ERP-4711"))
    assert [entry.operation for entry in emulator.log].count(operation) == times
    # This server refuses the second one; nothing says that Lucca does.
    assert Books(emulator).hold(order)
