"""Acts of the program besides `submit`: it finds purchases, waits for decisions and cancels orders."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from lucca_procurement import Decision, LuccaProcurement, Order, Step, errors

from .invariants import Invariants
from .machines import Process
from .store import Saver
from .story import Story, words_of

__all__ = ("KINDS", "Acts")

KINDS = ("find", "wait", "cancel")
LATE = 1.0 + 1e-6
"""The most seconds that `wait` may end after its timeout, because its last look has a second."""
ENDED = ("Closed", "Denied", "Cancelled")


@define(eq=False)
class Acts:
    """The acts of the program. Each one is checked against the truth."""

    story: Story
    invariants: Invariants
    now: Callable[[], float]
    withdrawn: set[str] = field(factory=set)
    """The orders that the program has begun to cancel."""

    async def find(self, process: Process, lucca: LuccaProcurement, key: str) -> bool:
        """Find the purchases of an order while anything may go wrong. Return whether the list could be read."""
        self.story.count("program: purchases looked up by reference")
        try:
            found = await lucca.orders.find(key)
        except errors.ProcurementError as error:
            process.note(f"cannot find {key}: {type(error).__name__}")
            return False
        process.note(f"finds {[each.id for each in found]} for {key}")
        return True

    async def find_all(self, process: Process, lucca: LuccaProcurement, key: str) -> None:
        """Find the purchases of an order when nothing changes any more."""
        traits, began = self.invariants.lucca.traits, self.now()
        if traits.hidden or not (traits.reads_whole and traits.shows_references):
            return
        try:
            found = {each.id for each in await lucca.orders.find(key)}
        except errors.ProcurementError as error:
            self._violate(f"the purchases of {key} cannot be looked up: {error}")
            return
        # A title that was cut at its end shows no reference there.
        shown = [
            each for each in self.invariants.purchases_of(key) if each.listed <= began and key in each.title.lower()
        ]
        missed = [each.id for each in shown if each.id not in found]
        if missed and key not in self.invariants.crossed_orders:
            self._violate(f"a lookup of {key} does not find {missed}")

    async def wait(self, process: Process, lucca: LuccaProcurement, order: Order, timeout: float) -> None:
        """Wait for the decision on a submitted order."""
        key, began = order.key, process.awake
        self.story.count("program: waits for a decision")
        try:
            await lucca.orders.wait(order, timeout)
        except errors.ProcurementError as error:
            process.note(f"waits for {key}: {type(error).__name__}")
        else:
            process.note(f"{key} is approved")
        if process.awake - began > timeout + LATE:
            self._violate(f"a wait of {timeout} s for {key} takes {process.awake - began:.1f} s")
        if order.decision is Decision.APPROVED and key not in self.invariants.crossed_orders:
            states = [each.state for own in self.invariants.purchases_of(key) for each in own.commitments]
            if "Provisioned" not in states and not any(own.touched for own in self.invariants.purchases_of(key)):
                self._violate(f"{key} says it is approved, and is not")

    async def cancel(self, process: Process, lucca: LuccaProcurement, saver: Saver, order: Order) -> None:
        """Cancel an order."""
        self.withdrawn.add(order.key)
        self.story.count("program: calls that cancel an order")
        try:
            remains = await lucca.orders.cancel(order, "It is not needed any more.", saver)
        except errors.ProcurementError as error:
            process.note(f"cannot cancel {order.key}: {words_of(error)}")
            return
        process.note(f"{order.key} is cancelled: {'; '.join(map(str, remains)) or 'nothing remains'}")

    def check_cancelled(self, order: Order) -> None:
        """Check that every purchase of a cancelled order has ended."""
        if order.key in self.invariants.crossed_orders:
            return
        for own in self.invariants.purchases_of(order.key):
            if own.state not in ENDED:
                self._violate(f"{order.key} says it is cancelled, and purchase {own.id} is {own.state}")

    def may_wait(self, order: Order) -> bool:
        """Return whether somebody decides on an order."""
        return order.step is Step.SUBMITTED and order.decision is None

    def _violate(self, what: str) -> None:
        self.story.violate(self.now(), what)
