"""The commands that read Lucca's lists: check, purchases, find and rates."""

from __future__ import annotations

import csv
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from .._catalog import plain
from ..client import LuccaProcurement
from ..errors import Forbidden, NotFound, ProcurementError
from ..models import Purchase, PurchaseState
from ..pages import LARGEST_PAGE, Paginator
from . import _values as values
from ._lookups import collected
from ._running import Exit, Refused, check_new
from ._settings import Settings
from ._tables import amount_of, print_table

__all__ = ("Filter", "FindKind", "check", "find", "purchases", "rates")

FindKind = Literal["supplier", "nature", "cost-center", "owner", "establishment", "department"]
_COLUMNS = ("id", "created_at", "title", "supplier", "owner", "state", "amount", "currency")


@frozen(kw_only=True)
class Filter:
    """The purchases to show. None: each value."""

    since: str | None = None
    until: str | None = None
    state: str | None = None
    supplier: str | None = None
    least: str | None = None

    def chosen(self) -> Chosen:
        """Return the filter with its values read. Raises Refused if one is invalid."""
        return Chosen(
            since=_day("--since", self.since),
            until=_day("--until", self.until),
            state=_state(self.state),
            supplier=self.supplier,
            least=_amount(self.least),
        )


@frozen(kw_only=True)
class Chosen:
    since: date | None
    until: date | None
    state: str | None
    supplier: str | None
    least: Decimal | None

    def accepts(self, purchase: Purchase) -> bool:
        """Return True if a purchase is to be shown. A purchase that does not show a value is not."""
        day = purchase.created_at.date() if purchase.created_at else None
        if (self.since or self.until) and day is None:
            return False
        if day and ((self.since and day < self.since) or (self.until and day > self.until)):
            return False
        if self.state is not None and purchase.state != self.state:
            return False
        amount = amount_of(purchase)
        value = amount.value if amount else None
        if self.least is not None and (value is None or value < self.least):
            return False
        return self.supplier is None or _is_of(purchase, self.supplier)


def _is_of(purchase: Purchase, supplier: str) -> bool:
    found = purchase.supplier
    if not found:
        return False
    return str(found.id) == supplier.strip() or plain(supplier) in plain(found.name or "")


async def check(settings: Settings, *, as_json: bool) -> Exit:
    """Test the URL, the key and the connection, and show what the key may read. It sends five requests at most.

    Args:
        settings: The settings.
        as_json: True to print the result as JSON.
    """
    address, why = settings.url, ""
    found: list[dict[str, Any]] = []
    async with settings.client() as lucca:
        try:
            for name, read in _tests(lucca):
                found.append(await _tested(name, read))
        except ProcurementError as error:
            why = str(error)
    is_right = not why and all(each["ok"] for each in found)
    if as_json:
        print(json.dumps({"url": address, "ok": is_right, "why": why, "lists": found}, indent=2))
    elif why:
        print(f"{address}: {why}")
    else:
        print(f"{address}: connected, and the key is valid.")
        rows = [(each["name"], "may be read" if each["ok"] else "may NOT be read", each["why"]) for each in found]
        print_table(("list", "right", "why"), rows)
        print("Rights to create cannot be tested without creating something.")
    return Exit.DONE if is_right else Exit.NEEDS_YOU


def _tests(lucca: LuccaProcurement) -> Iterable[tuple[str, Callable[[], Awaitable[object]]]]:
    for name in ("purchases", "suppliers", "natures", "cost_centers"):
        yield name, partial(_first_page, getattr(lucca, name).iterate(0))
    yield "tax_rates", partial(lucca.tax_rates.list, datetime.now(UTC).date(), "FR")


async def _first_page(paginator: Paginator[Any]) -> None:
    async for _ in paginator:
        pass


async def _tested(name: str, read: Callable[[], Awaitable[object]]) -> dict[str, Any]:
    try:
        await read()
    except (Forbidden, NotFound) as error:
        return {"name": name, "ok": False, "why": error.reason}
    return {"name": name, "ok": True, "why": ""}


async def purchases(settings: Settings, wanted: Filter, *, csv_file: Path | None, force: bool, as_json: bool) -> Exit:
    """Show purchases, or write them into a CSV file. It reads the whole list.

    Args:
        settings: The settings.
        wanted: The filter.
        csv_file: The file to write.
        force: True to replace an existing file.
        as_json: True to print the purchases as JSON.
    """
    if csv_file is not None:
        check_new(csv_file, force=force)
    chosen = wanted.chosen()
    rows: list[dict[str, Any]] = []
    async with settings.client() as lucca:
        async for purchase in lucca.purchases.iterate(LARGEST_PAGE):
            if chosen.accepts(purchase):
                rows.append(_row(purchase))
    if csv_file is not None:
        with csv_file.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            writer.writerows(map(_texts, rows))
    if as_json:
        print(json.dumps(rows, indent=2))
    elif csv_file is not None:
        print(f"{len(rows)} purchases are in {csv_file}.")
    else:
        print_table(_COLUMNS, [_texts(row) for row in rows])
        print(f"{len(rows)} purchases.")
    return Exit.DONE


