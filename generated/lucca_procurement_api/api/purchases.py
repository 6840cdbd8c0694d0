"""Operations of Lucca procurement API.

A purchase names its owner, nature and supplier. Its commitment has the amount.
"""

from __future__ import annotations

from typing import cast as _cast

from .. import _call, _read, _url
from .. import models as _models
from ..models import PagingMember, Purchase, PurchaseClosing, PurchaseCreation, PurchaseIdentifier, PurchasePage
from ..types import UNSET, Request, Sender, Unset


async def list_purchases(
    client: Sender,
    *,
    fields_root: list[PagingMember] | Unset = UNSET,
    page: str | int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> PurchasePage | list[Purchase]:
    """List purchases, one page at a time.

    The endpoint has no filter and no sort parameter. Lucca does not document the order of the list.

    `GET /cleemy-procurement/api/purchases`

    Args:
        client: Sends the request.
        fields_root: The members `next`, `prev` or `count` that the response has besides the items. Without this parameter,
            it has none.
        page: The page, as the opaque token of `next` or `prev`. The number of the page, from 1 on, also works. Only
            public clients of the API use it.
        limit: The maximum number of items of a page. 0 returns the count alone. Lucca does not document the default.
            Therefore always send it.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200.
        DecodeError: The status is a success, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="list_purchases",
            method="GET",
            target="/cleemy-procurement/api/purchases"
            + _url.query(
                ("fields.root", _call.optional("fields_root", fields_root, _models._read_array_of_PagingMember), False),
                ("page", _call.optional("page", page, _models._read_text_or_int32), True),
                ("limit", _call.optional("limit", limit, _models._read_integer_0_to_1000), True),
            ),
        )
    )
    return _cast(
        "PurchasePage | list[Purchase]",
        await _call.result(
            "list_purchases", _response, {200: _models._read_PurchasePage_or_array_of_Purchase}, _models._read_Problem
        ),
    )


async def create_purchase(client: Sender, *, body: PurchaseCreation) -> Purchase | PurchaseIdentifier:
    """Create a purchase, without a commitment yet.

    Lucca documents 201. This contract also accepts 200, as for every create. Rely only on the `id` of the response:
    Lucca's sample, which many of its pages share, shows an unrelated, closed subscription. Lucca's guide names the
    id `purchaseId`.

    `POST /cleemy-procurement/api/purchases`

    Args:
        client: Sends the request.
        body: A purchase to create. The cost center, the establishment and the department can be absent. Our
            assumption (required-members); Lucca does not document it. The server refuses a purchase without a
            member that the customer's configuration requires.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201.
        DecodeError: The status is a success, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="create_purchase",
            method="POST",
            target="/cleemy-procurement/api/purchases",
            content=_call.content(body, _models._read_PurchaseCreation),
        )
    )
    return _cast(
        "Purchase | PurchaseIdentifier",
        await _call.result(
            "create_purchase",
            _response,
            {200: _models._read_Purchase_or_PurchaseIdentifier, 201: _models._read_Purchase_or_PurchaseIdentifier},
            _models._read_Problem,
        ),
    )


async def get_purchase(client: Sender, id: int) -> Purchase:
    """Read one purchase.

    This endpoint shows the progress of an approval. No endpoint returns a single commitment or request.

    `GET /cleemy-procurement/api/purchases/{id}`

    Args:
        client: Sends the request.
        id: The purchase's id.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200.
        DecodeError: The status is a success, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="get_purchase",
            method="GET",
            target="/cleemy-procurement/api/purchases/"
            + _url.segment("id", _call.argument("id", id, _models._read_int32)),
        )
    )
    return _cast(
        "Purchase", await _call.result("get_purchase", _response, {200: _models._read_Purchase}, _models._read_Problem)
    )


async def close_purchase(client: Sender, id: int, *, body: PurchaseClosing) -> None:
    """Close a purchase.

    Only Lucca's guide documents it. Lucca closes a purchase only if each of its invoices is approved and paid, or
    cancelled. 200, 201 and 204 all mean success, and the client does not read the body. Our assumption (done);
    Lucca does not document it.

    `POST /cleemy-procurement/api/purchases/{id}/closing`

    Args:
        client: Sends the request.
        id: The purchase's id.
        body: The reason for the closing of a purchase, and its day. Only Lucca's guide documents it.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201 or 204.
    """
    _response = await client.send(
        Request(
            operation="close_purchase",
            method="POST",
            target="/cleemy-procurement/api/purchases/"
            + _url.segment("id", _call.argument("id", id, _models._read_int32))
            + "/closing",
            content=_call.content(body, _models._read_PurchaseClosing),
        )
    )
    await _call.result(
        "close_purchase", _response, {200: _read.nothing, 201: _read.nothing, 204: _read.nothing}, _models._read_Problem
    )
