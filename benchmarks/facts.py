"""What a library made of what it read: everything, exactly, and what the contract does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from contenders import Library

DIGITS = "12345678901234567.10"
"""More digits than a float has, and a zero at the end."""
UNNAMED = "aMemberToCome"
UNLISTED = "AValueToCome"


def facts(library: Library, page: bytes, body: bytes) -> dict[str, bool]:
    """Establish what a library can do. Raises ValueError for one that did not read all of the page."""
    found, raw = library.read_page(page), _exact(page)
    if not _same(found, raw):
        raise ValueError("it did not read everything")
    kinds = {type(_member(each, "commitment")).__name__ for each in _member(found, "items")}
    raw["items"] = raw["items"][:1]
    return {
        "models": kinds == {"SubscriptionCommitment"},
        "exact": _can(lambda: _reads_exactly(library, raw)),
        "unnamed": _can(lambda: _keeps_unnamed(library, raw)),
        "unlisted": _can(lambda: _keeps_unlisted(library, raw)),
        "written": _can(lambda: _writes_exactly(library, body)),
    }


def count(found: Any) -> int:
    """Count the items of a page."""
    return len(_member(found, "items"))


def _can(check: Callable[[], bool]) -> bool:
    # A library has errors of its own for what it cannot read, and each of them is the same answer here.
    try:
        return check()
    except Exception:
        return False


def _reads_exactly(library: Library, raw: Any) -> bool:
    changed = _copy(raw)
    changed["items"][0]["committedAmount"]["base"]["value"] = DIGITS
    found = library.read_page(_as_number(changed))
    value = _member(_member(_member(_member(found, "items")[0], "committedAmount"), "base"), "value")
    return isinstance(value, Decimal) and str(value) == DIGITS


def _keeps_unnamed(library: Library, raw: Any) -> bool:
    def places(page: Any) -> list[dict[str, Any]]:
        item = page["items"][0]
        return [page, item, item["commitment"], item["commitment"]["amountIncludingTaxes"]["base"]]

    changed = _copy(raw)
    for place in places(changed):
        place[UNNAMED] = {"a": [1]}
    written = json.loads(library.write(library.read_page(_dumped(changed))))
    return all(place.get(UNNAMED) == {"a": [1]} for place in places(written))


def _keeps_unlisted(library: Library, raw: Any) -> bool:
    changed = _copy(raw)
    changed["items"][0]["state"] = changed["items"][0]["availableAmount"]["base"]["currency"] = UNLISTED
    written = json.loads(library.write(library.read_page(_dumped(changed))))["items"][0]
    return bool(written["state"] == written["availableAmount"]["base"]["currency"] == UNLISTED)


def _writes_exactly(library: Library, body: bytes) -> bool:
    changed = json.loads(body)
    changed["amountIncludingTaxesPerPeriod"]["excludingTaxes"]["value"] = DIGITS
    sent = _as_number(changed)
    written = library.write(library.read_body(sent))
    # Equal is not enough: the zero at the end is to be there as well.
    return _exact(written) == _exact(sent) and DIGITS.encode() in written


def _member(value: Any, name: str) -> Any:
    """Take a member out of plain data or out of a model, whatever the library calls it."""
    if isinstance(value, dict):
        return value.get(name)
    snake = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
    for attribute in (name, snake, f"{snake}_"):
        if hasattr(value, attribute):
            return _unwrapped(getattr(value, attribute))
    return None


def _unwrapped(value: Any) -> Any:
    # The choice between several models is a model in itself with pydantic and with openapi-generator.
    for wrapper in ("root", "actual_instance"):
        if hasattr(value, wrapper):
            return _unwrapped(getattr(value, wrapper))
    return value


def _same(found: Any, raw: Any) -> bool:
    """Tell whether a value that was read is the one of the JSON text."""
    found = _unwrapped(found)
    if isinstance(raw, dict):
        return all(_same(_member(found, name), value) for name, value in raw.items())
    if isinstance(raw, list):
        return isinstance(found, list) and len(found) == len(raw) and all(map(_same, found, raw))
    if isinstance(raw, str):
        return _same_text(found, raw)
    if isinstance(raw, Decimal):
        return isinstance(found, (Decimal, float)) and found == type(found)(raw)
    return bool(found == raw) and isinstance(found, bool) == isinstance(raw, bool)


def _same_text(found: Any, raw: str) -> bool:
    if isinstance(found, Enum):
        return bool(found.value == raw)
    if isinstance(found, datetime):
        return found == datetime.fromisoformat(raw)
    if isinstance(found, (date, UUID)):
        return str(found) == raw
    return bool(found == raw)


def _exact(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal)


def _dumped(value: Any) -> bytes:
    return json.dumps(value, default=float, separators=(",", ":")).encode()


def _copy(value: Any) -> Any:
    return json.loads(_dumped(value))


def _as_number(value: Any) -> bytes:
    """Write as JSON with the digits, a string so far, as a number."""
    return _dumped(value).replace(f'"{DIGITS}"'.encode(), DIGITS.encode())
