"""Operations of Lucca procurement API.

The tax rates in force, as reference data.
"""

from __future__ import annotations

from datetime import date as _date
from typing import cast as _cast

from .. import _call, _read, _url
from .. import models as _models
from ..models import TaxRate
from ..types import Request, Sender


async def list_tax_rates(client: Sender, *, date: _date, territory_id: str | int) -> list[TaxRate]:
    """List the tax rates in force in a territory on a day.

    The response is the whole list as a bare array.

    `GET /cleemy-procurement/taxes/api/rates`

    Args:
        client: Sends the request.
        date: The day on which the rates are in force.
        territory_id: The territory. A country code (`FR`) or a number. Lucca documents both.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200.
        DecodeError: The status is a success, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="list_tax_rates",
            method="GET",
            target="/cleemy-procurement/taxes/api/rates"
            + _url.query(
                ("date", _call.argument("date", date, _read.day), True),
                ("territoryId", _call.argument("territory_id", territory_id, _models._read_text_or_int32), True),
            ),
        )
    )
    return _cast(
        "list[TaxRate]",
        await _call.result("list_tax_rates", _response, {200: _models._read_array_of_TaxRate}, _models._read_Problem),
    )
