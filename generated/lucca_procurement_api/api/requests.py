"""Operations of Lucca procurement API.

The request for approval of a commitment.
"""

from __future__ import annotations

from typing import cast as _cast

from .. import _call, _read, _url
from .. import models as _models
from ..models import ApprovalRequest, RequestCancellation
from ..types import Request, Sender


async def create_commitment_request(client: Sender, id: int) -> ApprovalRequest:
    """Request the approval of a commitment.

    The body is empty: `Content-Length: 0` and no `Content-Type`. According to Lucca's guide, the customer's
    configuration approves requests automatically. The response has a state `Pending` and an `assignee`, so a person
    may have to approve. Keep the `id` of the response: a cancellation needs it, and no endpoint returns it later.

    `POST /cleemy-procurement/api/commitments/{id}/requests`

    Args:
        client: Sends the request.
        id: The commitment's id.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201.
        DecodeError: The status is a success, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="create_commitment_request",
            method="POST",
            target="/cleemy-procurement/api/commitments/"
            + _url.segment("id", _call.argument("id", id, _models._read_int32))
            + "/requests",
        )
    )
    return _cast(
        "ApprovalRequest",
        await _call.result(
            "create_commitment_request",
            _response,
            {200: _models._read_ApprovalRequest, 201: _models._read_ApprovalRequest},
            _models._read_Problem,
        ),
    )


async def cancel_request(client: Sender, id: int, *, body: RequestCancellation) -> None:
    """Cancel a request for approval.

    Only Lucca's guide documents it. 200, 201 and 204 all mean success, and the client does not read the body. Our
    assumption (done); Lucca does not document it.

    `POST /cleemy-procurement/api/requests/{id}/cancellations`

    Args:
        client: Sends the request.
        id: The request's id.
        body: The reason for the cancellation of a request. Only Lucca's guide documents it.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201 or 204.
    """
    _response = await client.send(
        Request(
            operation="cancel_request",
            method="POST",
            target="/cleemy-procurement/api/requests/"
            + _url.segment("id", _call.argument("id", id, _models._read_int32))
            + "/cancellations",
            content=_call.content(body, _models._read_RequestCancellation),
        )
    )
    await _call.result(
        "cancel_request", _response, {200: _read.nothing, 201: _read.nothing, 204: _read.nothing}, _models._read_Problem
    )
