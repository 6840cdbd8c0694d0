"""Build the models of an order from the values that people have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from lucca_procurement_api.errors import ApiError
from lucca_procurement_api.types import UNSET

from .errors import InvalidArgument
from .models import (
    Currency,
    Duration,
    File,
    OneTimeCommitmentCreation,
    PaymentMethod,
    PurchaseCreation,
    SubscriptionCommitmentCreation,
    SupplierChoice,
    TaxedAmount,
    TaxRate,
)
from .taxes import exact_value, taxed_amount

__all__ = ("ExactNumber", "FileId", "one_time_commitment", "purchase", "subscription_commitment")

ExactNumber = Decimal | int | str
FileId = File | UUID | str

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
    supplier: int | SupplierChoice,
    owner: int,
    nature: int,
    cost_center: int | None,
    establishment: int | None,
    department: int | None,
    axis_sections: Iterable[int],
) -> PurchaseCreation:
    """Return the purchase of an order. `Order.one_time` describes the arguments.

    Raises InvalidArgument if `supplier` is neither an id nor a SupplierChoice.
    """
    if isinstance(supplier, bool) or not isinstance(supplier, int | SupplierChoice):
        raise InvalidArgument(f"supplier must be the id of a supplier or a SupplierChoice, not {_shown(supplier)}")
    return PurchaseCreation(
        title=title,
        supplier=SupplierChoice(id=supplier) if isinstance(supplier, int) else supplier,
        owner_id=owner,
        nature_id=nature,
        cost_center_id=UNSET if cost_center is None else cost_center,
        establishment_id=UNSET if establishment is None else establishment,
        department_id=UNSET if department is None else department,
        axis_section_ids=list(axis_sections) or UNSET,
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
        comment=comment,
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
        comment=comment,
        payment_method=payment_method,
    )


def _amount(
    name: str, amount: ExactNumber | TaxedAmount, currency: Currency | str, taxes: Iterable[TaxRate]
) -> TaxedAmount:
    rates = tuple(taxes)
    if not isinstance(amount, TaxedAmount):
        return taxed_amount(exact_value(name, amount), currency, *rates)
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
        raise InvalidArgument(f'{name} must be a duration such as "12 months" or "1 year", not {_shown(value)}')
    return Duration(value=int(found[1]), unit=found[2].capitalize())


def _file_ids(attachments: Iterable[FileId]) -> list[UUID]:
    found: list[UUID] = []
    for index, each in enumerate([attachments] if isinstance(attachments, str) else attachments):
        id = each.id if isinstance(each, File) else each
        try:
            found.append(id if isinstance(id, UUID) else UUID(id))
        except (ValueError, TypeError, AttributeError):
            raise InvalidArgument(
                f"attachments[{index}] must be an uploaded File or its id, not {_shown(each)}"
            ) from None
    return found


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
