"""Pure functions that compare an order with the purchases and commitments that Lucca returns."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC
from decimal import Decimal
from typing import Any

from attrs import frozen

from .._wire.settings import ReferencePosition
from ..models import (
    UNSET,
    AmountRead,
    DualTaxedAmount,
    KnownCommitment,
    OneTimeCommitment,
    OneTimeCommitmentCreation,
    Purchase,
    SubscriptionCommitment,
    TaxedAmount,
    TaxedAmountRead,
    UnknownCommitment,
)
from ..order import Order
from ..taxes import exact_sums, tolerance

__all__ = (
    "Match",
    "Window",
    "carries",
    "commitment_differences",
    "content_differences",
    "created_at",
    "match",
    "purchase_differences",
    "references_of",
    "shows_content",
    "total_of",
)

_WORD = re.compile(r"[\w./#:+-]+")
"""A run of letters and digits of any script, and of the marks that a reference can contain."""
_MARKS = "._/#:+-"
_MOST_ESCAPES = 3


@frozen
class Window:
    """The period in which the purchase of an order can have been created, in epoch seconds of the server's clock."""

    since: float
    until: float

    def holds(self, purchase: Purchase) -> bool:
        """Return True if a purchase was created in this period, or if it does not show its time of creation."""
        created = created_at(purchase)
        return created is None or self.since <= created <= self.until

    def starts_after(self, purchase: Purchase) -> bool:
        """Return True if a purchase was created before this period."""
        created = created_at(purchase)
        return created is not None and created < self.since


@frozen
class Match:
    """The order's own purchase, and the purchases that a person has to check if there is none."""

    own: Purchase | None = None
    carrying: tuple[Purchase, ...] = ()
    """The purchases that carry the reference."""
    alike: tuple[Purchase, ...] = ()
    """The purchases with the same content, created in the same period, that do not carry the reference."""


def match(
    order: Order, purchases: Iterable[Purchase], window: Window | None, *, reference_at: ReferencePosition
) -> Match:
    """Return the order's own purchase, and the purchases that carry its reference or have its content.

    A purchase is the order's own if no other one carries the reference, if it is not older than the window, and if it
    contradicts nothing in the order. The same content alone is no proof: the purchase may be another order's, whose
    reference the server dropped or cut.

    Args:
        order: The order.
        purchases: The purchases that were seen, without those that are known to belong to another order.
        window: The period in which the order's purchase can have been created. If it is None, no request was sent, and
            no purchase is the order's own.
        reference_at: The position of the reference in a title, `front` or `end`.
    """
    purchases = tuple(purchases)
    carrying = tuple(each for each in purchases if carries(each.title, order.reference, reference_at))
    if window is None:
        return Match(carrying=carrying)
    if len(carrying) == 1 and not window.starts_after(carrying[0]) and not purchase_differences(order, carrying[0]):
        return Match(own=carrying[0], carrying=carrying)
    # The commitment is not compared: a person may have added one to the order's own purchase.
    alike = (each for each in purchases if window.holds(each) and not content_differences(order, each))
    return Match(carrying=carrying, alike=tuple(each for each in alike if each not in carrying))


def carries(title: object, reference: str, reference_at: ReferencePosition) -> bool:
    """Return True if a title carries a reference.

    Lucca keeps the reference in the title. Our assumption (reference); Lucca does not document it.
    A title carries a reference if it begins with it. Characters before it that are neither letters nor digits do not
    count. No character that can belong to a reference may follow it. Case, Unicode forms, HTML escapes and the kind of
    brackets do not matter.

    Args:
        title: The title of a purchase. A value that is not text carries no reference.
        reference: The reference of an order.
        reference_at: If it is `end`, the same rules apply to the end of the title.
    """
    front, end = references_of(title)
    return reference.lower() == (front if reference_at == "front" else end)


def references_of(title: object) -> tuple[str, str]:
    """Return the texts at the front and at the end of a title that can be its reference, in lower case."""
    if not isinstance(title, str):
        return "", ""
    # A title can pass several programs, each of which escapes it again. A reference has no `&` and no `;`.
    for _ in range(_MOST_ESCAPES):
        title = html.unescape(title)
    plain = unicodedata.normalize("NFKC", title).casefold()
    words = [word for word in _WORD.findall(plain) if word.strip(_MARKS)]
    return (words[0].lstrip(_MARKS), words[-1].rstrip(_MARKS)) if words else ("", "")


def created_at(purchase: Purchase) -> float | None:
    """Return the time of a purchase's creation in epoch seconds of the server's clock, or None if it is not shown."""
    created = purchase.created_at
    if created is None:
        return None
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp()


def purchase_differences(order: Order, purchase: Purchase) -> tuple[str, ...]:
    """Return the members by which a purchase contradicts an order. The title is not compared.

    If the purchase has a commitment, it must be the order's own.
    """
    commitment = commitment_differences(order, purchase.commitment) if purchase.commitment else ()
    return (*content_differences(order, purchase), *commitment)


