"""Read the decision on an order from its purchase, and wait for it."""

from __future__ import annotations

import asyncio
import math

from attrs import frozen

from .._wire.session import Session
from ..errors import ProcurementError
from ..models import CommitmentState, Purchase, PurchaseState, UnknownCommitment
from ..order import Decision
from ..purchases import Purchases, commitment_state
from .stopped import is_transient

__all__ = ("Undecided", "decided_by", "decision_of", "until_decided")

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 30.0
_GROWTH = 1.5
LAST_LOOK = 1.0


@frozen
class Undecided:
    """The result of a wait that ended without a decision. `cause` is the error of the last read, if it failed."""

    cause: ProcurementError | None


def decision_of(purchase: Purchase) -> Decision | None:
    """Return the decision on a purchase, or None if there is none or the contract does not list the state.

    The meaning of each state: Our assumption (states); Lucca does not document it.
    """
    state = commitment_state(purchase)
    if state == CommitmentState.DENIED or purchase.state == PurchaseState.DENIED:
        return Decision.DENIED
    if state == CommitmentState.CANCELLED or purchase.state == PurchaseState.CANCELLED:
        return Decision.CANCELLED
    if state == CommitmentState.PROVISIONED or purchase.state == PurchaseState.ONGOING:
        return Decision.APPROVED
    if purchase.state == PurchaseState.CLOSED:
        # A purchase that was closed before anybody decided was withdrawn. Nobody decides on it any more.
        undecided = state in (CommitmentState.CREATED, CommitmentState.UNDER_REVIEW)
        return Decision.CANCELLED if undecided else Decision.APPROVED
    return None


def decided_by(purchase: Purchase) -> str | None:
    """Return the name of the last person who changed the commitment.

    If the commitment shows no such person, return the name of the last person who changed the purchase. If that is not
    shown either, return None. For a decided order, this is who decided.
    Our assumption (decided-by); Lucca does not document it.
    """
    commitment = purchase.commitment
    modifier = None if not commitment or isinstance(commitment, UnknownCommitment) else commitment.modifier
    found = modifier or purchase.modifier
    return (found.name or None) if found else None


async def until_decided(session: Session, purchase_id: int, timeout: float | None) -> Purchase | Undecided:
    """Return a purchase when it is decided, or Undecided when the time is over.

    It reads the purchase at once, after pauses that grow, and shortly before the time is over. It continues during an
    outage.

    Args:
        session: The session of the client.
        purchase_id: The purchase of a submitted order.
        timeout: Seconds to wait. If it is None, the wait has no end.

    Raises ProcurementError if a read fails for a reason that time does not change.
    """
    clock, purchases = session.clock, Purchases(session)
    deadline = math.inf if timeout is None else clock.monotonic() + timeout
    pause = FIRST_PAUSE
    while True:
        failed: ProcurementError | None = None
        left = deadline - clock.monotonic()
        try:
            # The timeout uses the event loop's clock: a clock that the caller passed may run ahead of the network.
            async with asyncio.timeout(None if left == math.inf else max(left, LAST_LOOK)):
                purchase = await purchases.get(purchase_id)
            if decision_of(purchase) is not None:
                return purchase
        except ProcurementError as error:
            if not is_transient(error):
                raise
            failed = error
        except TimeoutError:
            return Undecided(failed)
        # The last read needs a second before the time is over.
        left = deadline - clock.monotonic() - LAST_LOOK
        if left <= 0:
            return Undecided(failed)
        await clock.sleep(min(pause, left))
        pause = min(LONGEST_PAUSE, pause * _GROWTH)
