"""Decisions on orders: read them off a purchase, and wait for one."""

from __future__ import annotations

import asyncio
import math

from attrs import frozen

from .._wire.session import Session
from ..errors import NotSent, OutcomeUnknown, ProcurementError, RateLimited, ServerError
from ..models import CommitmentState, Purchase, PurchaseState, UnknownCommitment
from ..order import Decision
from ..purchases import Purchases, commitment_state

__all__ = ("Undecided", "decided_by", "decision_of", "until_decided")

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 30.0
_GROWTH = 1.5
LAST_LOOK = 1.0


@frozen
class Undecided:
    """The time is over. `cause` is the error of the last read, if it failed."""

    cause: ProcurementError | None


def decision_of(purchase: Purchase) -> Decision | None:
    """Return the decision on a purchase. None while there is none, and for states that the contract does not list.

    Our assumption; Lucca does not document which states mean what.
    """
    state = commitment_state(purchase)
    if state == CommitmentState.DENIED or purchase.state == PurchaseState.DENIED:
        return Decision.DENIED
    if state == CommitmentState.CANCELLED or purchase.state == PurchaseState.CANCELLED:
        return Decision.CANCELLED
    if state == CommitmentState.PROVISIONED or purchase.state == PurchaseState.ONGOING:
        return Decision.APPROVED
    # A purchase that was closed before anybody decided was not approved.
    if purchase.state == PurchaseState.CLOSED and state not in (CommitmentState.CREATED, CommitmentState.UNDER_REVIEW):
        return Decision.APPROVED
    return None


def decided_by(purchase: Purchase) -> str | None:
    """Return the name of the last person who changed the commitment, or else the purchase. None if it is not shown."""
    commitment = purchase.commitment
    modifier = None if not commitment or isinstance(commitment, UnknownCommitment) else commitment.modifier
    found = modifier or purchase.modifier
    return (found.name or None) if found else None


async def until_decided(session: Session, purchase_id: int, timeout: float | None) -> Purchase | Undecided:
    """Read a purchase until it is decided: at once, after pauses that grow, and when the time is over.

    Args:
        session: The session of the client.
        purchase_id: The purchase of a submitted order.
        timeout: Seconds. None: without end.

    Returns the decided purchase, or Undecided when the time is over. Raises ProcurementError if the purchase can never
    be read; an outage is waited through.
    """
    clock, purchases = session.clock, Purchases(session)
    deadline = math.inf if timeout is None else clock.monotonic() + timeout
    pause = FIRST_PAUSE
    while True:
        failed: ProcurementError | None = None
        left = deadline - clock.monotonic()
        try:
            # By the loop's clock: a clock of the caller's own may run ahead of the network.
            async with asyncio.timeout(None if left == math.inf else max(left, LAST_LOOK)):
                purchase = await purchases.get(purchase_id)
            if decision_of(purchase) is not None:
                return purchase
        except (NotSent, OutcomeUnknown, RateLimited, ServerError) as error:
            failed = error
        except TimeoutError:
            return Undecided(failed)
        # The last look has a second to end in before the time is over.
        left = deadline - clock.monotonic() - LAST_LOOK
        if left <= 0:
            return Undecided(failed)
        await clock.sleep(min(pause, left))
        pause = min(LONGEST_PAUSE, pause * _GROWTH)
