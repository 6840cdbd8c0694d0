"""Determine the outcome of a request that is in doubt.

If a lookup finds the object, the outcome is certain at once. If it does not, this proves nothing until the settle time
has passed. Our assumption (settle-time); Lucca does not document it. The list shows a new purchase
within the settle time. Our assumption (list-delay); Lucca does not document it.
"""

from __future__ import annotations

import math
from enum import Enum

from attrs import frozen

from lucca_procurement_api import api

from .._wire.session import Session
from .._wire.settings import ReferencePosition
from ..errors import OutcomeUnknown
from ..models import CommitmentState, Purchase
from ..order import Order, PendingRequest, Step
from ..purchases import Purchases, commitment_state
from .compare import Match, Window, carries, commitment_differences, created_at, match, shows_content
from .listing import SLACK, Listing, SharedListing, Wanted
from .registry import Registry

__all__ = ("Lookup", "LookupResult", "Verdict", "found")

_SHARED = 4
"""The number of parts of the settle time. Orders that wait for the end of the same part share a lookup."""
_FEW = 10
_MANY = 200
"""The most purchases to read one by one if the list shows too little of them. `_MANY` applies if a person waits."""
_REQUESTED = (CommitmentState.UNDER_REVIEW, CommitmentState.PROVISIONED, CommitmentState.DENIED)


class Verdict(Enum):
    """The outcome of a request, as far as a lookup shows it."""

    FOUND = "found"
    ABSENT = "absent"
    """The server did not do it. This proves nothing until the settle time has passed."""
    UNSETTLED = "unsettled"
    """A person has to look in Lucca."""


@frozen(kw_only=True)
class LookupResult:
    """The result of one lookup."""

    verdict: Verdict
    id: int | None = None
    """The id of the object that was found, or None if the server does not return it."""
    has_later: bool = False
    """True if an object of a later step exists already."""
    reason: str = ""
    """The reason why a person has to look."""
    candidates: tuple[Purchase, ...] = ()
    final: bool = False
    """True if a later lookup cannot change the result."""


