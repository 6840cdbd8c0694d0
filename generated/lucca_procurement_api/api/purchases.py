"""Operations of Lucca procurement API: A purchase says who wants what from whom; its commitment says for how much."""

from __future__ import annotations

from typing import cast as _cast

from .. import _call, _read, _url
from .. import models as _models
from ..models import (
    PagingMember,
    Problem,
    Purchase,
    PurchaseClosing,
    PurchaseCreation,
    PurchaseIdentifier,
    PurchasePage,
)
from ..types import UNSET, Request, Sender, Unset


async def list_purchases(
    client: Sender,
    *,
    fields_root: list[PagingMember] | Unset = UNSET,
    page: str | int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> PurchasePage | list[Purchase]:
    """List purchases, one page at a time.

    There is no sort parameter and no filter, and the order of the list is not documented.

    `GET /cleemy-procurement/api/purchases`

    Args:
        client: What sends the request.
        fields_root: Which of `next`, `prev` and `count` to answer beside the items. None of them comes unasked.
        page: Which page - the opaque token of `next` or `prev`, or a page's number, counted from 1 *(public
            clients)*.
        limit: The most items a page may hold. 0 is for counting alone. The default is not documented, so always send
            it.

    Raises:
        InvalidData: An argument is not of the type that the contract says, or beyond its bounds. Nothing was sent.
        UnexpectedStatus: The status is not 200.
        DecodeError: The status is, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="list_purchases",
            method="GET",
            target="/cleemy-procurement/api/purchases"
            + _url.query(
                ("fields.root", _call.optional("fields_root", fields_root, _models._read_array_of_PagingMember), False),
                ("page", _call.optional("page", page, _models._read_text_or_int32), True),
                ("limit", _call.optional("limit", limit, _models._read_int32_0_to_1000), True),
            ),
        )
    )
    return _cast(
        "PurchasePage | list[Purchase]",
        await _call.result(
            "list_purchases", _response, {200: _models._read_PurchasePage_or_array_of_Purchase}, Problem.from_dict
        ),
    )


async def create_purchase(client: Sender, *, body: PurchaseCreation) -> Purchase | PurchaseIdentifier:
    """Create a purchase, without a commitment yet.

    The documented answer is 201; 200 is taken as well, as for every create. The sample answer is one shared by many
    pages and shows an unrelated, closed subscription: rely on its `id` alone. The guide calls that member
    `purchaseId`.

    `POST /cleemy-procurement/api/purchases`

    Args:
        client: What sends the request.
        body: A purchase to create.

    Raises:
        InvalidData: An argument is not of the type that the contract says, or beyond its bounds. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201.
        DecodeError: The status is, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="create_purchase",
            method="POST",
            target="/cleemy-procurement/api/purchases",
            content=_call.content(body, PurchaseCreation.from_dict),
        )
    )
    return _cast(
        "Purchase | PurchaseIdentifier",
        await _call.result(
            "create_purchase",
            _response,
            {200: _models._read_Purchase_or_PurchaseIdentifier, 201: _models._read_Purchase_or_PurchaseIdentifier},
            Problem.from_dict,
        ),
    )


async def get_purchase(client: Sender, id: int) -> Purchase:
    """Read one purchase.

    The only way to see how an approval goes: neither a commitment nor a request can be read by itself.

    `GET /cleemy-procurement/api/purchases/{id}`

    Args:
        client: What sends the request.
        id: The purchase's id.

    Raises:
        InvalidData: An argument is not of the type that the contract says, or beyond its bounds. Nothing was sent.
        UnexpectedStatus: The status is not 200.
        DecodeError: The status is, but the body cannot be read.
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
        "Purchase", await _call.result("get_purchase", _response, {200: Purchase.from_dict}, Problem.from_dict)
    )


async def close_purchase(client: Sender, id: int, *, body: PurchaseClosing) -> None:
    """Close a purchase.

    Refused unless every invoice of the purchase is approved and paid, or cancelled. The answer is not documented:
    200, 201 and 204 all mean that it is done, and no body is read *(guide)*.

    `POST /cleemy-procurement/api/purchases/{id}/closing`

    Args:
        client: What sends the request.
        id: The purchase's id.
        body: Why and when a purchase is closed *(guide)*.

    Raises:
        InvalidData: An argument is not of the type that the contract says, or beyond its bounds. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201 or 204.
    """
    _response = await client.send(
        Request(
            operation="close_purchase",
            method="POST",
            target="/cleemy-procurement/api/purchases/"
            + _url.segment("id", _call.argument("id", id, _models._read_int32))
            + "/closing",
            content=_call.content(body, PurchaseClosing.from_dict),
        )
    )
    await _call.result(
        "close_purchase", _response, {200: _read.nothing, 201: _read.nothing, 204: _read.nothing}, Problem.from_dict
    )
