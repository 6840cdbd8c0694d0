"""Cancel an order as far as the API allows. The API deletes nothing."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime

from .._wire.session import Session
from ..errors import BadRequest, Conflict, Forbidden, NotFound, OutcomeUnknown
from ..models import CommitmentState, PurchaseState
from ..order import Decision, Order, Remaining
from ..purchases import ApprovalRequests, Purchases, commitment_state
from .decisions import decision_of

__all__ = ("cancel_order",)

_ENDED = (PurchaseState.CLOSED, PurchaseState.CANCELLED, PurchaseState.DENIED)


async def cancel_order(session: Session, order: Order, comment: str) -> tuple[Remaining, ...]:
    """Cancel the request of an order, close its purchase, and return what remains in Lucca.

    It reads the state of the purchase after each request. If nothing remains, it sets the order's decision: `denied` if
    the order was denied before, otherwise `cancelled`.

    A cancellation ends the purchase and its commitment. Our assumption (cancellation); Lucca does not document it.
    A closing ends a purchase without invoices. Our assumption (closing); Lucca does not document it.

    Args:
        session: The session of the client.
        order: The order. The caller has claimed its reference.
        comment: The reason, for the people in Lucca.

    Raises ProcurementError if a read fails, or if a request fails without a rejection.
    """
    if order.purchase_id is None:
        order.decision = Decision.CANCELLED
        return ()
    purchases = Purchases(session)
    remains: list[Remaining] = []
    purchase = await purchases.get(order.purchase_id)
    if decision_of(purchase) is None and order.approval_request_id is not None:
        rejected = await _rejection(ApprovalRequests(session).cancel(order.approval_request_id, comment=comment))
        if rejected is not None:
            remains.append(Remaining("request", order.approval_request_id, rejected))
        purchase = await purchases.get(order.purchase_id)
    elif commitment_state(purchase) == CommitmentState.UNDER_REVIEW:
        remains.append(Remaining("request", None, "the answer with its id was lost: have it denied in Lucca"))
    if purchase.state not in _ENDED:
        today = datetime.fromtimestamp(session.server_clock.time(), UTC).date()
        rejected = await _rejection(purchases.close(order.purchase_id, comment=comment, date=today))
        if (purchase := await purchases.get(order.purchase_id)).state not in _ENDED:
            reason = f"its state is {purchase.state}" + (f": {rejected}" if rejected else "")
            remains.append(Remaining("purchase", order.purchase_id, reason))
    if not remains:
        order.decision = Decision.DENIED if decision_of(purchase) is Decision.DENIED else Decision.CANCELLED
        if order.decision is Decision.CANCELLED:
            # The person who approved an order before did not cancel it.
            order.decided_by = None
    return tuple(remains)


async def _rejection(request: Awaitable[None]) -> str | None:
    """Return the reason of a rejection, otherwise None. If the outcome is unknown, the purchase shows it later."""
    try:
        await request
    except OutcomeUnknown:
        return None
    except (BadRequest, Conflict, Forbidden, NotFound) as rejected:
        return rejected.reason
    return None
