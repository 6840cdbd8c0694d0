"""Read the values of cells. An ambiguous value is refused. Nothing is sent."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from attrs import frozen

from .._building import DURATION
from ..models import Currency, PaymentMethod
from ._sheet import Cell, text_of

__all__ = (
    "DateOrder",
    "Vat",
    "Wrong",
    "amount",
    "amount_of_order",
    "currency",
    "day",
    "duration",
    "ids",
    "is_id",
    "payment_method",
    "vat",
)

DateOrder = Literal["iso", "dmy", "mdy"]
_ID = re.compile("[0-9]{1,18}")
"""An id fits into 64 bits."""
_SPACES = re.compile("[ \u00a0\u2009\u202f'\u2019]")
_AMOUNT = re.compile(r"(-?)([0-9][0-9.,]*)")
_VAT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,4}))? ?(?:(%) ?(.*))?")
_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")


class Wrong(ValueError):
    """A value cannot be used. The message is the correction."""


@frozen
class Vat:
    """A VAT rate as a fraction, and the name of its kind if the cell has it."""

    fraction: Decimal
    name: str | None = None


def amount(cell: Cell) -> Decimal:
    """Return an amount. Raises Wrong if the cell is no amount, or could be two."""
    if isinstance(cell, Decimal):
        return cell
    example = "write it as 1250.00 or 1 250,00"
    if isinstance(cell, date):
        raise Wrong(f"it is a date: {example}")
    text = cell.replace("\u2212", "-")
    parts = _SPACES.split(text)
    found = _AMOUNT.fullmatch("".join(parts))
    if not found or not _are_thousands(parts):
        letters = any(each.isalpha() or each in "€$£" for each in text)
        raise Wrong(f"it is no amount: {example}" + (", without a currency" if letters else ""))
    return Decimal(found[1] + _with_point(found[2], grouped=len(parts) > 1, example=example))


def amount_of_order(cell: Cell) -> Decimal:
    """Return the amount of an order. Raises Wrong as `amount` does, and if it is not more than 0."""
    found = amount(cell)
    # Lucca may accept it, but nothing deletes the purchase of a mistake.
    if found <= 0:
        raise Wrong("it is not more than 0: write the amount of the order")
    return found


def _are_thousands(parts: list[str]) -> bool:
    """Return True if spaces separate thousands: each part after the first begins with exactly three digits."""
    return all(re.fullmatch(r"[0-9]{3}(?:[.,][0-9]*)?", part) for part in parts[1:]) and all(
        part.removeprefix("-").isdigit() for part in parts[:-1]
    )


def _with_point(digits: str, *, grouped: bool, example: str) -> str:
    """Return a number with a point before its fraction, and without separators of thousands."""
    marks = [each for each in digits if each in ".,"]
    if not marks:
        return digits
    last = marks[-1]
    whole, _, fraction = digits.rpartition(last)
    if len(set(marks)) == 2 or (grouped and len(marks) == 1):
        # The last mark is before the fraction, and the other one separates thousands.
        thousands = whole.split(marks[0]) if marks[0] != last else [whole]
        if marks.count(last) == 1 and _are_groups(thousands) and fraction:
            return f"{''.join(thousands)}.{fraction}"
    elif len(marks) > 1:
        thousands = digits.split(last)
        if _are_groups(thousands):
            return "".join(thousands)
    elif len(fraction) == 3 and len(whole) <= 3 and int(whole):
        raise Wrong(f"it is ambiguous: write {whole}{fraction}.00, or {whole}.{fraction}0 if {last} is a decimal point")
    elif fraction:
        return f"{whole}.{fraction}"
    raise Wrong(f"it is no amount: {example}")


def _are_groups(parts: list[str]) -> bool:
    return len(parts) == 1 or (1 <= len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:]))


def vat(cell: Cell) -> Vat:
    """Return a VAT rate. Raises Wrong if the cell is no percentage, or could be a fraction."""
    found = _VAT.fullmatch(text_of(cell))
    if not found:
        raise Wrong("it is no VAT rate: write it in percent, such as 20 or 5,5")
    whole, digits, sign, name = found.groups()
    percent = Decimal(f"{whole}.{digits or 0}")
    if percent > 100:
        raise Wrong("it is above 100 percent: write it in percent, such as 20 or 5,5")
    if 0 < percent < 1 and not sign:
        raise Wrong(
            f"it is ambiguous: write {(percent * 100).normalize():f} for {(percent * 100).normalize():f} percent"
        )
    return Vat((percent / 100).normalize(), name or None)


def day(cell: Cell, order: DateOrder) -> date:
    """Return a day. Raises Wrong if the cell is no day, or if its order is not known."""
    if isinstance(cell, date):
        return cell
    if isinstance(cell, Decimal):
        raise Wrong("it is a number and not a date: format the cell as a date, or write it as 2026-12-01")
    try:
        return datetime.strptime(re.sub("[ T]00:00(:00(\\.0+)?)?$", "", cell), "%Y-%m-%d").date()  # noqa: DTZ007 - it is a day
    except ValueError:
        found = _DAY.fullmatch(cell)
    if found and order == "iso":
        raise Wrong("day and month could be exchanged: write it as 2026-12-01, or add --dates dmy or --dates mdy")
    if found:
        first, second, year = map(int, found.groups())
        try:
            return date(year, second, first) if order == "dmy" else date(year, first, second)
        except ValueError:
            raise Wrong(f"it is no day in the order {order}: write it as 2026-12-01") from None
    raise Wrong("it is no day: write it as 2026-12-01")


def is_id(text: str) -> bool:
    """Return True if a text can be an id."""
    return _ID.fullmatch(text) is not None


def ids(cell: Cell) -> list[int]:
    """Return ids that are separated by `|`. Raises Wrong if one is no number."""
    found = [each.strip() for each in text_of(cell).split("|") if each.strip()]
    if not all(map(is_id, found)):
        raise Wrong("write ids as numbers, separated by |, such as 340|341")
    return [int(each) for each in found]


def currency(cell: Cell) -> str:
    """Return a currency. Raises Wrong if the contract does not list it."""
    found = Currency(text_of(cell).upper())
    if not found.is_known or found is Currency.INVALID:
        raise Wrong("it is no currency: write its three letters, such as EUR")
    return str(found)


def duration(cell: Cell) -> str:
    """Return a duration. Raises Wrong if the cell is none."""
    text = text_of(cell)
    if not DURATION.fullmatch(text):
        raise Wrong("it is no duration: write it as 12 months, 1 year, 2 weeks or 30 days")
    return text


def payment_method(cell: Cell) -> str:
    """Return a payment method. Raises Wrong if the contract does not list it."""
    wanted = re.sub("[ _-]", "", text_of(cell)).lower()
    for method in PaymentMethod:
        if method.lower() == wanted:
            return str(method)
    raise Wrong(f"it is no payment method: write {', '.join(map(str, PaymentMethod))}")
