"""Build the models of an order from the values that people have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
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
    OneTimeCommitmentCreation,
    PaymentMethod,
    PurchaseCreation,
    SubscriptionCommitmentCreation,
    Supplier,
    SupplierChoice,
    TaxedAmount,
    TaxRate,
)
from .taxes import exact_value, taxed_amount

__all__ = ("ExactNumber", "FileId", "one_time_commitment", "purchase", "subscription_commitment")

ExactNumber = Decimal | int | str
FileId = File | UUID | str
T = TypeVar("T")

_MOST_ATTACHMENTS = 3

_DURATION = re.compile(r"([0-9]{1,4}) ?(day|week|month|year)s?", re.IGNORECASE)


@contextmanager
def _invalid_argument() -> Iterator[None]:
    """Turn the errors of the models into InvalidArgument."""
    try:
        yield
    except InvalidArgument:
        raise
    except (ApiError, TypeError, ValueError) as error:
        raise InvalidArgument(str(error)) from None


@_invalid_argument()
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

    Raises InvalidArgument if `supplier` is neither an id nor a SupplierChoice.
    """
    if not isinstance(supplier, SupplierChoice):
        supplier = SupplierChoice(id=_id("supplier", supplier))
    if not _text("title", title).strip():
        raise InvalidArgument("title must not be blank: people recognise the purchase by it")
    return PurchaseCreation(
        title=title,
        supplier=supplier,
        owner_id=_id("owner", owner),
        nature_id=_id("nature", nature),
        cost_center_id=UNSET if cost_center is None else _id("cost_center", cost_center),
        establishment_id=UNSET if establishment is None else _id("establishment", establishment),
        department_id=UNSET if department is None else _id("department", department),
        axis_section_ids=[_id("axis_sections", each) for each in _several("axis_sections", axis_sections)] or UNSET,
    )


@_invalid_argument()
def one_time_commitment(
    *,
    amount: ExactNumber | TaxedAmount,
    currency: Currency | str,
    taxes: Iterable[TaxRate],
    cost_date: date | str,
    invoice_date: date | str,
    attachments: Iterable[FileId],
    comment: str | None,
    payment_method: PaymentMethod | str | None,
) -> OneTimeCommitmentCreation:
    """Return the commitment of a one-time order. `Order.one_time` describes the arguments.

    Raises InvalidArgument if an argument is invalid.
    """
    return OneTimeCommitmentCreation(
        cost_date=cost_date,
        invoice_date=invoice_date,
        amount_including_taxes=_amount("amount", amount, currency, taxes),
        attachment_ids=_file_ids(attachments),
        comment=None if comment is None else _text("comment", comment),
        payment_method=payment_method,
    )


@_invalid_argument()
def subscription_commitment(
    *,
    amount_per_period: ExactNumber | TaxedAmount,
    currency: Currency | str,
    taxes: Iterable[TaxRate],
    start_date: date | str,
    first_invoice_date: date | str,
    every: str | Duration,
    duration: str | Duration,
    obligation: str | Duration | None,
    notice: str | Duration | None,
    attachments: Iterable[FileId],
    comment: str | None,
    payment_method: PaymentMethod | str | None,
) -> SubscriptionCommitmentCreation:
    """Return the commitment of a subscription. `Order.subscription` describes the arguments.

    Raises InvalidArgument if an argument is invalid.
    """
    return SubscriptionCommitmentCreation(
        start_date=start_date,
        first_invoice_date=first_invoice_date,
        invoicing_frequency=_duration("every", every),
        subscription_duration=_duration("duration", duration),
        contractual_obligation=None if obligation is None else _duration("obligation", obligation),
        termination_notice=None if notice is None else _duration("notice", notice),
        amount_including_taxes_per_period=_amount("amount_per_period", amount_per_period, currency, taxes),
        attachment_ids=_file_ids(attachments),
        comment=None if comment is None else _text("comment", comment),
        payment_method=payment_method,
    )


def _amount(
    name: str, amount: ExactNumber | TaxedAmount, currency: Currency | str, taxes: Iterable[TaxRate]
) -> TaxedAmount:
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


def _duration(name: str, value: str | Duration) -> Duration:
    if isinstance(value, Duration):
        return value
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidArgument(f'{name} must be a duration such as "12 months" or "1 year", not {shown(value)}')
    return Duration(value=int(found[1]), unit=found[2].capitalize())


def _file_ids(attachments: Iterable[FileId]) -> list[UUID]:
    found: list[UUID] = []
    for index, each in enumerate(_several("attachments", attachments)):
        id = each.id if isinstance(each, File) else each
        try:
            found.append(id if isinstance(id, UUID) else UUID(id))
        except (ValueError, TypeError, AttributeError):
            raise InvalidArgument(
                f"attachments[{index}] must be an uploaded File or its id, not {shown(each)}"
            ) from None
    if len(found) > _MOST_ATTACHMENTS:
        raise InvalidArgument(f"attachments must be at most {_MOST_ATTACHMENTS} files, not {len(found)}")
    return found


def _several(name: str, values: Iterable[T]) -> tuple[T, ...]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidArgument(f"{name} must be a list, not {shown(values)}")
    return tuple(values)


def _text(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(f"{name} must be text, not {shown(value)}")
    return value


def _id(name: str, value: int | Supplier | Nature | CostCenter) -> int:
    id = value.id if isinstance(value, Supplier | Nature | CostCenter) else value
    if isinstance(id, bool) or not isinstance(id, int):
        raise InvalidArgument(f"{name} must be an id, which is a whole number, not {shown(value)}")
    return id
