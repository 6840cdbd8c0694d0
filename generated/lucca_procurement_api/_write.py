"""Conversion of values to plain JSON data. Numbers stay exact. Members that are UNSET are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from .types import UNSET, Unset


def exact(value: Decimal | int) -> Decimal:
    """Return an exact number as Decimal. Raises TypeError for a float, ValueError for infinity and NaN."""
    if isinstance(value, Decimal):
        if value.is_finite():
            return value
        raise ValueError(f"{value} is not a number that can be sent")
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    _refuse(value)


def exact_or_unset(value: Decimal | int | Unset) -> Decimal | Unset:
    """Return an exact number as Decimal, or UNSET."""
    return UNSET if value is UNSET else exact(value)


def exact_or_null(value: Decimal | int | None) -> Decimal | None:
    """Return an exact number as Decimal, or None."""
    return None if value is None else exact(value)


def exact_or_absent(value: Decimal | int | Unset | None) -> Decimal | Unset | None:
    """Return an exact number as Decimal, None, or UNSET."""
    return value if value is None or value is UNSET else exact(value)


def _refuse(value: object) -> NoReturn:
    if isinstance(value, float):
        raise TypeError(f"a float is not exact: use Decimal('1.10'), not {value!r}")
    raise TypeError(f"use Decimal('1.10') or an int for a number, not a {type(value).__name__}")


def members_of(known: Iterable[tuple[str, Any]], additional: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the members of a model as plain data, without those that are UNSET."""
    value = {name: plain(member) for name, member in (additional or {}).items()}
    for name, member in known:
        if member is not UNSET:
            value[name] = plain(member)
    return value


def plain(value: Any) -> Any:
    """Return a value as plain JSON data with exact numbers. Raises TypeError for a float and for unknown types."""
    # Subclasses become their base type, because the encoder accepts no subclass.
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal):
        return Decimal(exact(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, float):
        _refuse(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
