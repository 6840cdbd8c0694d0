"""Purchases, their commitments, and the requests to approve those."""

from __future__ import annotations

from datetime import date as _date

from lucca_procurement_api import api
from lucca_procurement_api.types import Sender

from ._wire.session import Call, Session
from .errors import InvalidArgument
from .models import (
    ApprovalRequest,
    CommitmentIdentifier,
    CommitmentItems,
    CommitmentState,
    OneTimeCommitment,
    OneTimeCommitmentCreation,
    OneTimeCommitmentForPurchaseCreation,
    Purchase,
    PurchaseClosing,
    PurchaseCreation,
    PurchaseIdentifier,
    RequestCancellation,
    SubscriptionCommitment,
    SubscriptionCommitmentCreation,
    SubscriptionCommitmentForPurchaseCreation,
    UnknownCommitment,
)
from .pages import Paginator, Token, paginate

__all__ = ("ApprovalRequests", "Commitments", "Purchases")


class Purchases:
    """`lucca.purchases`: who wants what, from whom."""

    def __init__(self, session: Session | Call) -> None:
        self._session = session

    async def create(self, body: PurchaseCreation) -> Purchase:
        """Create a purchase, without a commitment yet. Of the answer rely on `id`: its sample shows another purchase.

        Raises OutcomeUnknown where it may have been created all the same; `lucca.orders.submit` looks for it then.
        """
        created = await self._session(api.create_purchase, body=body)
        if isinstance(created, PurchaseIdentifier):
            return Purchase(id=created.purchase_id)
        return created

    async def get(self, id: int) -> Purchase:
        """Read one purchase. Raises NotFound also where the key has no access to it."""
        return await self._session(api.get_purchase, id)

    async def close(self, id: int, *, comment: str, date: _date) -> None:
        """Close a purchase on a day. Refused unless its invoices are approved and paid, or cancelled."""
        await self._session(api.close_purchase, id, body=PurchaseClosing(comment=comment, date=date))

    def iterate(self, page_size: int = 100, start: Token = None) -> Paginator[Purchase]:
        """List all purchases, in an order that is not documented.

        `page_size` from 1 to 1,000, `start` a `next_token`.
        """
        return paginate(self._session, api.list_purchases, page_size, start)


class Commitments:
    """`lucca.commitments`: for how much, once or by subscription."""

    def __init__(self, session: Session | Call) -> None:
        self._session = session

    async def create(
        self, purchase_id: int, body: OneTimeCommitmentCreation | SubscriptionCommitmentCreation
    ) -> OneTimeCommitment | SubscriptionCommitment | UnknownCommitment:
        """Create the commitment of a purchase, which has one. Of the answer rely on `id` alone.

        It goes to `purchases/{id}/commitment`, or to `commitments` where the client was made with
        `commitment_path="commitments"`: the documentation has both. Raises OutcomeUnknown where it may have been
        created.
        """
        if not isinstance(body, OneTimeCommitmentCreation | SubscriptionCommitmentCreation):
            raise InvalidArgument(
                "body must be a OneTimeCommitmentCreation or a SubscriptionCommitmentCreation, "
                f"not {type(body).__name__}"
            )
        by_purchase = self._session.settings.commitment_path == "purchase"
        operation = api.create_commitment if by_purchase else create_commitment_for_purchase
        created = await self._session(operation, purchase_id, body=body)
        if isinstance(created, CommitmentItems):
            return created.items[0]
        if isinstance(created, CommitmentIdentifier):
            kind = OneTimeCommitment if isinstance(body, OneTimeCommitmentCreation) else SubscriptionCommitment
            return kind(id=created.commitment_id)
        return created


class ApprovalRequests:
    """`lucca.requests`: ask for approval, and take that back."""

    def __init__(self, session: Session | Call) -> None:
        self._session = session

    async def create(self, commitment_id: int) -> ApprovalRequest:
        """Ask for the approval of a commitment. Keep the answer's `id`: cancelling needs it, and nothing else has it.

        Raises OutcomeUnknown where it may have been created: read the purchase then, whose commitment left `Created`.
        """
        return await self._session(api.create_commitment_request, commitment_id)

    async def cancel(self, id: int, *, comment: str) -> None:
        """Cancel a request for approval."""
        await self._session(api.cancel_request, id, body=RequestCancellation(comment=comment))


def commitment_state(purchase: Purchase) -> CommitmentState | None:
    """Give the state of a purchase's commitment, None where it has none, or none that is told."""
    commitment = purchase.commitment
    if not commitment or isinstance(commitment, UnknownCommitment):
        return None
    return commitment.state or None


async def create_commitment_for_purchase(
    client: Sender, id: int, *, body: OneTimeCommitmentCreation | SubscriptionCommitmentCreation
) -> OneTimeCommitment | SubscriptionCommitment | UnknownCommitment | CommitmentIdentifier | CommitmentItems:
    kind = (
        OneTimeCommitmentForPurchaseCreation
        if isinstance(body, OneTimeCommitmentCreation)
        else SubscriptionCommitmentForPurchaseCreation
    )
    return await api.create_commitment_for_purchase(client, body=kind.from_dict({**body.to_dict(), "purchaseId": id}))
