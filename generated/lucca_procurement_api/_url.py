"""Paths and queries, percent-encoded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

from .errors import InvalidData
from .types import UNSET


def segment(name: str, value: Any) -> str:
    """Return one segment of a path. Raises InvalidData for a value that would lead to another path."""
    if value in ("", ".", ".."):
        raise InvalidData(name, "a value that is not empty, '.' or '..'", found=repr(value))
    return _quoted(value)


def query(*parameters: tuple[str, Any, bool]) -> str:
    """Return a query.

    A parameter is a name, a value, and True if each item of an array repeats the name. Otherwise commas join the items.
    """
    pairs: list[str] = []
    for name, value, repeated in parameters:
        if value is not UNSET:
            items = [_quoted(item) for item in (value if isinstance(value, list) else [value])]
            pairs += [f"{name}={item}" for item in (items if repeated else [",".join(items)])]
    return "?" + "&".join(pairs) if pairs else ""


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise InvalidData("", "text that can be sent", found="half of a character (a lone surrogate)") from None
