"""One run of `orders.submit`: the three steps of an order, each stored before and after its request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from inspect import isawaitable

from attrs import evolve

from .._wire.retry import THROTTLED
from .._wire.session import Call, Session
from ..errors import (
    DecodeError,
    NotSent,
    OutcomeUnknown,
    ProcurementError,
    ResponseError,
    StoreFailed,
    StoreInUse,
    Superseded,
)
from ..events import HeldBack, OrderStep
from ..models import Purchase
from ..order import Order, PendingRequest, Step
from ..purchases import ApprovalRequests, Commitments, Purchases
from .breaker import POLL
from .census import Census
from .grace import is_cancelled, shield_until_done
from .holders import objections
from .lookup import Lookup, LookupResult, Verdict, found
from .registry import Registry
from .stopped import incomplete, is_transient, needs_of, needs_person, stopping

__all__ = ("Introduce", "Save", "Submission")

Save = Callable[[Order], Awaitable[object] | None]
"""A function that stores an order. After a crash, the order continues from its last stored state."""
Introduce = Callable[[], Awaitable[None]]
"""A function that lets the registry know the purchases that the other orders of a store hold."""
FRESH = 5.0
"""In seconds. An intent that was stored longer ago is stored again before the request is sent."""
_SLOW_SAVES = 3
_CANDIDATES = 10
"""The most purchases of one reference that are read for the person who has to look."""
_LONGEST_SLEEP = 30.0
_PROBES = 100
"""The most repetitions in an outage. With pauses of 5 minutes, an order of `submit_many` is a probe for 8 hours."""
_NEXT = {Step.PURCHASE: Step.COMMITMENT, Step.COMMITMENT: Step.REQUEST, Step.REQUEST: Step.SUBMITTED}


class Submission:
    """Processes one order from its present step to its end.

    It is the `Guard` of its calls: it stores the intent right before each try.

    Args:
        session: The session of the client.
        registry: The registry of the host.
        lookup: Determines the outcome of requests in doubt.
        order: The order. `run` claims its reference. The caller of another method has claimed it.
        save: Stores the order. If it is None, nothing is stored.
        resubmit: True if a person looked in Lucca. A purchase in doubt that is not found may then be created again.
        patient: True to wait while the breaker admits no create. If it is False, the order stops, and needs time.
        census: Knows the purchases in Lucca, for an order whose store may have been lost. If it is None, the caller's
            order is trusted.
        introduce: Is called if a lookup finds candidates. If it is None, there is no store.
    """

    def __init__(
        self,
        session: Session,
        registry: Registry,
        lookup: Lookup,
        order: Order,
        save: Save | None,
        *,
        resubmit: bool = False,
        patient: bool = False,
        census: Census | None = None,
        introduce: Introduce | None = None,
    ) -> None:
        self._session = session
        self._registry = registry
        self._breaker = registry.breaker
        self._lookup = lookup
        self._order = order
        self._save = save
        self._resubmit = resubmit
        self._patient = patient
        self._census = census
        self._introduce = introduce
        self._repetitions = 0
        self._prepared_at = 0.0
        self._call: Call | None = None
        self._in_flight = False
        self._stopping = False

    async def run(self) -> None:
        """Process all remaining steps. After a cancellation, a request in flight can finish, and no new one begins.

        Raises OrderIncomplete if the order stopped. Raises InvalidArgument if its reference is in use.
        """
        await shield_until_done(self._claimed(), interruptible=lambda: self._is_idle, stop=self._stop)

    async def _claimed(self) -> None:
        # The claim is inside the shield, because work that outlives its grace period still holds the order.
        order = self._order
        lost = self._census is not None and order.purchase_id is None and order.pending is None
        known = self._registry.purchase_of(order) if lost else None
        with self._registry.claim(order, adopting=known, resubmit=self._resubmit):
            self._resubmit &= self._registry.purchase_of(order) is None
            await self._run()

    async def recover(self) -> None:
        """Determine the outcome of a request that an earlier run left in doubt, or that a lost store does not know.

        Raises OrderIncomplete if the outcome stays unknown, or if `save` fails.
        """
        with stopping(self._order):
            if self._order.pending is not None:
                await self._settle(None)
            elif self._order.step is Step.PURCHASE and self._census is not None:
                await self._take_over(self._census)

    async def adopt(self, purchase: Purchase) -> None:
        """Note a purchase that a person chose for the order, and the later objects of the order that exist.

        Args:
            purchase: The purchase.

        Raises OrderIncomplete if the purchase cannot be read, or does not agree with the order.
        """
        with stopping(self._order):
            await self._record_found(found(purchase))

    async def store(self) -> None:
        """Store the order as it is now.

        Raises StoreFailed if `save` fails. Raises Superseded if another process continued the order.
        """
        if self._save is None:
            return
        try:
            saved = self._save(self._order)
            if isawaitable(saved):
                await saved
        except (StoreFailed, StoreInUse, Superseded):
            raise
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            raise StoreFailed("`save` was cancelled by itself") from error
        except Exception as error:
            raise StoreFailed(f"`save` failed: {type(error).__name__}: {error}") from error

    async def _run(self) -> None:
        steps = {
            Step.PURCHASE: self.create_purchase,
            Step.COMMITMENT: self.create_commitment,
            Step.REQUEST: self.request_approval,
        }
        order = self._order
        with stopping(self._order):
            if order.pending is not None or order.step is Step.PURCHASE:
                await self.recover()
            elif order.step in (Step.COMMITMENT, Step.REQUEST):
                # A person may have created or changed the commitment since then, or requested its approval.
                await self._record_existing()
            if order.step is Step.PURCHASE and self._resubmit:
                await self._check_whole_list()
            # The person looked for the earlier requests, and not for those that this run sends.
            self._resubmit = False
            try:
                while order.step is not Step.SUBMITTED and not self._stopping:
                    await self._process(steps[order.step])
            finally:
                self._breaker.release(self)

    async def create_purchase(self, call: Call) -> int:
        """Create the purchase, and return its id."""
        body = self._order.to_create(self._session.settings.reference_at)
        self._order.title = body.title
        return (await Purchases(call).create(body)).id

    async def create_commitment(self, call: Call) -> int:
        """Create the commitment of the purchase, and return its id."""
        assert self._order.purchase_id is not None
        return (await Commitments(call).create(self._order.purchase_id, self._order.commitment)).id

    async def request_approval(self, call: Call) -> int:
        """Request the approval of the commitment, and return the id of the request."""
        assert self._order.commitment_id is not None
        return (await ApprovalRequests(call).create(self._order.commitment_id)).id

    async def _process(self, step: Callable[[Call], Awaitable[int]]) -> None:
        """Process one step: wait for the breaker, send the request, and store the result.

        The call stores the intent, because it calls `before_send` right before each try.
        """
        order = self._order
        await self._admission()
        call = self._call = Call(self._session, guard=self)
        try:
            created = await step(call)
            self._check_holder(created)
        except OutcomeUnknown as error:
            purchase = order.step is Step.PURCHASE
            self._breaker.unknown(self, self._session.clock.monotonic(), purchase=purchase)
            self._note_pending(accepted=error.accepted)
            await self.store()
            self._in_flight = False
            if not self._stopping:
                await self._settle(error)
        except _NotAdmitted:
            # Nothing of this step was done, so the loop of `_run` can ask the breaker again.
            if order.pending is not None:
                order.pending = None
                await self.store()
        except (StoreFailed, StoreInUse, Superseded):
            order.pending = None
            raise
        except ProcurementError as error:
            await self._not_done(error)
        except asyncio.CancelledError:
            if call.may_have_left:
                self._note_pending(accepted=False)
            elif order.pending is not None:
                order.pending = None
                # If the grace period is over, there is no time to store.
                if self._is_idle:
                    with suppress(ProcurementError):
                        await self.store()
            raise
        except Exception:
            # A defect of this package may have interrupted the reading of the answer.
            if order.pending is not None:
                self._note_pending(accepted=False)
                await self.store()
            raise
        else:
            self._breaker.success()
            await self._advance(created)
        finally:
            self._in_flight = False
            self._breaker.release(self)

    def _check_holder(self, created: int) -> None:
        """Raise OutcomeUnknown if the id in the answer belongs to an object of another order."""
        order = self._order
        if other := self._registry.holder(order.step, created, order):
            raise OutcomeUnknown(
                f"the server answered with {order.step} {created}, which belongs to the order {other}", accepted=True
            )

    async def before_send(self) -> None:
        """Store the intent right before the request is sent.

        Raises _NotAdmitted if the breaker no longer admits the create. Raises StoreFailed if `save` fails or is too
        slow.
        """
        clock = self._session.clock
        if self._breaker.admit(self, clock.monotonic(), has_purchase=self._has_purchase):
            raise _NotAdmitted
        self._in_flight = True
        for _ in range(_SLOW_SAVES):
            if self._stopping:
                # No request was sent, so `_process` can store that there is none in doubt.
                self._in_flight = False
                raise asyncio.CancelledError
            self._prepared_at = clock.monotonic()
            self._order.pending = PendingRequest(
                intended_at=clock.time(), clock_offset=self._session.server_clock.offset
            )
            await self.store()
            if self.may_send():
                return
        self._order.pending = None
        await self.store()
        raise StoreFailed(f"`save` took more than {FRESH:g} s, {_SLOW_SAVES} times: the request was not sent")

    def may_send(self) -> bool:
        """Return True if the stored intent still holds. Another process may have overtaken one that was paused."""
        is_fresh = self._session.clock.monotonic() - self._prepared_at <= FRESH
        return not self._stopping and (is_fresh or self._save is None)

    async def _admission(self) -> None:
        """Wait until the breaker admits a create.

        Raises NotSent if the order is not patient and the breaker pauses. Raises another ProcurementError if a probe
        fails for a reason other than an outage, or if the order is not patient.
        """
        clock, breaker = self._session.clock, self._breaker
        while True:
            while wait := breaker.admit(self, clock.monotonic(), has_purchase=self._has_purchase):
                if wait > POLL:
                    if not self._patient:
                        raise NotSent(
                            "not sent: the outcomes of the last creates are unknown, so that the client sends no"
                            f" further one for {wait:.0f} s"
                        )
                    self._session.observer.emit(HeldBack(seconds=wait, reason="outage"))
                # The success of another order can end the pause early.
                await clock.sleep(min(wait, _LONGEST_SLEEP))
            if not breaker.is_tripped:
                return
            try:
                # A create on a server that does not answer a read would leave one more order in doubt.
                await self._lookup.probe()
            except ProcurementError as error:
                # An answer that cannot be read still shows that the server answers.
                if isinstance(error, DecodeError):
                    return
                if not is_transient(error):
                    raise
                breaker.unknown(self, clock.monotonic())
                if not self._patient:
                    raise
            else:
                return

    async def _settle(self, error: OutcomeUnknown | None) -> None:
        """Determine the outcome of the pending request.

        Args:
            error: The error of the request. If it is None, an earlier run sent the request.

        Raises OrderIncomplete if a person has to look, or if the request was repeated too often. Raises another
        ProcurementError if a lookup fails.
        """
        order = self._order
        assert order.pending
        result = await self._lookup.outcome(order, order.pending)
        if self._introduce is not None and order.step is Step.PURCHASE and result.candidates:
            # Other processes may have created some of them for other orders since the store was read.
            await self._introduce()
            if any(self._registry.holder(order.step, each.id, order) for each in result.candidates):
                result = await self._lookup.outcome(order, order.pending)
        if result.verdict is Verdict.FOUND:
            if error is not None:
                self._breaker.success()
            await self._record_found(result)
            if error is None and order.step is Step.COMMITMENT:
                # An old copy of a store does not know the commitment, and the list may not show it.
                await self._record_existing()
        elif result.verdict is Verdict.ABSENT:
            order.pending = None
            if error is None:
                return
            self._repetitions += 1
            if self._repetitions > self._most_repetitions:
                await self.store()
                raise incomplete(order, error, "time", f"sent {self._repetitions} times, and still not there")
        elif self._resubmit and not result.final:
            await self._check_whole_list()
        else:
            raise needs_person(order, result, error)

    async def _check_whole_list(self) -> None:
        """Allow another create, as a person requested, unless a purchase in the list may be the order's."""
        self._resubmit = False
        if self._order.step is Step.PURCHASE:
            result = await self._lookup.in_the_whole_list(self._order)
            if result.verdict is Verdict.FOUND:
                await self._record_found(result)
                return
            if result.verdict is Verdict.UNSETTLED:
                raise needs_person(self._order, result, None)
        self._order.pending = None

    async def _take_over(self, census: Census) -> None:
        """Take over the purchase of an order that the store does not know, if there is one.

        Raises OrderIncomplete if a purchase carries the order's reference, and is not certainly the order's.
        """
        order = self._order
        ids = await census.ids(order, patient=self._patient)
        if (known := self._registry.purchase_of(order)) is not None:
            ids = ids | {known}
        if not ids:
            return
        purchases = [await Purchases(self._session).get(id) for id in sorted(ids)[:_CANDIDATES]]
        differences = objections(self._session, self._registry, order, purchases[0])
        if len(ids) == 1 and not differences:
            await self._record_found(found(purchases[0]))
            return
        shown = ", ".join(map(str, sorted(ids)))
        reason = f" and is another one ({'; '.join(differences)})" if len(ids) == 1 else ""
        unknown = OutcomeUnknown(
            f"the reference {order.reference} is in Lucca already: purchase {shown} carries it{reason}",
            candidates=purchases,
        )
        unknown.advice = "If it is not the order's, the order needs another reference."
        unknown.calls = "If it is, call orders.adopt(order, purchase_id) and submit the order again."
        raise incomplete(order, unknown, "person")

    async def _not_done(self, error: ProcurementError) -> None:
        """Raise the error of a request without effect, unless an earlier try or a person has completed this step."""
        order = self._order
        rejected = isinstance(error, ResponseError) and error.status not in THROTTLED
        if order.pending is not None:
            order.pending = None
            may_be_done = rejected and order.step is not Step.PURCHASE and not self._stopping
            if may_be_done and await self._record_if_done(error):
                return
            await self.store()
        raise error

    async def _record_if_done(self, rejection: ProcurementError | None) -> bool:
        """Return True if an earlier try or a person has completed this step. It reads the purchase once.

        If the step is complete, it notes the object and advances the order.

        Args:
            rejection: The error of this step's request. It is None before the request.

        Raises OrderIncomplete if a person has to look. Raises another ProcurementError if the read fails.
        """
        try:
            result = await self._lookup.on_the_purchase(self._order)
        except ProcurementError as error:
            if rejection is not None and needs_of(error) == "correction":
                return False
            raise
        if result.verdict is Verdict.FOUND:
            await self._record_found(result)
            return True
        if result.verdict is Verdict.UNSETTLED and (result.final or rejection is not None):
            await self.store()
            if rejection is None:
                raise needs_person(self._order, result, None)
            raise incomplete(self._order, rejection, "person", result.reason)
        return False

    async def _record_found(self, result: LookupResult) -> None:
        """Note an object that was found, and the objects of later steps if there are any.

        An old copy of the order does not know them.
        """
        await self._advance(result.id)
        if result.has_later:
            await self._record_existing()

    async def _record_existing(self) -> None:
        """Note all existing objects of an order whose purchase is known."""
        while self._order.step is not Step.SUBMITTED and await self._record_if_done(None):
            continue

    async def _advance(self, created: int | None) -> None:
        """Note the object of this step, go to the next step, and store the order."""
        order = self._order
        if order.step is Step.PURCHASE:
            assert created is not None
            order.purchase_id = created
        elif order.step is Step.COMMITMENT:
            order.commitment_id = created
        else:
            order.approval_request_id = created
        order.step = _NEXT[order.step]
        order.pending = None
        self._repetitions = 0
        self._registry.remember(order)
        self._session.observer.emit(
            OrderStep(
                step=str(order.step),
                reference=order.reference,
                purchase_id=order.purchase_id,
                commitment_id=order.commitment_id,
                approval_request_id=order.approval_request_id,
            )
        )
        await self.store()

    def _note_pending(self, *, accepted: bool) -> None:
        """Note that the request is over, and that its outcome is unknown."""
        order, clock = self._order, self._session.clock
        assert order.pending
        order.pending = evolve(order.pending, ended_at=clock.time(), accepted=accepted)
        self._registry.over_since(order.pending, clock.monotonic())

    def _stop(self) -> None:
        self._stopping = True

    @property
    def _is_idle(self) -> bool:
        """True if no request is in flight, prepared or being noted. Between two tries, a call only waits."""
        return not self._in_flight or (self._call is not None and self._call.waiting)

    @property
    def _most_repetitions(self) -> int:
        # In an outage, a step after the purchase is the best probe: its doubt settles without a person.
        return _PROBES if self._patient and self._breaker.is_tripped else self._session.settings.retries

    @property
    def _has_purchase(self) -> bool:
        return self._order.purchase_id is not None


class _NotAdmitted(Exception):
    """The breaker tripped while the request waited for its turn."""
