"""Compare an order with the purchases and commitments that Lucca returns, as pure functions."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
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
from ..taxes import tolerance

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
"""Characters that belong to a reference, or letters and digits of any script."""
_MARKS = "._/#:+-"


@frozen
class Window:
    """The time in which the purchase of an order can have been created, in epoch seconds of the server's clock."""

    since: float
    until: float

    def holds(self, purchase: Purchase) -> bool:
        """Return whether a purchase was created in this time, or does not say when."""
        created = created_at(purchase)
        return created is None or self.since <= created <= self.until

    def is_after(self, purchase: Purchase) -> bool:
        """Return whether a purchase was created before this time."""
        created = created_at(purchase)
        return created is not None and created < self.since


@frozen
class Match:
    """The order's own purchase, and the purchases that a person has to look at if there is none."""

    own: Purchase | None = None
    carrying: tuple[Purchase, ...] = ()
    """The purchases that carry the reference."""
    alike: tuple[Purchase, ...] = ()
    """The purchases of the same content and time that do not."""


def match(
    order: Order, purchases: Iterable[Purchase], window: Window | None, *, reference_at: ReferencePosition
) -> Match:
    """Find the order's own purchase: the only one that carries the reference, if it contradicts nothing in the order.

    A purchase is never adopted by its resemblance: the server may have dropped or cut the reference of another one.

    Args:
        order: The order.
        purchases: The purchases that were seen, without those that are known as another order's.
        window: The time in which the order's purchase can have been created. None: no request has been sent.
        reference_at: The position of the reference in a title.
    """
    purchases = tuple(purchases)
    carrying = tuple(each for each in purchases if carries(each.title, order.reference, reference_at))
    if window is None:
        return Match(carrying=carrying)
    if len(carrying) == 1 and not window.is_after(carrying[0]) and not purchase_differences(order, carrying[0]):
        return Match(own=carrying[0], carrying=carrying)
    # Whatever its commitment is: somebody may have added one to the order's own purchase.
    alike = (each for each in purchases if window.holds(each) and not content_differences(order, each))
    return Match(carrying=carrying, alike=tuple(each for each in alike if each not in carrying))


def carries(title: object, reference: str, reference_at: ReferencePosition) -> bool:
    """Return whether a title carries a reference.

    A title carries it if it begins with it, after any characters that are no letters or digits. A character that can
    belong to a reference must not follow. Case, the form of Unicode, escapes of HTML and other brackets do not matter.
    If `reference_at` is "end", a title carries it if it ends with it, by the same rules.
    """
    front, end = references_of(title)
    return reference.lower() == (front if reference_at == "front" else end)


def references_of(title: object) -> tuple[str, str]:
    """Return the two texts of a title that can be its reference, at its front and at its end, in lower case."""
    if not isinstance(title, str):
        return "", ""
    plain = unicodedata.normalize("NFKC", html.unescape(title)).casefold()
    words = [word for word in _WORD.findall(plain) if word.strip(_MARKS)]
    return (words[0].lstrip(_MARKS), words[-1].rstrip(_MARKS)) if words else ("", "")


def created_at(purchase: Purchase) -> float | None:
    """Return when a purchase was created, in epoch seconds of the server's clock. None if it does not say so."""
    created = purchase.created_at
    if not isinstance(created, datetime):
        return None
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp()


def purchase_differences(order: Order, purchase: Purchase) -> tuple[str, ...]:
    """Return the members by which a purchase contradicts an order, the title aside. A commitment must be its own."""
    commitment = commitment_differences(order, purchase.commitment) if purchase.commitment else ()
    return (*content_differences(order, purchase), *commitment)


def content_differences(order: Order, purchase: Purchase) -> tuple[str, ...]:
    """Return the members by which a purchase contradicts an order, its title and its commitment aside.

    A member that the server does not return contradicts nothing.
    """
    return _differences(_content(order, purchase))


def shows_content(order: Order, purchase: Purchase) -> bool:
    """Return whether a purchase shows every member by which it can contradict an order."""
    return all(found not in (None, UNSET) for _, found, sent in _content(order, purchase) if sent is not UNSET)


def _content(order: Order, purchase: Purchase) -> list[tuple[str, Any, Any]]:
    """Return the members of a purchase to compare: the name of each, the value found and the value sent."""
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
    """Return the points in which a commitment is not the order's own. Empty if it is.

    Kind, amount and currency must be present and equal. Dates must not contradict. Of an amount in two currencies,
    either side may be the order's.
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
        if found not in (None, UNSET, sent) and sent not in (None, UNSET)
    )


def _is_amount(found: TaxedAmountRead, wanted: TaxedAmount) -> bool:
    """Return whether an amount is the wanted one. At least one of its two sums must be there, and none may differ."""
    currency = wanted.excluding_taxes.currency
    total = total_of(wanted)
    sums = [
        (found.excluding_taxes, wanted.excluding_taxes.value, Decimal(0)),
        (found.including_taxes, total, tolerance(wanted)),
    ]
    shown = [(each, value, margin) for each, value, margin in sums if each and isinstance(each.value, Decimal)]
    return bool(shown) and all(
        each.currency == currency and abs(each.value - value) <= margin
        for each, value, margin in shown
        if isinstance(each.value, Decimal)
    )


def total_of(amount: TaxedAmount) -> Decimal:
    """Return an amount with its taxes."""
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
