"""Purchases, their commitments, and the requests to approve the commitments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date as _date
from typing import TypeAlias

from lucca_procurement_api import api
from lucca_procurement_api.types import Sender

from ._wire.session import Call, Session
from .errors import InvalidArgument, NotFound, NotSent, OutcomeUnknown, ResponseError
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

_Created: TypeAlias = (
    OneTimeCommitment | SubscriptionCommitment | UnknownCommitment | CommitmentIdentifier | CommitmentItems
)
_NO_PATH = (404, 405)
"""The statuses of a path that a Lucca does not have."""


class Purchases:
    """`lucca.purchases`: create, read, close and list purchases."""

    def __init__(self, session: Session | Call) -> None:
        self._session = session

    async def create(self, body: PurchaseCreation) -> Purchase:
        """Create a purchase without a commitment, and return it.

        Rely only on the `id` of the result: the documentation's sample answer shows another purchase. Each create
        returns an id. Our assumption (created); Lucca does not document it.

        Args:
            body: The purchase to create.

        Raises OutcomeUnknown if the server may have created it. `lucca.orders.submit` looks for it in this case. Raises
        another ProcurementError if the request fails.
        """
        created = await self._session(api.create_purchase, body=body)
        if isinstance(created, PurchaseIdentifier):
            return Purchase(id=created.purchase_id)
        return created

    async def get(self, id: int) -> Purchase:
        """Return one purchase.

        Args:
            id: The id of the purchase.

        Raises NotFound if the purchase does not exist, or if the key has no access to it. Raises another
        ProcurementError if the request fails.
        """
        return await self._session(api.get_purchase, id)

    async def close(self, id: int, *, comment: str, date: _date | str) -> None:
        """Close a purchase on a day.

        Args:
            id: The id of the purchase.
            comment: The reason, for the people in Lucca.
            date: The day of the closing, as a date or as text such as `2025-04-20`.

        Raises InvalidArgument if `date` is no date. Raises ResponseError if the server rejects it, such as when an
        invoice is neither approved and paid nor cancelled. Raises OutcomeUnknown if the server may have closed it.
        Raises another ProcurementError if the request fails.
        """
        await self._session(close_purchase, id, comment=comment, date=date)

    def iterate(self, page_size: int = 100, start: Token = None) -> Paginator[Purchase]:
        """Return a paginator of all purchases. Their order is not documented.

        Args:
            page_size: The number of purchases in a page, from 0 to 1000.
            start: The page to begin with, such as `next_token` of an error. If it is None, the first page.

        Raises InvalidArgument if an argument is invalid.
        """
        return paginate(self._session, api.list_purchases, page_size, start)


class Commitments:
    """`lucca.commitments`: create the commitment of a purchase, one-time or as a subscription."""

    def __init__(self, session: Session | Call) -> None:
        self._session = session

    async def create(
        self, purchase_id: int, body: OneTimeCommitmentCreation | SubscriptionCommitmentCreation
    ) -> OneTimeCommitment | SubscriptionCommitment | UnknownCommitment:
        """Create the commitment of a purchase, and return it.

        Lucca refuses a second one. Our assumption (second-commitment); Lucca does not document it.

        Rely only on the `id` of the result. The client's `commitment_path` determines the path of the request.

        Args:
            purchase_id: The id of the purchase.
            body: The commitment to create.

        Raises InvalidArgument if `body` is not a commitment to create. Raises OutcomeUnknown if the server may have
        created it. Raises another ProcurementError if the request fails.
        """
        if not isinstance(body, OneTimeCommitmentCreation | SubscriptionCommitmentCreation):
            raise InvalidArgument(
                "body must be a OneTimeCommitmentCreation or a SubscriptionCommitmentCreation, "
                f"not {type(body).__name__}"
            )
        created = await self._create(purchase_id, body)
        if isinstance(created, CommitmentItems):
            return created.items[0]
        if isinstance(created, CommitmentIdentifier):
            kind = OneTimeCommitment if isinstance(body, OneTimeCommitmentCreation) else SubscriptionCommitment
            return kind(id=created.commitment_id)
        return created

    async def _create(
        self, purchase_id: int, body: OneTimeCommitmentCreation | SubscriptionCommitmentCreation
    ) -> _Created:
        session = self._session.session if isinstance(self._session, Call) else self._session
        setting, kind = session.settings.commitment_path, body.type_
        if setting == "by-kind":
            setting = "commitments" if isinstance(body, OneTimeCommitmentCreation) else "purchase"
        first = session.commitment_paths.get(kind, "purchase") if setting == "auto" else setting
        try:
            return await self._session(_operation(first), purchase_id, body=body)
        except ResponseError as error:
            if error.status not in _NO_PATH:
                raise
            if setting != "auto":
                error.advice = f'{error.advice} If the purchase exists, try commitment_path="auto".'.strip()
                raise
            rejection = error
        if isinstance(self._session, Call):
            # The rejected request created nothing. A cancellation need not wait for the read.
            self._session.waiting = True
        # A missing purchase answers 404 at both paths. One that has a commitment may answer 404 to a second one.
        if not await _lacks_commitment(session, purchase_id):
            raise rejection
        other = "commitments" if first == "purchase" else "purchase"
        try:
            created = await self._session(_operation(other), purchase_id, body=body)
        except ResponseError as error:
            raise (rejection if error.status in _NO_PATH else error) from None
        session.commitment_paths[kind] = other
        return created


class ApprovalRequests:
    """`lucca.requests`: request the approval of a commitment, and cancel such a request."""

    def __init__(self, session: Session | Call) -> None:
        self._session = session

    async def create(self, commitment_id: int) -> ApprovalRequest:
        """Request the approval of a commitment, and return the request.

        Lucca refuses a second one. Our assumption (second-request); Lucca does not document it.

        Store the `id` of the result. `cancel` needs it, and no other operation returns it.

        Args:
            commitment_id: The id of the commitment.

        Raises OutcomeUnknown if the server may have created the request. Read the purchase in this case: if the request
        exists, the state of the commitment is no longer `Created`. Raises another ProcurementError if the request
        fails.
        """
        return await self._session(api.create_commitment_request, commitment_id)

    async def cancel(self, id: int, *, comment: str) -> None:
        """Cancel a request for approval.

        Args:
            id: The id of the request for approval.
            comment: The reason, for the people in Lucca.

        Raises OutcomeUnknown if the server may have cancelled it. Raises another ProcurementError if the request fails.
        """
        await self._session(api.cancel_request, id, body=RequestCancellation(comment=comment))


def commitment_state(purchase: Purchase) -> CommitmentState | None:
    """Return the state of a purchase's commitment, or None if there is no commitment or its state is not shown.

    Args:
        purchase: The purchase.
    """
    commitment = purchase.commitment
    if not commitment or isinstance(commitment, UnknownCommitment):
        return None
    return commitment.state


async def close_purchase(client: Sender, id: int, *, comment: str, date: _date | str) -> None:
    """Close a purchase. The session converts the error of a wrong day, because the function makes the body."""
    await api.close_purchase(client, id, body=PurchaseClosing(comment=comment, date=date))


async def create_commitment_for_purchase(
    client: Sender, id: int, *, body: OneTimeCommitmentCreation | SubscriptionCommitmentCreation
) -> _Created:
    """Create a commitment by a POST to `commitments`. The arguments are those of `api.create_commitment`."""
    kind = (
        OneTimeCommitmentForPurchaseCreation
        if isinstance(body, OneTimeCommitmentCreation)
        else SubscriptionCommitmentForPurchaseCreation
    )
    return await api.create_commitment_for_purchase(client, body=kind.from_dict({**body.to_dict(), "purchaseId": id}))


async def _lacks_commitment(session: Session, purchase_id: int) -> bool:
    """Return True if a purchase exists and has no commitment. Raises ProcurementError if it cannot be read."""
    try:
        return not (await Purchases(session).get(purchase_id)).commitment
    except NotFound:
        return False
    except OutcomeUnknown as error:
        # This must not look like an unknown outcome of the commitment, which was not sent.
        raise NotSent(
            f"the commitment was not sent to the second path, as the purchase cannot be read: {error}"
        ) from None


def _operation(path: str) -> Callable[..., Awaitable[_Created]]:
    return api.create_commitment if path == "purchase" else create_commitment_for_purchase
