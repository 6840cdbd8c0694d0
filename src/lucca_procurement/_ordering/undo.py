"""Take an order back, as far as the API can: nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime

from .._wire.session import Session
from ..errors import BadRequest, Conflict, Forbidden, NotFound, OutcomeUnknown
from ..models import CommitmentState, PurchaseState
from ..order import Order
from ..purchases import ApprovalRequests, Purchases, commitment_state
from .decisions import decision_of

__all__ = ("undo",)

_OVER = (PurchaseState.CLOSED, PurchaseState.CANCELLED, PurchaseState.DENIED)


async def undo(session: Session, order: Order, comment: str) -> tuple[str, ...]:
    """Cancel the request and close the purchase of an order, and say what remains. Its state is read, never guessed."""
    if order.purchase_id is None:
        return ()
    purchases = Purchases(session)
    remains: list[str] = []
    purchase = await purchases.get(order.purchase_id)
    if decision_of(purchase) is None and order.request_id is not None:
        if (refused := await _tried(ApprovalRequests(session).cancel(order.request_id, comment=comment))) is not None:
            remains.append(f"request {order.request_id} could not be cancelled: {refused}")
        purchase = await purchases.get(order.purchase_id)
    elif commitment_state(purchase) == CommitmentState.UNDER_REVIEW:
        remains.append("the request cannot be cancelled, as the answer with its id was lost: have it denied in Lucca")
    if purchase.state not in _OVER:
        today = datetime.fromtimestamp(session.server_clock.time(), UTC).date()
        refused = await _tried(purchases.close(order.purchase_id, comment=comment, date=today))
        if (purchase := await purchases.get(order.purchase_id)).state not in _OVER:
            remains.append(f"purchase {order.purchase_id} stays, in state {purchase.state}: {refused or 'not closed'}")
    return tuple(remains)


async def _tried(request: Awaitable[None]) -> str | None:
    """Give the reason of a refusal. What is unknown is read afterwards."""
    try:
        await request
    except OutcomeUnknown:
        return None
    except (BadRequest, Conflict, Forbidden, NotFound) as refused:
        return refused.reason
    return None