class Lookup:
    """Looks for the objects of orders."""

    def __init__(self, session: Session, registry: Registry) -> None:
        self._session = session
        self._registry = registry
        self._purchases = Purchases(session)
        self._listing = SharedListing(session)

    async def outcome(self, order: Order, pending: PendingRequest) -> LookupResult:
        """Return the outcome of an order's pending request. It looks at once, and again after the settle time.

        Args:
            order: The order, at the step of the request.
            pending: The request in doubt.

        Raises ProcurementError if a lookup fails.
        """
        clock = self._session.clock
        over_since = self._registry.over_since(pending, clock.monotonic())
        settled_at = self._rounded_up(over_since + self._session.settings.settle)
        while True:
            settled = clock.monotonic() >= settled_at
            if order.step is Step.PURCHASE:
                result = await self._in_the_list(order, settled=settled)
            else:
                result = await self.on_the_purchase(order, accepted=pending.accepted)
            if settled or result.final or result.verdict is Verdict.FOUND:
                return result
            # A timer of the event loop may fire early, by its resolution.
            while (left := settled_at - clock.monotonic()) > 0:
                await clock.sleep(left)

    async def on_the_purchase(self, order: Order, *, accepted: bool = False) -> LookupResult:
        """Read the purchase of an order once, and return the outcome of the order's present step.

        Args:
            order: An order whose purchase is known. Its commitment or its approval request may exist.
            accepted: True if the server reported the success of the pending request.

        Raises ProcurementError if the purchase cannot be read.
        """
        assert order.purchase_id is not None
        purchase = await self._purchases.get(order.purchase_id)
        commitment = purchase.commitment
        if commitment and (differences := commitment_differences(order, commitment)):
            return LookupResult(
                verdict=Verdict.UNSETTLED,
                reason=f"purchase {purchase.id} has another commitment than the order's ({'; '.join(differences)})",
                candidates=(purchase,),
                final=True,
            )
        if order.step is Step.COMMITMENT and commitment:
            has_later = commitment_state(purchase) in _REQUESTED
            return LookupResult(verdict=Verdict.FOUND, id=commitment.id, has_later=has_later)
        if commitment and commitment.id != order.commitment_id:
            return LookupResult(
                verdict=Verdict.UNSETTLED,
                reason=f"purchase {purchase.id} has the commitment {commitment.id}, not {order.commitment_id}",
                candidates=(purchase,),
                final=True,
            )
        state = commitment_state(purchase)
        if order.step is Step.REQUEST and state in _REQUESTED:
            # No operation returns the id of an existing request.
            return LookupResult(verdict=Verdict.FOUND)
        if order.step is Step.REQUEST and state != CommitmentState.CREATED:
            shown = "is not shown" if state is None else f"is {state}"
            return LookupResult(
                verdict=Verdict.UNSETTLED,
                reason=f"the state of the commitment of purchase {purchase.id} {shown}, which does not say whether its"
                " approval was requested",
                candidates=(purchase,),
            )
        if accepted:
            return LookupResult(
                verdict=Verdict.UNSETTLED,
                reason=f"the server said that the {order.step} was done, and purchase {purchase.id} does not show it",
                candidates=(purchase,),
            )
        return LookupResult(verdict=Verdict.ABSENT)

    async def in_the_whole_list(self, order: Order) -> LookupResult:
        """Read the whole list once, and return the outcome of the order's purchase step.

        The purchase is absent only if the reading was complete, and if no purchase carries the reference. A purchase
        with the order's content that shows no title may carry it.

        Args:
            order: An order whose purchase is not known.

        Raises ProcurementError if the list cannot be read, or if it changed during each reading.
        """
        matched, listing = await self._read(order, whole=True, most_read=_MANY)
        if matched.own is not None:
            return found(matched.own)
        without_title = tuple(each for each in matched.alike if not isinstance(each.title, str))
        if candidates := matched.carrying or without_title:
            return _unsettled(order, candidates)
        if listing.hidden:
            return _unsettled(order, (), listing.hidden)
        if not listing.whole:
            raise _changing()
        return LookupResult(verdict=Verdict.ABSENT)

    async def carrying(self, reference: str) -> list[Purchase]:
        """Return the purchases of the whole list that carry a reference.

        Args:
            reference: The reference of an order.

        Raises OutcomeUnknown if purchases are hidden, or if the list changed during each reading. Raises another
        ProcurementError if the list cannot be read.
        """
        listing = await self._listing.read(Wanted(reference), whole=True)
        if listing.hidden:
            error = OutcomeUnknown(_hidden(listing.hidden))
            error.advice = "Look in Lucca."
            raise error
        if not listing.whole:
            raise _changing()
        positions: tuple[ReferencePosition, ...] = ("front", "end")
        if self._session.settings.reference_at == "front":
            positions = ("front",)
        return [each for each in listing.purchases if any(carries(each.title, reference, at) for at in positions)]

    async def probe(self) -> None:
        """Read one purchase of the list. Raises ProcurementError if the read fails."""
        await self._session(api.list_purchases, limit=1)

    async def _in_the_list(self, order: Order, *, settled: bool) -> LookupResult:
        matched, listing = await self._read(order, whole=False)
        if settled and matched.own is None and not listing.whole:
            # The reading may have ended too early, because it compares clocks that may be wrong.
            matched, listing = await self._read(order, whole=True)
        if matched.own is not None:
            return found(matched.own)
        candidates = matched.carrying or matched.alike
        if settled and not candidates and not listing.whole and not listing.hidden:
            raise _changing()
        return _unsettled(order, candidates, listing.hidden)

    async def _read(self, order: Order, *, whole: bool, most_read: int = _FEW) -> tuple[Match, Listing]:
        listing = await self._listing.read(Wanted(order.reference, order.pending), whole=whole)
        # The window needs the server's clock, which the answers of the reading show.
        window = None if order.pending is None else self._window(order.pending)
        at = self._reference_at(order)
        own = [each for each in listing.purchases if not self._registry.is_foreign(each, order, at)]
        matched = match(order, own, window, reference_at=at)
        if window is not None and (read := await self._read_unclear(order, matched, most_read)):
            matched = match(order, [read.get(each.id, each) for each in own], window, reference_at=at)
        if matched.own is not None and self._registry.holder(Step.PURCHASE, matched.own.id, order) is not None:
            matched = Match(carrying=(matched.own,))
        return matched, listing

    def _reference_at(self, order: Order) -> ReferencePosition:
        """Return the position of the reference in an order's title. A client with another setting may have sent it."""
        at = self._session.settings.reference_at
        if order.title is None or carries(order.title, order.reference, at):
            return at
        return "end" if at == "front" else "front"

    def _window(self, pending: PendingRequest) -> Window:
        here = self._session.server_clock.offset or 0.0
        offset = here if pending.clock_offset is None else pending.clock_offset
        ended_at = self._session.clock.time() + here if pending.ended_at is None else pending.ended_at + offset
        until = max(ended_at, pending.intended_at + offset) + self._session.settings.settle + SLACK
        return Window(pending.intended_at + offset - SLACK, until)

    async def _read_unclear(self, order: Order, matched: Match, most: int) -> dict[int, Purchase]:
        """Read the purchases that may be the order's and of which the list shows too little. Return them by id.

        If more than `most` of them carry the reference, it reads none.
        """
        # An absent member contradicts nothing. The purchase itself may show that it belongs to another order.
        carrying = [each.id for each in matched.carrying if not shows_content(order, each) or _is_unclear(each)]
        alike = [each.id for each in matched.alike if _is_unclear(each)]
        unclear = [*carrying, *alike] if len(carrying) + len(alike) <= most else carrying
        return {id: await self._purchases.get(id) for id in unclear} if len(unclear) <= most else {}

    def _rounded_up(self, moment: float) -> float:
        part = self._session.settings.settle / _SHARED
        return math.ceil(moment / part) * part if part else moment


def found(purchase: Purchase) -> LookupResult:
    """Return the result for the order's own purchase."""
    return LookupResult(verdict=Verdict.FOUND, id=purchase.id, has_later=bool(purchase.commitment))


def _is_unclear(purchase: Purchase) -> bool:
    return not isinstance(purchase.title, str) or created_at(purchase) is None


def _changing() -> OutcomeUnknown:
    """Return the error of a reading that may have missed a purchase."""
    error = OutcomeUnknown("the list of purchases changed while it was read, so that a purchase may have been missed")
    error.advice = "Nothing was changed: look again later."
    return error


def _unsettled(order: Order, candidates: tuple[Purchase, ...], hidden: int = 0) -> LookupResult:
    ids = ", ".join(str(purchase.id) for purchase in candidates)
    if ids:
        reason = f"purchases that may be the order's, none of which is certain: {ids}"
    elif hidden:
        reason = f"{_hidden(hidden)}: the order's may be one of them"
    else:
        reason = f"no purchase in the list carries the reference {order.reference}"
    return LookupResult(verdict=Verdict.UNSETTLED, reason=reason, candidates=candidates)


def _hidden(number: int) -> str:
    return f"the list counts {number} more purchases than it shows to this key"