def content_differences(order: Order, purchase: Purchase) -> tuple[str, ...]:
    """Return the members by which a purchase contradicts an order. Title and commitment are not compared.

    A member that the server does not return contradicts nothing.
    """
    return _differences(_content(order, purchase))


def shows_content(order: Order, purchase: Purchase) -> bool:
    """Return True if a purchase shows every member by which it can contradict an order."""
    return all(found is not None for _, found, sent in _content(order, purchase) if sent is not UNSET)


def _content(order: Order, purchase: Purchase) -> list[tuple[str, Any, Any]]:
    """Return the members to compare. Each has its name, the value of the purchase and the value of the order."""
    wanted = order.purchase
    pairs: list[tuple[str, Any, Any]] = [
        ("owner", _id(purchase.owner), wanted.owner_id),
        ("nature", _id(purchase.nature), wanted.nature_id),
        ("cost center", _id(purchase.cost_center), wanted.cost_center_id),
        ("establishment", _id(purchase.establishment), wanted.establishment_id),
        ("department", _id(purchase.department), wanted.department_id),
        ("supplier", _id(purchase.supplier), wanted.supplier.id),
    ]
    if wanted.supplier.id is UNSET and purchase.supplier:
        pairs.append(("supplier", purchase.supplier.name, wanted.supplier.name))
    return pairs


def commitment_differences(order: Order, commitment: KnownCommitment | UnknownCommitment) -> tuple[str, ...]:
    """Return the points in which a commitment differs from the order's own.

    Kind, amount and currency must be present and equal. Dates may be absent, but must not differ. If the commitment has
    its amount in two currencies, one of the two must be the order's. Lucca returns all of them as they were sent.
    Our assumption (content); Lucca does not document it.
    """
    wanted = order.commitment
    if isinstance(wanted, OneTimeCommitmentCreation):
        if not isinstance(commitment, OneTimeCommitment):
            return (f"kind: {commitment.type_} instead of {wanted.type_}",)
        found, amount = commitment.amount_including_taxes, wanted.amount_including_taxes
        pairs: list[tuple[str, Any, Any]] = [
            ("delivery date", commitment.cost_date, wanted.cost_date),
            ("invoice date", commitment.invoice_date, wanted.invoice_date),
        ]
    else:
        if not isinstance(commitment, SubscriptionCommitment):
            return (f"kind: {commitment.type_} instead of {wanted.type_}",)
        found, amount = commitment.amount_including_taxes_per_period, wanted.amount_including_taxes_per_period
        pairs = [
            ("start date", commitment.start_date, wanted.start_date),
            ("first invoice date", commitment.first_invoice_date, wanted.first_invoice_date),
        ]
    sides = [found.base, found.counter] if isinstance(found, DualTaxedAmount) else [found]
    amounts = () if any(side and _is_amount(side, amount) for side in sides) else (_amount_difference(sides, amount),)
    return (*_differences(pairs), *amounts)


def _differences(pairs: Iterable[tuple[str, Any, Any]]) -> tuple[str, ...]:
    return tuple(
        f"{name}: {found} instead of {sent}"
        for name, found, sent in pairs
        if found not in (None, sent) and sent is not UNSET
    )


@exact_sums()
def _is_amount(found: TaxedAmountRead, wanted: TaxedAmount) -> bool:
    """Return True if an amount is the wanted one. At least one of its two sums must be present, and none may differ."""
    currency = wanted.excluding_taxes.currency
    total = total_of(wanted)
    sums = [
        (found.excluding_taxes, wanted.excluding_taxes.value, Decimal(0)),
        (found.including_taxes, total, tolerance(wanted)),
    ]
    shown = [
        (each.currency, each.value, value, margin) for each, value, margin in sums if each and each.value is not None
    ]
    return bool(shown) and all(
        found_currency == currency and abs(found_value - value) <= margin
        for found_currency, found_value, value, margin in shown
    )


@exact_sums()
def total_of(amount: TaxedAmount) -> Decimal:
    """Return the value of an amount including its taxes."""
    if amount.including_taxes:
        return amount.including_taxes.value
    return amount.excluding_taxes.value + sum((tax.value for tax in amount.taxes), Decimal(0))


def _amount_difference(sides: Iterable[Any], wanted: TaxedAmount) -> str:
    shown = [_shown(side.excluding_taxes or side.including_taxes) for side in sides if side]
    found = " or ".join(filter(None, shown))
    asked = f"{wanted.excluding_taxes.value} {wanted.excluding_taxes.currency}"
    return f"amount: {found} instead of {asked}" if found else "amount: it is not shown"


def _shown(amount: AmountRead | None) -> str:
    return f"{amount.value} {amount.currency}" if amount else ""


def _id(reference: Any) -> Any:
    return reference.id if reference else None
