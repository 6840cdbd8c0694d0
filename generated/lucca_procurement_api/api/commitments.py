"""Operations of Lucca procurement API.

A commitment is the amount of a purchase. It is paid once or by subscription. A purchase has one commitment.
"""

from __future__ import annotations

from typing import cast as _cast

from .. import _call, _url
from .. import models as _models
from ..models import (
    CommitmentIdentifier,
    CommitmentItems,
    OneTimeCommitment,
    OneTimeCommitmentCreation,
    OneTimeCommitmentForPurchaseCreation,
    SubscriptionCommitment,
    SubscriptionCommitmentCreation,
    SubscriptionCommitmentForPurchaseCreation,
    UnknownCommitment,
)
from ..types import Request, Sender


async def create_commitment(
    client: Sender, id: int, *, body: OneTimeCommitmentCreation | SubscriptionCommitmentCreation
) -> OneTimeCommitment | SubscriptionCommitment | UnknownCommitment | CommitmentIdentifier | CommitmentItems:
    """Create the commitment of a purchase.

    Lucca's reference documents this path. Lucca's newer guide uses it only for subscriptions, and
    `create_commitment_for_purchase` for one-time commitments. Use this path first for both kinds. Do not try the
    other path while the outcome of the first is unknown.

    `POST /cleemy-procurement/api/purchases/{id}/commitment`

    Args:
        client: Sends the request.
        id: The purchase's id.
        body: A commitment to create. It is paid once, or once for each period.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201.
        DecodeError: The status is a success, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="create_commitment",
            method="POST",
            target="/cleemy-procurement/api/purchases/"
            + _url.segment("id", _call.argument("id", id, _models._read_int32))
            + "/commitment",
            content=_call.content(body, _models._read_OneTimeCommitmentCreation_or_SubscriptionCommitmentCreation),
        )
    )
    return _cast(
        "OneTimeCommitment | SubscriptionCommitment | UnknownCommitment | CommitmentIdentifier | CommitmentItems",
        await _call.result(
            "create_commitment",
            _response,
            {
                200: _models._read_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment_or_CommitmentIdentifier_or_CommitmentItems,
                201: _models._read_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment_or_CommitmentIdentifier_or_CommitmentItems,
            },
            _models._read_Problem,
        ),
    )


async def create_commitment_for_purchase(
    client: Sender, *, body: OneTimeCommitmentForPurchaseCreation | SubscriptionCommitmentForPurchaseCreation
) -> OneTimeCommitment | SubscriptionCommitment | UnknownCommitment | CommitmentIdentifier | CommitmentItems:
    """Create the commitment of the purchase that the body names.

    Only Lucca's guide documents it. Lucca's newer guide uses this path for one-time commitments. Use
    `create_commitment` first.

    `POST /cleemy-procurement/api/commitments`

    Args:
        client: Sends the request.
        body: A commitment, and the id of its purchase.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201.
        DecodeError: The status is a success, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="create_commitment_for_purchase",
            method="POST",
            target="/cleemy-procurement/api/commitments",
            content=_call.content(
                body, _models._read_OneTimeCommitmentForPurchaseCreation_or_SubscriptionCommitmentForPurchaseCreation
            ),
        )
    )
    return _cast(
        "OneTimeCommitment | SubscriptionCommitment | UnknownCommitment | CommitmentIdentifier | CommitmentItems",
        await _call.result(
            "create_commitment_for_purchase",
            _response,
            {
                200: _models._read_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment_or_CommitmentIdentifier_or_CommitmentItems,
                201: _models._read_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment_or_CommitmentIdentifier_or_CommitmentItems,
            },
            _models._read_Problem,
        ),
    )
