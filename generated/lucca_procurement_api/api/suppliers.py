"""Operations of Lucca procurement API: Suppliers, as reference data."""

from __future__ import annotations

from typing import cast as _cast

from .. import _call, _read, _url
from .. import models as _models
from ..models import PagingMember, Problem, Supplier, SupplierPage, SupplierState
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

    The answer holds bank accounts and contacts of people; keep it out of logs.

    `GET /cleemy-procurement/api/suppliers`

    Args:
        client: What sends the request.
        state: Only suppliers in this state. Without it, which states are listed is not documented.
        search_terms: Only suppliers that match these words; which members are searched is not documented.
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
            operation="list_suppliers",
            method="GET",
            target="/cleemy-procurement/api/suppliers"
            + _url.query(
                ("state", _call.optional("state", state, SupplierState.read), True),
                ("search.terms", _call.optional("search_terms", search_terms, _read.text), True),
                ("fields.root", _call.optional("fields_root", fields_root, _models._read_array_of_PagingMember), False),
                ("page", _call.optional("page", page, _models._read_text_or_int32), True),
                ("limit", _call.optional("limit", limit, _models._read_int32_0_to_1000), True),
            ),
        )
    )
    return _cast(
        "SupplierPage | list[Supplier]",
        await _call.result(
            "list_suppliers", _response, {200: _models._read_SupplierPage_or_array_of_Supplier}, Problem.from_dict
        ),
    )
