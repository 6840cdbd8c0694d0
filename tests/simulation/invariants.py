"""Facts that must be true in every run. They are checked at each request, at each save and at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from attrs import define, field

from lucca_procurement import Order, Step

from .faults import CREATES
from .loop import Loop, SimulatedTask
from .lucca import Asked, Commitment, Lucca, Purchase
from .machines import Process
from .story import Story
from .traits import LATEST_WORK, SETTLE
from .wanted import Wanted
from .wire import Wire, operation_of

__all__ = ("Attempt", "Invariants", "Saved")

AN_INSTANT = 1e-6
HALF_HOUR = 1800.0
STALE = 5.0
"""The most seconds between the beginning of a save that stores an intent and the request of that intent."""
STEPS = {"create_purchase": Step.PURCHASE, "create_commitment": Step.COMMITMENT, "create_request": Step.REQUEST}


@define(eq=False)
class Attempt:
    """One `submit` of an order in a process."""

    task: SimulatedTask
    began: float
    cancelled: float | None = None
    """The time of the cancellation, in seconds that the process was awake."""


@define(eq=False)
class Saved:
    """The last successful `save` of an order in a process."""

    began: float
    intent: Step | None
    """The step whose request is about to be sent."""
    stored: float
    """The time from which other processes can see the save."""
    used: bool = False
    """True if a request was sent after this save."""


@define(eq=False)
class Invariants:
    """Checks the invariants while a run goes on and at its end."""

    loop: Loop
    story: Story
    lucca: Lucca
    orders: dict[str, Wanted]
    attempts: dict[tuple[Process, str], list[Attempt]] = field(factory=dict)
    """The attempts that are under way, by process and order."""
    saved: dict[tuple[Process, str], Saved] = field(factory=dict)
    crossed_orders: set[str] = field(factory=set)
    """Orders whose answers were exchanged. No client can detect that."""
    listeners: list[Callable[[dict[str, Any]], object]] = field(factory=list)
    """Functions that are called with each purchase that the program is about to create."""
    late: set[tuple[str, str]] = field(factory=set)
    """The orders and operations of creates that left when another process could believe that they never would."""
    created_again: set[str] = field(factory=set)
    """The orders whose purchase a person had created again."""
    saves: Counter[str] = field(factory=Counter)
    sends: Counter[str] = field(factory=Counter)

    # While the run goes on.

    def sent(self, wire: Wire, operation: str, asked: Asked, stalled: float) -> None:
        """Check a request that leaves. The process was paused for `stalled` seconds since the client's last check."""
        if operation not in CREATES:
            return
        key = self._order_of(operation, asked)
        if key is None:
            self.violate(f"{wire.process.name} sends {operation} for none of its orders")
            return
        self.sends[key] += 1
        if operation == "create_purchase":
            for listener in self.listeners:
                listener(asked.body)
        if key in self.crossed_orders:
            return
        now, process = self.loop.time(), wire.process
        attempts = self.attempts.get((process, key), [])
        if not attempts:
            self.violate(f"{process.name} sends {operation} of {key}, and no submit of it is under way")
        elif all(each.cancelled is not None and each.cancelled < process.awake - AN_INSTANT for each in attempts):
            self.violate(f"{process.name} sends {operation} of {key} after submit was cancelled")
        self._check_intent(process, key, operation, now, stalled)
        self._check_target(operation, asked, key, attempts)

    def _check_intent(self, process: Process, key: str, operation: str, now: float, stalled: float) -> None:
        saved = self.saved.get((process, key))
        if saved is None or saved.used or saved.intent is not STEPS[operation]:
            self.violate(f"{process.name} sends {operation} of {key} before the intent is stored")
            return
        saved.used = True
        if stalled and now - saved.stored > self.fence:
            self.story.count("unfenced: creates that left too late")
            self.late.add((key, operation))
        if self._is_done(key, operation):
            self.story.count(f"unfenced: {STEPS[operation]}s sent a second time")
            # A commitment that was sent too late can also get a request of its own.
            if not self.is_late(key):
                self.violate(f"{process.name} sends {operation} of {key} a second time")
        if now - saved.began - stalled > STALE + AN_INSTANT:
            age = f"{now - saved.began - stalled:.1f} s after it began to store the intent"
            self.violate(f"{process.name} sends {operation} of {key} {age}")

    def _check_target(self, operation: str, asked: Asked, key: str, attempts: list[Attempt]) -> None:
        if operation == "create_commitment":
            purchase = self._purchase_of(asked)
            if purchase is not None and purchase.reference != key:
                self.violate(f"the commitment of {key} is sent to purchase {purchase.id} of {purchase.reference}")
        if operation == "create_request":
            commitment = self._commitment_of(asked)
            if commitment is None:
                return
            if commitment.by != "the program":
                self.violate(f"approval of a foreign commitment is requested for {key}")
            edited = commitment.edited
            shown = None if edited is None else edited + commitment.purchase.lag
            if shown is not None and all(shown < each.began for each in attempts):
                self.violate(f"approval of a commitment of {key} that somebody had edited is requested")

    @property
    def fence(self) -> float:
        """The seconds after its intent was stored, within which a create must leave.

        Another process waits for the settle time before it believes that the create did nothing. Lucca must have done
        it by then, and must show it.
        """
        traits = self.lucca.traits
        return SETTLE - LATEST_WORK - max(traits.list_delay, traits.state_delay)

    def is_late(self, key: str) -> bool:
        """Return whether a create of an order left too late, so that no client could prevent a second object."""
        return any(each == key for each, _ in self.late)

    def _is_done(self, key: str, operation: str) -> bool:
        own = self.purchases_of(key)
        commitments = [each for purchase in own for each in purchase.commitments if each.by == "the program"]
        requests = [each for commitment in commitments for each in commitment.requests]
        return bool({"create_purchase": own, "create_commitment": commitments}.get(operation, requests))

    def crossed(self, *asked: Asked) -> None:
        """Record that answers were exchanged."""
        for each in asked:
            if each.method == "POST" and (key := self._order_of(operation_of(each), each)) is not None:
                self.crossed_orders.add(key)

    def store(self, process: Process, order: Order, began: float) -> None:
        """Record a successful save, and check the stored order."""
        key = order.reference.lower()
        # `refresh` stores the decisions.
        self.saves[key] += order.decision is None
        self.saved[process, key] = Saved(began, None if order.pending is None else order.step, self.loop.time())
        if order.purchase_id is not None and key not in self.crossed_orders:
            process.held[order.purchase_id] = key
        self.check_own(order)

    def check_own(self, order: Order) -> None:
        """Check that an order holds its own objects and nothing else."""
        key = order.reference.lower()
        if key in self.crossed_orders:
            return
        if order.purchase_id is not None:
            purchase = self.lucca.purchases.get(order.purchase_id)
            if purchase is None or purchase.reference != key:
                self.violate(f"{key} holds purchase {order.purchase_id}, which is not its own")
                return
        if order.commitment_id is not None:
            commitment = self.lucca.commitments.get(order.commitment_id)
            if commitment is None or commitment.purchase.reference != key or commitment.by != "the program":
                self.violate(f"{key} holds commitment {order.commitment_id}, which is not its own")
                return
            own = {each.id for each in commitment.requests}
            if order.approval_request_id is not None and order.approval_request_id not in own:
                self.violate(f"{key} holds request {order.approval_request_id}, which is not its own")

    def check_doubts(self, orders: Iterable[Order], concurrency: int, seconds: float) -> None:
        """Check that an outage leaves few orders in doubt."""
        doubts = sum(each.pending is not None for each in orders)
        # One more each half hour: a create is the only proof that creates succeed again.
        if doubts > concurrency + 3 + seconds // HALF_HOUR:
            self.violate(f"an outage leaves {doubts} orders in doubt, with a concurrency of {concurrency}")

    # At the end.

    def finish(self) -> None:
        """Check the objects that Lucca holds when the run has ended."""
        for key in self.orders:
            if key in self.crossed_orders:
                continue
            own = self.purchases_of(key)
            if len(own) > 1 and (key, "create_purchase") in self.late and key in self.created_again:
                self.story.count("unfenced: orders with a second purchase, which a person had created")
            elif len(own) > 1:
                self.violate(f"{key} has {len(own)} purchases: {', '.join(str(each.id) for each in own)}")
            if self.is_late(key):
                continue
            for purchase in own:
                if len(purchase.commitments) > 1:
                    self.violate(f"purchase {purchase.id} of {key} has {len(purchase.commitments)} commitments")
                for commitment in purchase.commitments:
                    if len(commitment.requests) > 1:
                        self.violate(f"the approval of {key} is requested {len(commitment.requests)} times")
        for commitment in self.lucca.commitments.values():
            if commitment.by != "the program" and commitment.requests:
                self.violate(f"the approval of foreign commitment {commitment.id} is requested")

    def check_submitted(self, order: Order) -> None:
        """Check that Lucca holds the objects of an order that `submit` returned."""
        wanted = self.orders[order.reference.lower()]
        if wanted.key in self.crossed_orders:
            return
        self.check_own(order)
        own = self.purchases_of(wanted.key)
        if order.step is not Step.SUBMITTED:
            self.violate(f"submit of {wanted.key} returns at step {order.step}")
        elif not own or order.purchase_id not in [each.id for each in own]:
            self.violate(f"{wanted.key} says it is submitted, and has no purchase")
        else:
            self._check_submitted(wanted, self.lucca.purchases[order.purchase_id])

    def _check_submitted(self, wanted: Wanted, purchase: Purchase) -> None:
        if self.is_late(wanted.key):
            return
        if not purchase.commitments:
            self.violate(f"{wanted.key} says it is submitted, and has no commitment")
            return
        commitment = purchase.commitments[-1]
        # A person who denied the commitment before its approval was requested has decided as well.
        if not commitment.requests and commitment.state != "Denied":
            self.violate(f"{wanted.key} says it is submitted, and its approval is not requested")
        if commitment.edited is None and not wanted.is_amount_of(commitment.body):
            self.violate(f"{wanted.key} says it is submitted, and its commitment is another one")

    def purchases_of(self, key: str) -> list[Purchase]:
        """Return the purchases that the program has created for an order."""
        return [each for each in self.lucca.purchases.values() if each.reference == key]

    def _order_of(self, operation: str, asked: Asked) -> str | None:
        if operation == "create_purchase":
            return self.lucca.owner_of(asked.body["title"])
        if operation == "create_commitment":
            comment = asked.body["comment"] or ""
        else:
            commitment = self._commitment_of(asked)
            if commitment is None:
                return None
            if commitment.by != "the program":
                return commitment.purchase.reference
            comment = commitment.body["comment"]
        return next((each.key for each in self.orders.values() if comment == f"of {each.reference}"), None)

    def _purchase_of(self, asked: Asked) -> Purchase | None:
        number = asked.body.get("purchaseId") or asked.path.split("/")[-2]
        return self.lucca.purchases.get(int(number))

    def _commitment_of(self, asked: Asked) -> Commitment | None:
        return self.lucca.commitments.get(int(asked.path.split("/")[-2]))

    def violate(self, what: str) -> None:
        """Record that an invariant is broken."""
        self.story.violate(self.loop.time(), what)
