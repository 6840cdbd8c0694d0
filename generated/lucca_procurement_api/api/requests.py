"""Operations of Lucca procurement API: The request for approval of a commitment."""

from __future__ import annotations

from typing import cast as _cast

from .. import _call, _read, _url
from .. import models as _models
from ..models import ApprovalRequest, Problem, RequestCancellation
from ..types import Request, Sender


async def create_commitment_request(client: Sender, id: int) -> ApprovalRequest:
    """Ask for the approval of a commitment.

    The body is empty: `Content-Length: 0` and no `Content-Type`. The guide says that requests are approved by the
    customer's configuration; the answer's `Pending` and `assignee` say that a person may have to. Keep the answer's
    `id`: it is needed to cancel the request, and there is no way to look it up.

    `POST /cleemy-procurement/api/commitments/{id}/requests`

    Args:
        client: What sends the request.
        id: The commitment's id.

    Raises:
        InvalidData: An argument is not of the type that the contract says, or beyond its bounds. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201.
        DecodeError: The status is, but the body cannot be read.
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
            {200: ApprovalRequest.from_dict, 201: ApprovalRequest.from_dict},
            Problem.from_dict,
        ),
    )


async def cancel_request(client: Sender, id: int, *, body: RequestCancellation) -> None:
    """Cancel a request for approval.

    The answer is not documented: 200, 201 and 204 all mean that it is done, and no body is read *(guide)*.

    `POST /cleemy-procurement/api/requests/{id}/cancellations`

    Args:
        client: What sends the request.
        id: The request's id.
        body: Why a request is cancelled *(guide)*.

    Raises:
        InvalidData: An argument is not of the type that the contract says, or beyond its bounds. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201 or 204.
    """
    _response = await client.send(
        Request(
            operation="cancel_request",
            method="POST",
            target="/cleemy-procurement/api/requests/"
            + _url.segment("id", _call.argument("id", id, _models._read_int32))
            + "/cancellations",
            content=_call.content(body, RequestCancellation.from_dict),
        )
    )
    await _call.result(
        "cancel_request", _response, {200: _read.nothing, 201: _read.nothing, 204: _read.nothing}, Problem.from_dict
    )
