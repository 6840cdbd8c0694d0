"""Check a whole order before its first request, because nothing deletes a purchase that lacks its commitment."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from attrs import fields

from lucca_procurement_api.errors import ApiError
from lucca_procurement_api.types import OpenEnum

from .._wire.text import shown
from ..errors import InvalidArgument
from ..models import (
    OneTimeCommitmentCreation,
    PurchaseCreation,
    SubscriptionCommitmentCreation,
    TaxedAmount,
)
from ..order import Order, Step
from ..taxes import exact_sums, tolerance
from .compare import total_of

__all__ = ("check_order",)

MOST_DIGITS = 50


def check_order(order: Order) -> None:
    """Raise InvalidArgument if a part of an order cannot be sent. The error names the member.

    Args:
        order: The order to check.
    """
    if not isinstance(order, Order):
        raise InvalidArgument(f"order must be an Order, not {type(order).__name__} data")
    commitments = OneTimeCommitmentCreation | SubscriptionCommitmentCreation
    if not isinstance(order.purchase, PurchaseCreation):
        raise InvalidArgument(f"order.purchase must be a PurchaseCreation, not {type(order.purchase).__name__} data")
    if not isinstance(order.commitment, commitments):
        raise InvalidArgument(
            "order.commitment must be a OneTimeCommitmentCreation or a SubscriptionCommitmentCreation,"
            f" not {type(order.commitment).__name__} data"
        )
    _check_progress(order)
    if isinstance(order.purchase.title, str) and not order.purchase.title.strip():
        raise InvalidArgument("order.purchase.title must not be blank: people recognise the purchase by it")
    for name, body in (("order.purchase", order.purchase), ("order.commitment", order.commitment)):
        try:
            # The readers of the contract check the types of all members, and the checks below rely on those types.
            read = type(body).from_dict(body.to_dict())
            for member, value in _values(name, body):
                _check_value(member, value, allow_unlisted=order.allow_unlisted)
            # Some text fails only when it is encoded.
            read.to_json()
            _check_types(name, body, read)
        except InvalidArgument:
            raise
        except (ApiError, AttributeError, RecursionError, TypeError, ValueError) as error:
            raise InvalidArgument(f"{name}: {error}") from None


def _check_types(name: str, body: Any, read: Any) -> None:
    """Check that a body equals its written form: a value of another type may be written as text, such as a date."""
    for each in fields(type(body)):
        if getattr(read, each.name) != (value := getattr(body, each.name)):
            raise InvalidArgument(f"{name}.{each.name} has a value of another type: {shown(value)}")


def _check_progress(order: Order) -> None:
    """Check that the step and the ids of an order agree. If a step were skipped, its object would be missing."""
    expected = {
        Step.PURCHASE: (False, False),
        Step.COMMITMENT: (True, False),
        Step.REQUEST: (True, True),
        Step.SUBMITTED: (True, True),
    }[order.step]
    if (order.purchase_id is not None, order.commitment_id is not None) != expected:
        raise InvalidArgument(
            f"order.step is {order.step}, which does not agree with purchase_id {order.purchase_id} and commitment_id"
            f" {order.commitment_id}; to take a purchase that exists, call orders.adopt(order, purchase_id)"
        )
    if order.step is Step.SUBMITTED and order.pending is not None:
        raise InvalidArgument("order.pending must be None, as the order is submitted")


def _values(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name and the value of each member of a model. Inner members come first."""
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _values(f"{name}[{index}]", item)
    elif hasattr(type(value), "__attrs_attrs__"):
        for each in fields(type(value)):
            if each.alias != "additional_properties":
                yield from _values(f"{name}.{each.name}", getattr(value, each.name))
    yield name, value


def _check_value(member: str, value: Any, *, allow_unlisted: bool) -> None:
    if isinstance(value, OpenEnum) and not value.is_known and not allow_unlisted:
        raise InvalidArgument(
            f"{member} is {str(value)!a}, which the contract does not list{_near(value)};"
            " if Lucca knows it, set order.allow_unlisted"
        )
    if isinstance(value, Decimal):
        digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
        if not isinstance(exponent, int) or len(digits) > MOST_DIGITS or abs(exponent) > MOST_DIGITS:
            raise InvalidArgument(f"{member} is no amount: at most {MOST_DIGITS} digits can be sent")
    if isinstance(value, TaxedAmount):
        _check_amount(member, value)


def _near(value: OpenEnum) -> str:
    """Return the listed values that are nearest to a value, as a part of a message."""
    # The module takes a while to import, and only a mistake needs it.
    from difflib import get_close_matches

    listed = {each.lower(): str(each) for each in type(value)}
    near = [listed[each] for each in get_close_matches(str(value).lower(), listed, cutoff=0.5)]
    return f" (near values: {', '.join(near)})" if near else ""


@exact_sums()
def _check_amount(member: str, amount: TaxedAmount) -> None:
    """Check that the parts of an amount have the same currency, and that its taxes add up."""
    currency = amount.excluding_taxes.currency
    parts = [(f"taxes[{index}]", tax.currency) for index, tax in enumerate(amount.taxes)]
    if amount.including_taxes:
        parts.append(("including_taxes", amount.including_taxes.currency))
    for name, other in parts:
        if other != currency:
            raise InvalidArgument(f"{member}.{name} is in {other}, and {member}.excluding_taxes is in {currency}")
    if amount.including_taxes:
        total = total_of(amount)
        taxes = sum((tax.value for tax in amount.taxes), Decimal(0))
        if abs(amount.excluding_taxes.value + taxes - total) > tolerance(amount):
            raise InvalidArgument(
                f"{member}: {amount.excluding_taxes.value} without taxes and {taxes} of taxes do not add up to the"
                f" {total} of including_taxes"
            )
