"""Facts about a library: if it reads everything, keeps decimals exact, and keeps data that the contract lacks."""

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
    """Return the abilities of a library. Raises ValueError if it did not read everything in the page."""
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
    """Return the number of items of a page."""
    return len(_member(found, "items"))


def _can(check: Callable[[], bool]) -> bool:
    # Each library has its own errors for data that it cannot read. All of them mean the same here.
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
    # Equality is not enough, because the zero at the end must be there too.
    return _exact(written) == _exact(sent) and DIGITS.encode() in written


def _member(value: Any, name: str) -> Any:
    """Return a member of plain data or of a model, under any of the libraries' names for it."""
    if isinstance(value, dict):
        return value.get(name)
    snake = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
    for attribute in (name, snake, f"{snake}_"):
        if hasattr(value, attribute):
            return _unwrapped(getattr(value, attribute))
    return None


def _unwrapped(value: Any) -> Any:
    # pydantic and openapi-generator wrap a choice between models into another model.
    for wrapper in ("root", "actual_instance"):
        if hasattr(value, wrapper):
            return _unwrapped(getattr(value, wrapper))
    return value


def _same(found: Any, raw: Any) -> bool:
    """Return True if a value equals the value in the JSON text."""
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
    """Return JSON in which the string `DIGITS` is a number."""
    return _dumped(value).replace(f'"{DIGITS}"'.encode(), DIGITS.encode())
