"""The content of the small order that `--write` plays: its ids, its title and its second commitment."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from attrs import asdict, evolve, frozen

from ..models import Amount, OneTimeCommitmentCreation, TaxedAmount
from ..order import Order

AMOUNT = Decimal("1.00")
SECOND_AMOUNT = Decimal("2.00")
"""The amount of the second commitment. It differs, so that a replaced commitment shows."""
_REQUIRED = ("supplier", "owner", "nature")
_SAMPLES = {
    "accents": "é",
    "ligatures": "œ",
    "brackets": "[x]",
    "quotes": "«",
    "characters of markup": "<&>",
    "Chinese characters": "漢字",
    "emoji": "\N{RECEIPT}",
}
_TITLE = f"D{_SAMPLES['accents']}rive, {_SAMPLES['ligatures']}uvre {' '.join([*_SAMPLES.values()][2:])}"
_LENGTH = 200
"""The length of the title in characters: long enough to show a cut, and short enough for most databases."""
PLAIN = "Drift"


@frozen(kw_only=True)
class Ids:
    """The ids of an order. None is left out of the order."""

    supplier: int | None = None
    owner: int | None = None
    nature: int | None = None
    cost_center: int | None = None
    establishment: int | None = None
    department: int | None = None

    @property
    def missing(self) -> list[str]:
        """The ids that an order needs and that are not known."""
        return [name for name in _REQUIRED if getattr(self, name) is None]

    def completed(self, items: list[Any]) -> Ids:
        """Return the ids, with each unknown one from the first purchase that shows all that an order needs."""
        for item in items:
            shown = {name: _id_of(item, member) for name, member in _MEMBERS.items()}
            if all(shown[name] is not None for name in _REQUIRED):
                return Ids(**{name: value or shown[name] for name, value in asdict(self).items()})
        return self


_MEMBERS = {each: "costCenter" if each == "cost_center" else each for each in asdict(Ids())}


def _id_of(item: Any, member: str) -> int | None:
    found = item.get(member) if isinstance(item, Mapping) else None
    number = found.get("id") if isinstance(found, Mapping) else None
    return number if isinstance(number, int) else None


def first_id(items: list[Any]) -> int | None:
    """Return the id of the first item of a list that is not archived or disabled."""
    active = (each for each in items if isinstance(each, Mapping) and each.get("state") in (None, "Active", "Enabled"))
    return next((each["id"] for each in active if isinstance(each.get("id"), int)), None)


def small_order(reference: str, ids: Ids, currency: str, today: date) -> Order:
    """Return the order, with a title that shows what a server does to titles.

    Raises InvalidArgument if the currency is no text, or if an id is missing.
    """
    title = f"[{reference}] {_TITLE} "
    return Order.one_time(
        reference,
        title=title + "x" * (_LENGTH - len(title)),
        amount=AMOUNT,
        currency=currency,
        cost_date=today + timedelta(days=30),
        invoice_date=today + timedelta(days=30),
        comment="A test of lucca-procurement drift --write",
        **asdict(ids),
    )


def with_plain_title(order: Order) -> Order:
    """Return the order with a short title in ASCII."""
    return evolve(order, purchase=evolve(order.purchase, title=f"[{order.reference}] {PLAIN}"))


def second_commitment(order: Order) -> OneTimeCommitmentCreation:
    """Return another commitment than the order's."""
    assert isinstance(order.commitment, OneTimeCommitmentCreation)
    currency = order.commitment.amount_including_taxes.excluding_taxes.currency
    amount = Amount(value=SECOND_AMOUNT, currency=currency)
    return evolve(order.commitment, amount_including_taxes=TaxedAmount(excluding_taxes=amount, taxes=[]))


def difference_of_title(sent: str, found: object) -> str:
    """Return the difference between two titles in words. The title that was found may be text of the tenant."""
    if not isinstance(found, str):
        return "it is not shown"
    if unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", sent):
        return "in another Unicode form"
    if html.unescape(found) == sent:
        return "with HTML escapes"
    if sent.startswith(found.rstrip()):
        return f"cut after {len(found)} of {len(sent)} characters"
    lost = [name for name, sample in _SAMPLES.items() if sample in sent and sample not in found]
    return f"{len(found)} characters instead of {len(sent)}" + (f", without its {', '.join(lost)}" if lost else "")
