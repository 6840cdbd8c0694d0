"""Build the models of an order from the values that people have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from lucca_procurement_api.errors import ApiError
from lucca_procurement_api.types import UNSET

from ._wire.text import shown
from .errors import InvalidArgument
from .models import (
    CostCenter,
    Currency,
    Duration,
    File,
    Nature,
    PurchaseCreation,
    Supplier,
    SupplierChoice,
    TaxedAmount,
    TaxRate,
)
from .taxes import exact_value, taxed_amount

__all__ = (
    "DURATION",
    "MOST_ATTACHMENTS",
    "ExactNumber",
    "FileId",
    "amount_of",
    "duration_of",
    "file_ids",
    "invalid_argument",
    "purchase",
    "text_of",
)

ExactNumber = Decimal | int | str
FileId = File | UUID | str
T = TypeVar("T")

MOST_ATTACHMENTS = 3
DURATION = re.compile(r"([0-9]{1,4}) ?(day|week|month|year)s?", re.IGNORECASE)


@contextmanager
def invalid_argument() -> Iterator[None]:
    """Turn the errors of the models in a block into InvalidArgument."""
    try:
        yield
    except InvalidArgument:
        raise
    except (ApiError, TypeError, ValueError) as error:
        raise InvalidArgument(str(error)) from None


def purchase(
    *,
    title: str,
    supplier: int | Supplier | SupplierChoice,
    owner: int,
    nature: int | Nature,
    cost_center: int | CostCenter | None,
    establishment: int | None,
    department: int | None,
    axis_sections: Iterable[int],
) -> PurchaseCreation:
    """Return the purchase of an order. `Order.one_time` describes the arguments.

    Raises InvalidArgument, which names the argument, if one is invalid.
    """
    if not isinstance(supplier, SupplierChoice):
        supplier = SupplierChoice(id=_id("supplier", supplier))
    return PurchaseCreation(
        title=text_of("title", title),
        supplier=supplier,
        owner_id=_id("owner", owner),
        nature_id=_id("nature", nature),
        cost_center_id=UNSET if cost_center is None else _id("cost_center", cost_center),
        establishment_id=UNSET if establishment is None else _id("establishment", establishment),
        department_id=UNSET if department is None else _id("department", department),
        axis_section_ids=[_id("axis_sections", each) for each in _several("axis_sections", axis_sections)] or UNSET,
    )


def amount_of(
    name: str, amount: ExactNumber | TaxedAmount, currency: Currency | str, taxes: Iterable[TaxRate]
) -> TaxedAmount:
    """Return an amount with its taxes. Raises InvalidArgument, which names it, if it is invalid."""
    rates = _several("taxes", taxes)
    if not isinstance(amount, TaxedAmount):
        exact = exact_value(name, amount)
        try:
            return taxed_amount(exact, currency, *rates)
        except InvalidArgument as error:
            error.reason = f"{name}: {error.reason}"
            raise
    if rates:
        raise InvalidArgument(f"{name} is a TaxedAmount, which has its own taxes: leave out `taxes`")
    if currency not in ("EUR", amount.excluding_taxes.currency):
        raise InvalidArgument(f"{name} is in {amount.excluding_taxes.currency}, and currency is {currency}")
    return amount


def duration_of(name: str, value: str | Duration) -> Duration:
    """Return a duration of text such as `12 months`. Raises InvalidArgument, which names it, if it is no duration."""
    if isinstance(value, Duration):
        return value
    found = DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidArgument(f'{name} must be a duration such as "12 months" or "1 year", not {shown(value)}')
    return Duration(value=int(found[1]), unit=found[2].capitalize())


def file_ids(attachments: Iterable[FileId]) -> list[UUID]:
    """Return the ids of uploaded files. Raises InvalidArgument if one is no file, or if there are too many."""
    found: list[UUID] = []
    for index, each in enumerate(_several("attachments", attachments)):
        id = each.id if isinstance(each, File) else each
        try:
            found.append(id if isinstance(id, UUID) else UUID(id))
        except (ValueError, TypeError, AttributeError):
            raise InvalidArgument(
                f"attachments[{index}] must be an uploaded File or its id, not {shown(each)}"
            ) from None
    if len(found) > MOST_ATTACHMENTS:
        raise InvalidArgument(f"attachments must be at most {MOST_ATTACHMENTS} files, not {len(found)}")
    return found


def _several(name: str, values: Iterable[T]) -> tuple[T, ...]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidArgument(f"{name} must be a list, not {shown(values)}")
    return tuple(values)


def text_of(name: str, value: str) -> str:
    """Return a value that must be text. Raises InvalidArgument, which names it, if it is not."""
    if not isinstance(value, str):
        raise InvalidArgument(f"{name} must be text, not {shown(value)}")
    return value


def _id(name: str, value: int | Supplier | Nature | CostCenter) -> int:
    id = value.id if isinstance(value, Supplier | Nature | CostCenter) else value
    if isinstance(id, bool) or not isinstance(id, int):
        raise InvalidArgument(f"{name} must be an id, which is a whole number, not {shown(value)}")
    return id
