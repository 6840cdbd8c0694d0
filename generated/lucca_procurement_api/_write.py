"""Plain data to write: numbers are exact, and what is UNSET is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from .types import UNSET, Unset


def exact(value: Decimal | int) -> Decimal:
    """Take a number that is exact. Raises TypeError for a float, ValueError for what is not finite."""
    if isinstance(value, Decimal):
        if value.is_finite():
            return value
        raise ValueError(f"{value} is not a number that can be sent")
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    _refuse(value)


def exact_or_unset(value: Decimal | int | Unset) -> Decimal | Unset:
    """Take an exact number, or leave it out."""
    return UNSET if value is UNSET else exact(value)


def exact_or_null(value: Decimal | int | None) -> Decimal | None:
    """Take an exact number, or null."""
    return None if value is None else exact(value)


def exact_or_absent(value: Decimal | int | Unset | None) -> Decimal | Unset | None:
    """Take an exact number, or null, or leave it out."""
    return value if value is None or value is UNSET else exact(value)


def _refuse(value: object) -> NoReturn:
    if isinstance(value, float):
        raise TypeError(f"a float is not exact: use Decimal('1.10'), not {value!r}")
    raise TypeError(f"use Decimal('1.10') or an int for a number, not a {type(value).__name__}")


def members_of(known: Iterable[tuple[str, Any]], additional: Mapping[str, Any] | None) -> dict[str, Any]:
    """Write the members of a model, those that are UNSET left out."""
    value = {name: plain(member) for name, member in (additional or {}).items()}
    for name, member in known:
        if member is not UNSET:
            value[name] = plain(member)
    return value


def plain(value: Any) -> Any:
    """Write a value as plain JSON data, numbers as int or Decimal. Raises TypeError for a float or a foreign type."""
    # Subclasses become what they are made of: the encoder takes no others than its own.
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
