"""Operations of Lucca procurement API.

Suppliers, as reference data.
"""

from __future__ import annotations

from typing import cast as _cast

from .. import _call, _read, _url
from .. import models as _models
from ..models import PagingMember, Supplier, SupplierPage, SupplierState
from ..types import UNSET, Request, Sender, Unset


async def list_suppliers(
    client: Sender,
    *,
    state: SupplierState | Unset = UNSET,
    search_terms: str | Unset = UNSET,
    fields_root: list[PagingMember] | Unset = UNSET,
    page: str | int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> SupplierPage | list[Supplier]:
    """List suppliers, one page at a time.

    The response contains bank accounts and contacts of people. Do not log it.

    `GET /cleemy-procurement/api/suppliers`

    Args:
        client: Sends the request.
        state: Only suppliers in this state. Lucca does not document which states the list has without this parameter.
        search_terms: Only suppliers that match these words. Lucca does not document which members it searches.
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
            operation="list_suppliers",
            method="GET",
            target="/cleemy-procurement/api/suppliers"
            + _url.query(
                ("state", _call.optional("state", state, _models._read_SupplierState), True),
                ("search.terms", _call.optional("search_terms", search_terms, _read.text), True),
                ("fields.root", _call.optional("fields_root", fields_root, _models._read_array_of_PagingMember), False),
                ("page", _call.optional("page", page, _models._read_text_or_int32), True),
                ("limit", _call.optional("limit", limit, _models._read_integer_0_to_1000), True),
            ),
        )
    )
    return _cast(
        "SupplierPage | list[Supplier]",
        await _call.result(
            "list_suppliers", _response, {200: _models._read_SupplierPage_or_array_of_Supplier}, _models._read_Problem
        ),
    )
