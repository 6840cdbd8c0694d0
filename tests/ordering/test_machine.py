"""Orders under faults, kills and other people, in any sequence: never more than one of each, and done in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from starlette.types import Receive, Scope, Send

from lucca_procurement import LuccaProcurement, Order, Step
from lucca_procurement.emulator import Emulator, Quirks, server
from lucca_procurement.emulator.faults import KINDS
from lucca_procurement.errors import OrderIncomplete
from ordering.fault_matrix import POSITIONS, RETRY_AFTER, STEPS
from support.careful_caller import OUTAGE, Books, Store, go_on
from support.clock import HurriedClock
from support.lucca import LIST_ORDERS
from support.orders import forget_orders, sample_order
from support.samples import PURCHASE_BODY

LOOKS = ("list_purchases", "get_purchase")
FAULTS = ("drop", "late", "commit-then-drop", "cut-body", "429", "500", "503", "garbage", "slow")
"""One of each sort: the matrix has all of them. A fault that hangs would take real time."""
RETRIES = st.sampled_from([*RETRY_AFTER.values()])


class Machine(RuleBasedStateMachine):
    """One order after the other, their caller, and other people."""

    runner: asyncio.Runner
    url: str
    emulator: Emulator
    """The one of this sequence. All sequences share a server, as its start and stop take longer than the rest."""
    is_begun = False

    @initialize(listing=st.sampled_from(LIST_ORDERS), reference_at=st.sampled_from(POSITIONS))
    def begin(self, listing: Any, reference_at: Any) -> None:
        self.clock = HurriedClock()
        type(self).emulator = Emulator(
            rate=None, purchases=12, clock=self.clock, sleep=self.clock.sleep, quirks=Quirks(order=listing)
        )
        self.is_begun = True
        self.reference_at = reference_at
        self.done: list[Order] = []
        self.place()
        self.start()

    def place(self) -> None:
        """Make the next order, and store it."""
        number = len(self.done)
        self.store = Store()
        self.order = sample_order(f"ERP-{number:04}", f"Order {number:04}")
        self.resubmit = False
        self.do(self.store.save(self.order))

    def do(self, work: Awaitable[Any]) -> Any:
        async def run() -> Any:
            return await work

        return self.runner.run(run())

    def start(self) -> None:
        """Begin a process of the caller: a client, and whether the process is still alive."""
        forget_orders()
        self.lucca = LuccaProcurement(
            self.url, self.emulator.key, rate=None, reference_at=self.reference_at, clock=self.clock
        )
        self.lives = [True]

    async def save_by(self, lives: list[bool], order: Order) -> None:
        # A process that is killed stores nothing more, and sends nothing after that either.
        if not lives[0]:
            raise OSError("the process is dead")
        await self.store.save(order)

    async def submit(self, turns: int | None = None, *, dies: bool = False) -> None:
        """Submit the order. Cancel it after so many turns of the loop, if there is a limit."""
        lives, resubmit, self.resubmit = self.lives, self.resubmit, False
        submitting = asyncio.ensure_future(
            self.lucca.orders.submit(self.order, lambda order: self.save_by(lives, order), resubmit)
        )
        if turns is not None:
            for _ in range(turns):
                await asyncio.sleep(0)
            lives[0] = not dies
            submitting.cancel()
        try:
            await submitting
        except asyncio.CancelledError:
            pass
        except OrderIncomplete as error:
            # A person who does not look well may ask for another purchase although there is one.
            self.resubmit = error.needs == "person" and not dies

    async def restart(self) -> None:
        await self.lucca.aclose()
        self.start()
        self.order, self.resubmit = self.store.last, False

    @rule(operation=st.sampled_from([*STEPS.values(), *LOOKS]), fault=st.sampled_from(FAULTS), retry_after=RETRIES)
    def fail(self, operation: str, fault: str, retry_after: str | None) -> None:
        self.add_fault(operation, fault, retry_after)

    @precondition(lambda self: self.order.step is Step.SUBMITTED)
    @rule()
    def place_another(self) -> None:
        assert self.store.last == self.order
        self.done.append(self.order)
        self.place()

    def add_fault(self, operation: str, fault: str, retry_after: str | None) -> None:
        options: dict[str, Any] = {"retry_after": retry_after} if "retry_after" in KINDS[fault].options else {}
        self.emulator.faults.add(operation, fault, **options)

    @precondition(lambda self: self.order.step is not Step.SUBMITTED)
    @rule(operation=st.sampled_from([*STEPS.values()]), fault=st.sampled_from(FAULTS), retry_after=RETRIES)
    def submit_it(self, operation: str, fault: str, retry_after: str | None) -> None:
        self.add_fault(operation, fault, retry_after)
        self.do(self.submit())

    @precondition(lambda self: self.order.step is not Step.SUBMITTED)
    @rule(turns=st.integers(0, 150))
    def cancel_it(self, turns: int) -> None:
        self.do(self.submit(turns))

    @precondition(lambda self: self.order.step is not Step.SUBMITTED)
    @rule(turns=st.integers(0, 150))
    def kill_it(self, turns: int) -> None:
        self.do(self.submit(turns, dies=True))
        self.do(self.restart())

    @rule()
    def kill_it_between_two_submits(self) -> None:
        self.do(self.restart())

    @rule(seconds=st.sampled_from([0.5, 5.0, 40.0, OUTAGE]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule(title=st.sampled_from(["Monitors", "ERP-00000 Chairs", "[ERP-] Desks", "Stand"]), times=st.integers(1, 4))
    def let_others_order(self, title: str, times: int) -> None:
        with self.emulator.lock:
            for _ in range(times):
                self.emulator.tenant.create_purchase({**PURCHASE_BODY, "title": title})

    @rule()
    def let_others_order_the_same_without_the_reference(self) -> None:
        self.let_others_order(self.order.purchase.title, 1)

    @rule()
    def let_others_order_beside_it(self) -> None:
        """The reference stands in the middle of the title. At neither position does it identify the order."""
        self.let_others_order(f"Docks for {self.order.reference} by order", 1)

    @invariant()
    def nothing_is_there_twice(self) -> None:
        if self.is_begun:
            books = Books(self.emulator)
            assert all(books.count(order) <= 1 for order in (*self.done, self.order))
            assert not [entry for entry in self.emulator.log if entry.status == 409], "sent again what was done"

    def teardown(self) -> None:
        if not self.is_begun:
            return
        self.emulator.faults.clear()
        try:
            order = self.do(go_on(self.lucca.orders, self.order, self.store, self.clock))
            # Work that the server put off comes now, if ever.
            self.clock.now += OUTAGE
            self.nothing_is_there_twice()
            books = Books(self.emulator)
            assert all(books.hold(each) for each in (*self.done, order))
            assert self.store.last == order
        finally:
            self.do(self.lucca.aclose())


async def current(scope: Scope, receive: Receive, send: Send) -> None:
    """Pass a request to the emulator of the sequence that runs."""
    await Machine.emulator(scope, receive, send)


@pytest.mark.parametrize("sequences", [5, pytest.param(60, marks=pytest.mark.slow)])
def test_submit_in_any_sequence_of_events_creates_order_once(sequences: int) -> None:
    async def served(starting: AbstractAsyncContextManager[str]) -> str:
        return await starting.__aenter__()

    serving = server.serve(current, "127.0.0.1", 0)
    with asyncio.Runner() as runner:
        Machine.runner, Machine.url = runner, runner.run(served(serving))
        try:
            run_state_machine_as_test(
                Machine,
                settings=settings(max_examples=sequences, stateful_step_count=15, derandomize=True, database=None),
            )
        finally:
            runner.run(serving.__aexit__(None, None, None))
