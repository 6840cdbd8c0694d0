"""One run of `orders.submit`: the steps that are left, each marked before it is sent and stored when it is known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from copy import copy
from inspect import isawaitable

from attrs import evolve

from lucca_procurement_api.errors import ApiError

from .._wire.session import Call, Session
from ..errors import BadRequest, Conflict, InvalidArgument, OrderIncomplete, OutcomeUnknown, ProcurementError
from ..events import OrderStep
from ..models import OneTimeCommitmentCreation, Purchase, PurchaseCreation, SubscriptionCommitmentCreation
from ..order import Doubt, Order, Step
from ..purchases import ApprovalRequests, Commitments, Purchases
from .finish import finish
from .lookup import Lookup

__all__ = ("Save", "Submission", "name_of")

Save = Callable[[Order], Awaitable[object] | None]
"""Stores an order. What it stored last is what is known after a crash."""
_NEXT = {Step.PURCHASE: Step.COMMITMENT, Step.COMMITMENT: Step.REQUEST, Step.REQUEST: Step.SUBMITTED}


class Submission:
    """Bring one order from where it is to its end."""

    def __init__(
        self,
        session: Session,
        lookup: Lookup,
        order: Order,
        save: Save | None,
        *,
        resubmit: bool,
        took: Callable[[Order, int], None],
    ) -> None:
        self._session = session
        self._lookup = lookup
        self._order = order
        self._save_by = save
        self._resubmit = resubmit
        self._took = took
        self._sent_again = 0
        self._stopping = False

    async def run(self) -> None:
        """Do all that is left. Raises OrderIncomplete, or InvalidArgument before anything is sent."""
        _check(self._order)
        await self.settle()
        while self._order.step is not Step.SUBMITTED:
            try:
                await self._step()
            except OrderIncomplete:
                raise
            except ProcurementError as error:
                raise self._incomplete(error) from error

    async def settle(self) -> None:
        """Find out what came of the request that the order is in doubt about, if there is one.

        Raises OrderIncomplete.
        """
        order = self._order
        if order.step is Step.PURCHASE and order.purchase_id is not None:
            # Given by the caller, who looked at the candidates.
            self._advance(order.purchase_id)
        if order.doubt is None:
            return
        if order.doubt.until is None:
            # The process that was in the middle of it may have waited for its turn until it ended, at the latest now.
            order.doubt = evolve(order.doubt, until=self._session.clock.time())
            await self.store()
        try:
            await self._look(None)
        except ProcurementError as error:
            raise self._incomplete(error) from error
        await self.store()

    async def _step(self) -> None:
        """Send the request of this step, and learn what came of it.

        A doubt is marked already if the step before went well.
        """
        order = self._order
        if order.step is not Step.PURCHASE and order.doubt is None:
            await self._intend()
        calls, step = Call(self._session, guard=self), order.step
        try:
            await finish(self._create(calls), waiting=lambda: calls.waiting, stop=self._stop)
        except asyncio.CancelledError:
            if order.step is not step and order.doubt is not None:
                # Cancelled when the next step was marked, which will not be sent now.
                order.doubt = None
                with suppress(OrderIncomplete):
                    await finish(self.store(), waiting=lambda: False, stop=self._stop)
            raise
        except OutcomeUnknown as error:
            await self._look(error)
        except (BadRequest, Conflict) as error:
            # An earlier try may have won: the API says so by any status from 400 to 499.
            if order.step is Step.PURCHASE or not (isinstance(error, Conflict) or self._sent_again):
                raise
            seen = await self._lookup.now(order)
            if not seen.found:
                raise
            self._advance(seen.id)
        else:
            return
        if order.step is Step.SUBMITTED:
            # Found by looking: no further step saves it.
            await self.store()

    def _stop(self) -> None:
        """Take note that no further step follows: what is not sent must not be marked."""
        self._stopping = True

    async def before_send(self) -> None:
        # Only now, after the wait for its turn: looking for a purchase that may have been created is what costs most.
        if self._order.step is Step.PURCHASE and self._order.doubt is None:
            await self._intend()

    def may_send(self) -> bool:
        return True

    async def _intend(self) -> None:
        """Mark what is about to be sent, and store that. If that fails, it is not sent."""
        self._mark()
        try:
            await self.store()
        except BaseException:
            self._order.doubt = None
            raise

    async def _create(self, calls: Call) -> None:
        """Create what this step is for, and note what came of it, also where it is broken off."""
        order = self._order
        try:
            created = await self._created(calls)
        except OutcomeUnknown as error:
            await self._note_doubt(done=error.done)
            raise
        except asyncio.CancelledError:
            if calls.may_have_left:
                await self._note_doubt(done=False)
            elif order.doubt is not None:
                order.doubt = None
                await self.store()
            raise
        except ProcurementError:
            # Whatever else it is, nothing was done.
            if order.doubt is not None:
                order.doubt = None
                await self.store()
            raise
        except Exception:
            # A mistake of ours, perhaps in the middle of reading the answer.
            if order.doubt is not None:
                await self._note_doubt(done=False)
            raise
        self._advance(created)
        if order.step is not Step.SUBMITTED and not self._stopping:
            self._mark()
        try:
            await self.store()
        except BaseException:
            # What was marked will not be sent now.
            order.doubt = None
            raise

    async def _created(self, calls: Call) -> int:
        order = self._order
        if order.step is Step.PURCHASE:
            return (await Purchases(calls).create(order.to_create)).id
        assert order.purchase_id is not None
        if order.step is Step.COMMITMENT:
            return (await Commitments(calls).create(order.purchase_id, order.commitment)).id
        assert order.commitment_id is not None
        return (await ApprovalRequests(calls).create(order.commitment_id)).id

    async def _look(self, error: OutcomeUnknown | None) -> None:
        """Find out what came of a request.

        Raises OutcomeUnknown where looking does not tell, and nobody asked to resubmit.
        """
        order = self._order
        assert order.doubt
        assert order.doubt.until is not None
        try:
            seen = await self._lookup.outcome(order, order.doubt, order.doubt.until)
        except ProcurementError as failed:
            raise _unknown(order, error, f"looking for it failed: {failed}") from failed
        if seen.found:
            self._advance(seen.id)
            return
        if seen.absent and self._sent_again <= self._session.settings.retries:
            self._sent_again += 1
        elif self._resubmit:
            # Once: what becomes of that is looked for again.
            self._resubmit = False
        else:
            raise _unknown(order, error, seen.note or "it was sent again, and is still not there", seen.candidates)
        order.doubt = None

    def _advance(self, created: int | None) -> None:
        order = self._order
        if order.step is Step.PURCHASE:
            assert created is not None
            order.purchase_id = created
            self._took(order, created)
        elif order.step is Step.COMMITMENT:
            order.commitment_id = created
        else:
            order.request_id = created
        order.step = _NEXT[order.step]
        order.doubt = None
        self._session.observer.emit(
            OrderStep(
                step=str(order.step),
                reference=order.reference,
                purchase_id=order.purchase_id,
                commitment_id=order.commitment_id,
                request_id=order.request_id,
            )
        )

    def _mark(self) -> None:
        self._order.doubt = Doubt(since=self._session.clock.time(), ahead=self._session.server_clock.ahead)

    async def _note_doubt(self, *, done: bool) -> None:
        assert self._order.doubt
        self._order.doubt = evolve(self._order.doubt, until=self._session.clock.time(), done=done)
        await self.store()

    async def store(self) -> None:
        """Have the order stored as it is now. Raises OrderIncomplete where that fails."""
        if self._save_by is None:
            return
        try:
            saved = self._save_by(self._order)
            if isawaitable(saved):
                await saved
        except Exception as error:
            what = f"`save` failed at step {self._order.step}: {type(error).__name__}: {error}"
            reason = f"{name_of(self._order)}: {what}"
            raise OrderIncomplete(reason, order=self._order, step=str(self._order.step)) from error

    def _incomplete(self, error: ProcurementError) -> OrderIncomplete:
        order = self._order
        reason = f"{name_of(order)} stopped at step {order.step}: {error}"
        return OrderIncomplete(reason, order=order, step=str(order.step))


def name_of(order: Order) -> str:
    """Name an order for people."""
    known = f", purchase {order.purchase_id}" if order.purchase_id is not None else ""
    return f"order {order.reference or 'without a reference'}{known}"


def _unknown(
    order: Order, error: OutcomeUnknown | None, note: str, candidates: Sequence[Purchase] = ()
) -> OutcomeUnknown:
    """Give what is known in the end: what was seen of the request, if that was now, and what looking told."""
    if error is None:
        seen = f"whether the {order.step} was created before is not known: {note}"
        unknown = OutcomeUnknown(seen, candidates=candidates, done=order.doubt is not None and order.doubt.done)
    else:
        unknown = copy(error)
        unknown.reason = f"{error.reason.rstrip('.')}; {note}"
        unknown.candidates = tuple(candidates)
    if order.step is Step.PURCHASE:
        unknown.advice = (
            "Look at the candidates: if one is it, set order.purchase_id to its id and submit again; if none is,"
            " submit again with resubmit=True."
        )
    return unknown


def _check(order: Order) -> None:
    """Find out what cannot be sent before anything is: a purchase without its commitment would be left."""
    commitments = OneTimeCommitmentCreation | SubscriptionCommitmentCreation
    if not isinstance(order.purchase, PurchaseCreation) or not isinstance(order.commitment, commitments):
        raise InvalidArgument("order.purchase must be a PurchaseCreation, order.commitment a ...CommitmentCreation")
    # By a step that skips what was not done, a second purchase would be created in its stead.
    if (order.step is not Step.PURCHASE and order.purchase_id is None) or (
        (order.step is Step.REQUEST) is (order.commitment_id is None)
    ):
        raise InvalidArgument(f"order.step is {order.step}, which its purchase_id and commitment_id do not fit")
    for name, body in (("purchase", order.to_create), ("commitment", order.commitment)):
        try:
            body.from_dict(body.to_dict())
        except (ApiError, TypeError) as error:
            raise InvalidArgument(f"order.{name}: {error}") from None
