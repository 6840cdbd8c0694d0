"""What the clients of Lucca read and write: numbers, and members, values and kinds that the contract does not have."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from contenders import CONTENDERS, Library
from facts import facts
from field.clients import BARE, GENERATOR, OURS, STOCK

SAMPLES = Path(__file__).parents[2] / "tests" / "samples"
LIBRARIES = {OURS: "ours", STOCK: "stock", GENERATOR: "openapi_generator", BARE: "standard_library"}
"""The contenders of the benchmarks by the names of the clients. httpx reads JSON with the standard library."""
_FACTS = {
    "exact": "An amount of 19 digits is read exactly",
    "written": "An amount of 19 digits is written exactly",
    "unnamed": "A new member is kept and written back",
    "unlisted": "A new state and a new currency are kept and written back",
}


def read_all(clients: Iterable[str] = tuple(LIBRARIES)) -> dict[str, dict[str, str]]:
    """Return the rows: the results by the title of the row and the name of the client."""
    rows: dict[str, dict[str, str]] = {title: {} for title in (*_FACTS.values(), *_CASES)}
    body = (SAMPLES / "create-commitment-subscription.request.json").read_bytes()
    for client in clients:
        library = CONTENDERS[LIBRARIES[client]].load()
        found = facts(library, _page(lambda item: None), body)
        for key, title in _FACTS.items():
            rows[title][client] = "yes" if found[key] else "no"
        for title, case in _CASES.items():
            rows[title][client] = _read(library, case)
    return rows


def _page(change: Callable[[dict[str, Any]], object]) -> bytes:
    page = json.loads((SAMPLES / "list-purchases.response.json").read_bytes())
    item = json.dumps(page["items"][0])
    page["items"] = [json.loads(item), json.loads(item)]
    change(page["items"][1])
    return json.dumps(page).encode()


def _read(library: Library, change: Callable[[dict[str, Any]], object]) -> str:
    """Return the number of purchases that a library reads of a page of two, or its error, and what it makes of one."""
    try:
        page = library.read_page(_page(change))
        items = page["items"] if isinstance(page, dict) else page.items
        changed = items[1]
        commitment = changed["commitment"] if isinstance(changed, dict) else changed.commitment
        commitment = getattr(commitment, "actual_instance", commitment)
        return f"{len(items)} of 2 read, {type(commitment).__name__}"
    except Exception as error:  # each library has its own errors
        return type(error).__name__


def _new_state(item: dict[str, Any]) -> None:
    item["state"] = "AStateToCome"


def _new_kind(item: dict[str, Any]) -> None:
    item["commitment"] = {"id": 5, "type": "AKindToCome"}


def _no_title(item: dict[str, Any]) -> None:
    del item["title"], item["state"]


_CASES: dict[str, Callable[[dict[str, Any]], object]] = {
    "A page whose second purchase has a new state": _new_state,
    "A page whose second purchase has no title and no state": _no_title,
    "A page whose second purchase has a new kind of commitment": _new_kind,
}
