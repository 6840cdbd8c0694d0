"""Conversion of a caller's values to the types of the members, and of models to plain JSON data.

Numbers stay exact. Members that are absent are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter, methodcaller
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from .types import UNSET, OpenEnum, Timestamp

_Enum = TypeVar("_Enum", bound=OpenEnum)
_Model = TypeVar("_Model")

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 40


def exact(value: Decimal | int) -> Decimal:
    """Return an exact number as Decimal. Raises TypeError for a float, ValueError for infinity and NaN."""
    if isinstance(value, Decimal):
        if value.is_finite():
            # The encoder accepts no subclass.
            return value if type(value) is Decimal else Decimal(value)
        raise ValueError(f"{value} is not a number that can be sent")
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    _refuse(value)


def _refuse(value: object) -> NoReturn:
    if isinstance(value, float):
        raise TypeError(f"a float is not exact: use Decimal('1.10'), not {value!r}")
    raise TypeError(f"use Decimal('1.10') or an int for a number, not a {type(value).__name__}")


# ---- Converters: they return the value of a member of a request, or raise an error that names the member


def number(name: str, value: object) -> Decimal:
    """Return a Decimal, an int or exact text as Decimal."""
    if isinstance(value, str | Decimal):
        if isinstance(value, Decimal) and value.is_finite():
            return exact(value)
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return Decimal(value)
        raise ValueError(f"{name} must be a number that can be sent, such as '12.50', not {_brief(value)}")
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float):
        raise TypeError(f"{name}: a float is not exact: use Decimal('12.50') or the text '12.50', not {value!r}")
    raise TypeError(f"{name} must be a Decimal, an int or text such as '12.50', not {_brief(value)}")


def day(name: str, value: object) -> date:
    """Return a date, or text in the form YYYY-MM-DD, as date."""
    if isinstance(value, datetime):
        raise TypeError(f"{name} is a datetime: use a date, such as value.date()")
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a date or text such as '2025-04-14', not {_brief(value)}")
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"{name} must be a date such as '2025-04-14' (YYYY-MM-DD), not {_brief(value)}")


def identifier(name: str, value: object) -> UUID:
    """Return a UUID or its text as UUID."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a UUID or its text, not {_brief(value)}")
    try:
        return UUID(value)
    except ValueError:
        raise ValueError(f"{name} must be a UUID or its text, not {_brief(value)}") from None


def identifiers(name: str, values: object) -> list[UUID]:
    """Return a list of UUIDs or their texts as a list of UUIDs."""
    return [identifier(f"{name}[{place}]", value) for place, value in enumerate(_listed(name, values, "UUID"))]


def member(name: str, value: object, kind: type[_Enum]) -> _Enum:
    """Return a member of an enum or its text as the member. The text can be one that the contract does not list."""
    if isinstance(value, kind):
        return value
    if isinstance(value, str):
        return kind.read(value)
    raise TypeError(f"{name} must be {_a(kind)} or its text, not {_brief(value)}")


def model(name: str, value: object, kind: type[_Model]) -> _Model:
    """Return a model of this class."""
    if isinstance(value, kind):
        return value
    is_id = type(value) is int and "id" in getattr(kind, "_members", ())
    example = f", such as {kind.__name__}(id={value})" if is_id else ""
    raise TypeError(f"{name} must be {_a(kind)}{example}, not {_brief(value)}")


def models(name: str, values: object, kind: type[_Model]) -> list[_Model]:
    """Return a list of models of this class."""
    return [model(f"{name}[{place}]", value, kind) for place, value in enumerate(_listed(name, values, kind.__name__))]


def _listed(name: str, values: object, kind: str) -> list[Any] | tuple[Any, ...]:
    if isinstance(values, list | tuple):
        return values
    raise TypeError(f"{name} must be a list of {kind}, not {_brief(values)}")


def _a(kind: type[Any]) -> str:
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"


def _brief(value: object) -> str:
    """Return a value for an error: its kind if it has parts, cut if it is long."""
    if value is not None and value is not UNSET and not isinstance(value, str | int | float | Decimal | UUID):
        return _a(type(value))
    text = repr(str(value) if isinstance(value, str) else value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


# ---- Plain JSON data

_AS_IT_IS = frozenset({type(None), bool, int, str})
"""The types of plain data that need no conversion. Their subclasses need one, because the encoder accepts no subclass."""


def members_of(known: Iterable[tuple[str, Any]], absent: int, additional: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the members of a model that was read as plain data, without those that were absent."""
    value: dict[str, Any] = plain(additional) if additional else {}
    for name, member in known:
        if member is not None:
            value[name] = plain(member)
        elif not absent & 1:
            value[name] = None
        absent >>= 1
    return value


def plain(value: Any) -> Any:
    """Return a value as plain JSON data with exact numbers. Raises TypeError for a float and for unknown types."""
    kind: Any = type(value)
    return value if kind in _AS_IT_IS else _writer(kind)(value)


# Each type is searched once, because the search takes longer than the conversion.
@lru_cache(maxsize=256)
def _writer(kind: type[Any]) -> Callable[[Any], Any]:
    """Return the function that converts a value of this type to plain data."""
    if hasattr(kind, "to_dict") and not issubclass(kind, Mapping):
        return methodcaller("to_dict")
    return next((write for base, write in _WRITERS if issubclass(kind, base)), _refuse_to_write)


def _written_object(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(member) for name, member in value.items()}


def _written_array(value: Iterable[Any]) -> list[Any]:
    return [plain(item) for item in value]


def _refuse_to_write(value: object) -> NoReturn:
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


_WRITERS: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (OpenEnum, attrgetter("_value_")),
    (str, str.__str__),
    (int, int),
    (Decimal, exact),
    (Timestamp, attrgetter("text")),
    (date, methodcaller("isoformat")),
    (UUID, str),
    (Mapping, _written_object),
    (list, _written_array),
    (tuple, _written_array),
    (float, _refuse),
)
"""The types that can be written. The first one that fits a value converts it."""
