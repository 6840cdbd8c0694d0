"""Paths and queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import quote

from .errors import InvalidData
from .types import Unset

Value = str | int | date | None | Unset


def segment(value: str | int) -> str:
    """Write one segment of a path. Raises InvalidData for a value that would lead elsewhere."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise InvalidData("a value of the path", "a string or an integer", value)
    if value in ("", ".", ".."):
        raise InvalidData("a value of the path", "a name that is not empty, . or ..", found=repr(value))
    return quote(str(value), safe="")


def query(*parameters: tuple[str, Value | Sequence[Value], bool]) -> str:
    """Write a query of names, values, and whether an array is repeated (else its items are joined by commas)."""
    pairs: list[str] = []
    for name, value, repeated in parameters:
        items = [_quoted(item) for item in (value if isinstance(value, (list, tuple)) else [value]) if _is_there(item)]
        pairs += [f"{name}={item}" for item in (items if repeated else [",".join(items)] if items else [])]
    return "?" + "&".join(pairs) if pairs else ""


def _is_there(value: object) -> bool:
    return value is not None and not isinstance(value, Unset)


def _quoted(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(value.isoformat() if isinstance(value, date) else str(value), safe="")
