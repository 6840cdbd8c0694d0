"""Operations of Lucca procurement API.

Natures of purchases, as reference data.
"""

from __future__ import annotations

from typing import cast as _cast

from .. import _call, _url
from .. import models as _models
from ..models import Nature, NaturePage, PagingMember
from ..types import UNSET, Request, Sender, Unset


async def list_natures(
    client: Sender,
    *,
    fields_root: list[PagingMember] | Unset = UNSET,
    page: str | int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> NaturePage | list[Nature]:
    """List natures of purchases, one page at a time.

    The endpoint has no filter and no sort parameter.

    `GET /cleemy-procurement/api/natures`

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
            operation="list_natures",
            method="GET",
            target="/cleemy-procurement/api/natures"
            + _url.query(
                ("fields.root", _call.optional("fields_root", fields_root, _models._read_array_of_PagingMember), False),
                ("page", _call.optional("page", page, _models._read_text_or_int32), True),
                ("limit", _call.optional("limit", limit, _models._read_integer_0_to_1000), True),
            ),
        )
    )
    return _cast(
        "NaturePage | list[Nature]",
        await _call.result(
            "list_natures", _response, {200: _models._read_NaturePage_or_array_of_Nature}, _models._read_Problem
        ),
    )