def _row(purchase: Purchase) -> dict[str, Any]:
    amount = amount_of(purchase)
    return {
        "id": purchase.id,
        "created_at": purchase.created_at.isoformat(timespec="seconds") if purchase.created_at else None,
        "title": purchase.title,
        "supplier": purchase.supplier.name if purchase.supplier else None,
        "owner": purchase.owner.name if purchase.owner else None,
        "state": None if purchase.state is None else str(purchase.state),
        "amount": str(amount.value) if amount and amount.value is not None else None,
        "currency": str(amount.currency) if amount and amount.currency else None,
    }


def _texts(row: dict[str, Any]) -> Sequence[str]:
    return ["" if row[name] is None else str(row[name]) for name in _COLUMNS]


async def find(settings: Settings, kind: FindKind, text: str, *, as_json: bool) -> Exit:
    """Show the entries of a list whose name or code contains a text.

    Args:
        settings: The settings.
        kind: The list. Owners, establishments and departments have none: they are collected from the purchases.
        text: The text. If it is empty, all entries.
        as_json: True to print the entries as JSON.
    """
    async with settings.client() as lucca:
        found = [each for each in await _entries(lucca, kind) if text.strip() == str(each.id) or _contains(each, text)]
    rows = [
        {"id": each.id, "name": each.name, "code": getattr(each, "code", None), "state": _text(each, "state")}
        for each in sorted(found, key=lambda each: plain(each.name or ""))
    ]
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        shown = [
            [str(row[name] if row[name] is not None else "") for name in ("id", "name", "code", "state")]
            for row in rows
        ]
        print_table(("id", "name", "code", "state"), shown)
    return Exit.DONE if rows else Exit.NEEDS_YOU


async def _entries(lucca: LuccaProcurement, kind: FindKind) -> Sequence[Any]:
    match kind:
        case "supplier":
            return [each async for each in lucca.suppliers.iterate(LARGEST_PAGE)]
        case "nature":
            return [each async for each in lucca.natures.iterate(LARGEST_PAGE)]
        case "cost-center":
            return [each async for each in lucca.cost_centers.iterate(LARGEST_PAGE)]
        case _:
            return (await collected(lucca.purchases.iterate(LARGEST_PAGE), [kind]))[kind]


def _contains(entry: Any, text: str) -> bool:
    return any(plain(text) in plain(str(value)) for value in (entry.name, getattr(entry, "code", None)) if value)


def _text(entry: Any, name: str) -> str | None:
    value = getattr(entry, name, None)
    return None if value is None else str(value)


async def rates(settings: Settings, territory: str, on: str | None, *, as_json: bool) -> Exit:
    """Show the tax rates of a territory on a day.

    Args:
        settings: The settings.
        territory: The territory, such as FR.
        on: The day. If it is None, today.
        as_json: True to print the rates as JSON.
    """
    day = _day("--on", on) or datetime.now().astimezone().date()
    async with settings.client() as lucca:
        found = await lucca.tax_rates.list(day, territory)
    rows = [
        {
            "id": rate.id,
            "percent": None if rate.percentage is None else f"{(rate.percentage * 100).normalize():f}",
            "name": rate.rate_type.name if rate.rate_type else None,
            "rate_type_id": rate.rate_type.id if rate.rate_type else None,
        }
        for rate in found
    ]
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        columns = ("percent", "name", "rate_type_id", "id")
        print_table(columns, [[str(row[name]) for name in columns] for row in rows])
        if not rows:
            print(f"Lucca has no rates of {territory} on {day}. Write the territory as Lucca does, such as FR.")
    return Exit.DONE if rows else Exit.NEEDS_YOU


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return values.day(text, "iso")
    except values.Wrong:
        raise Refused(f"{option} {text!r} is no day: write it as 2026-12-01") from None


def _amount(text: str | None) -> Decimal | None:
    try:
        return None if text is None else values.amount(text)
    except values.Wrong as error:
        raise Refused(f"--min {text!r}: {error}") from None


def _state(text: str | None) -> str | None:
    if text is None:
        return None
    for state in PurchaseState:
        if state.lower() == text.lower():
            return str(state)
    raise Refused(f"--state {text!r} is no state: write one of {', '.join(map(str, PurchaseState))}")
