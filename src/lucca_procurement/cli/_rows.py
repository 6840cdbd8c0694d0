"""Check the rows of a file, and turn them into drafts of orders. Nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from attrs import frozen

from .._building import MOST_ATTACHMENTS
from ..errors import InvalidArgument
from ..files import LARGEST_FILE
from ..order import LONGEST_REFERENCE, check_reference
from . import _values as values
from ._columns import ATTACHMENTS, Kind, of_kind, required
from ._sheet import Cell, Mistake, Row, text_of
from ._values import DateOrder, Vat, Wrong

__all__ = ("LISTS", "Draft", "check_rows")

LISTS = ("supplier", "owner", "nature", "cost_center", "establishment", "department")
"""The columns that hold an id or a name."""
_KINDS: Mapping[str, Kind] = {
    "onetime": "one-time",
    "subscription": "subscription",
}


@frozen(kw_only=True)
class Draft:
    """A row whose own values are right. The lists in Lucca are needed to make it an order."""

    row: Row
    reference: str
    kind: Kind
    values: Mapping[str, Any]
    """The arguments of `Order.one_time` or `Order.subscription` that need no list."""
    named: Mapping[str, str]
    """The id or the name of an entry of a list, by its column."""
    vat: Vat | None = None
    territory: str = ""
    files: tuple[Path, ...] = ()


def check_rows(rows: Iterable[Row], folder: Path, dates: DateOrder = "iso") -> tuple[list[Draft], list[Mistake]]:
    """Return the drafts of the right rows, and all mistakes of the others.

    Args:
        rows: The rows.
        folder: The folder to which the paths of attachments are relative.
        dates: The order of day and month in text such as `01/12/2026`.
    """
    drafts: list[Draft] = []
    mistakes: list[Mistake] = []
    lines: dict[str, list[int]] = {}
    rows = list(rows)
    for row in rows:
        lines.setdefault(_key(row), []).append(row.line)
    for row in rows:
        checked = _Checked(row, folder, dates)
        draft = checked.draft()
        others = [line for line in lines[_key(row)] if line != row.line]
        if others and _key(row):
            checked.wrong("reference", f"line {others[0]} has it too: each order needs its own reference")
        if checked.mistakes or draft is None:
            mistakes += checked.mistakes
        else:
            drafts.append(draft)
    return drafts, mistakes


def _key(row: Row) -> str:
    return text_of(row.cells.get("reference", "")).lower()


class _Checked:
    """One row, and the mistakes in it."""

    def __init__(self, row: Row, folder: Path, dates: DateOrder) -> None:
        self._row = row
        self._folder = folder
        self._dates: DateOrder = dates
        self.mistakes: list[Mistake] = []

    def wrong(self, column: str, advice: str) -> None:
        self.mistakes.append(Mistake(self._row.line, column, text_of(self._row.cells.get(column, "")), advice))

    def draft(self) -> Draft | None:
        if self._row.fault:
            self.wrong("", self._row.fault)
            return None
        kind = self._kind()
        missing = [name for name in required(kind) if name not in self._row.cells]
        for name in missing:
            self.wrong(name, "it is empty: fill it in")
        if kind is None:
            return None
        found: dict[str, Any] = {"title": text_of(self._row.cells.get("title", "")), **dict(self._dates_of(kind))}
        found["amount" if kind == "one-time" else "amount_per_period"] = self._read("amount", values.amount_of_order)
        for name, read in _READERS.items():
            if (value := self._read(name, read)) is not None:
                found[name] = value
        vat, territory = self._read("vat", values.vat), text_of(self._row.cells.get("territory", ""))
        if vat is not None and not territory:
            self.wrong("territory", "it is empty: fill in the territory of the VAT rate, such as FR")
        if self._read("reference", _reference) is None or self.mistakes:
            self._files()
            return None
        return Draft(
            row=self._row,
            reference=text_of(self._row.cells["reference"]),
            kind=kind,
            values=found,
            named={name: text_of(self._row.cells[name]) for name in LISTS if name in self._row.cells},
            vat=vat,
            territory=territory,
            files=self._files(),
        )

    def _read(self, column: str, read: Callable[[Cell], Any]) -> Any:
        cell = self._row.cells.get(column)
        if cell is None:
            return None
        try:
            return read(cell)
        except Wrong as error:
            self.wrong(column, str(error))
            return None

    def _kind(self) -> Kind | None:
        written = text_of(self._row.cells.get("kind", ""))
        kind = _KINDS.get("".join(each for each in written.lower() if each not in "-_ "))
        if written and kind is None:
            self.wrong("kind", "write one-time or subscription")
            return None
        filled: dict[Kind, list[str]] = {
            each: [name for name in of_kind(each) if name in self._row.cells] for each in _KINDS.values()
        }
        if kind is None and all(filled.values()):
            self.wrong(
                "kind",
                f"write one-time or subscription: both {filled['one-time'][0]} and"
                f" {filled['subscription'][0]} are filled",
            )
        elif kind is None and not any(filled.values()):
            self.wrong("kind", "write one-time or subscription, and fill in its columns")
        elif kind is None:
            return next(each for each, names in filled.items() if names)
        else:
            for each, names in filled.items():
                for name in names if each != kind else ():
                    self.wrong(name, f"a {kind} order does not have it: empty it")
        return kind

    def _dates_of(self, kind: Kind) -> Iterator[tuple[str, Any]]:
        for name in of_kind(kind):
            if name.endswith("_date"):
                yield name, self._read(name, self._day)
            elif (value := self._read(name, values.duration)) is not None:
                yield name, value

    def _day(self, cell: Cell) -> date:
        return values.day(cell, self._dates)

    def _files(self) -> tuple[Path, ...]:
        names = [each.strip() for each in text_of(self._row.cells.get(ATTACHMENTS, "")).split("|") if each.strip()]
        if len(names) > MOST_ATTACHMENTS:
            self.wrong(ATTACHMENTS, f"there are {len(names)}: an order has at most {MOST_ATTACHMENTS}")
        paths = [self._folder / name for name in names]
        for name, path in zip(names, paths, strict=True):
            if advice := _fault_of(path):
                self.wrong(ATTACHMENTS, f"{name} {advice}")
        return tuple(paths)


def _fault_of(path: Path) -> str:
    try:
        if not path.is_file():
            return f"is no file in {path.parent}"
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    return "has more than 99 MB" if size > LARGEST_FILE else ""


def _reference(cell: Cell) -> str:
    text = text_of(cell)
    try:
        check_reference(text)
    except InvalidArgument:
        raise Wrong(_fault_of_reference(text)) from None
    return text


def _fault_of_reference(text: str) -> str:
    if len(text) > LONGEST_REFERENCE:
        return f"it has {len(text)} characters: use at most {LONGEST_REFERENCE}"
    if other := re.search("[^A-Za-z0-9._/#:+-]", text):
        shown = "a space" if other[0] == " " else repr(other[0])
        return f"it has {shown}: use letters from A to Z, digits and ._/#:+-"
    return "begin and end it with a letter or a digit"


_READERS: Mapping[str, Callable[[Cell], Any]] = {
    "currency": values.currency,
    "payment_method": values.payment_method,
    "comment": text_of,
    "axis_sections": values.ids,
}
