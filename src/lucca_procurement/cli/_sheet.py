"""Read the rows of a CSV file or a workbook, as people export them. Nothing is guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

from attrs import field, frozen

from .._wire.text import cut
from ._columns import NAMES, REPORT, required

__all__ = ("Cell", "Mistake", "Row", "Sheet", "SheetError", "read_sheet", "text_of")

Cell = str | Decimal | date
"""The value of a cell: text, or a number or a date of a workbook."""
SEPARATORS = ";,\t"
COMMENT = "#"
"""An import ignores a row whose first cell begins so. No reference does."""
WORKBOOKS = (".xlsx", ".xlsm")
_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
"""The texts of the errors of Excel. A row that begins so is no comment."""


class SheetError(Exception):
    """The file cannot be read as a table. The message has the correction."""


def _short(value: str) -> str:
    return cut(value, 80)


@frozen(order=True)
class Mistake:
    """A mistake in a file, and the correction."""

    line: int
    column: str
    value: str = field(converter=_short)
    advice: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.without_line}"

    @property
    def without_line(self) -> str:
        """The column, the value and the correction."""
        value = f" {self.value!r}" if self.value else ""
        return f"{self.column}{value}: {self.advice}" if self.column else self.advice


@frozen
class Row:
    """A row with its number in the file. `cells` has the filled columns. A column without a value is not in it."""

    line: int
    cells: Mapping[str, Cell]
    fault: str = ""
    """The reason why the row as a whole cannot be read."""


@frozen
class Sheet:
    """The table of a file."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    mistakes: tuple[Mistake, ...]
    """The mistakes in the first line."""
    separator: str = ";"


def read_sheet(path: Path) -> Sheet:
    """Return the table of a CSV file or of the first sheet of a workbook.

    Args:
        path: The file.

    Raises SheetError if the file cannot be read as a table.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SheetError(f"{path} cannot be read: {error.strerror}") from None
    if path.suffix.lower() in WORKBOOKS:
        return _sheet(_of_workbook(path, content))
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise SheetError(f"{path} is a workbook: save it as .xlsx, and keep that ending")
    text = _decoded(path, content)
    separator = _separator(text)
    return _sheet(_of_text(path, text, separator), separator)


def text_of(value: Cell) -> str:
    """Return a cell as text that an import reads back as the same value."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        # Three digits after the point could be thousands.
        return f"{text}0" if len(text.partition(".")[2]) == 3 else text
    return value if isinstance(value, str) else value.isoformat()


def _decoded(path: Path, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError(f"{path} is neither UTF-8 nor Windows-1252: save it as CSV UTF-8")


def _separator(text: str) -> str:
    """Return the separator with which the first line has the most known columns."""
    first = text.split("\n", 1)[0].strip()
    if first.lower().startswith("sep=") and first[4:] in [*SEPARATORS, ""]:
        return first[4:] or "\t"

    def known(separator: str) -> int:
        return sum(_name(each) in NAMES for each in first.replace('"', "").split(separator))

    return max(SEPARATORS, key=known)


def _of_text(path: Path, text: str, separator: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    # `newline=""`: a cell may hold a line end.
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not (line == 1 and cells and cells[0].lower().startswith("sep=")):
                yield line, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise SheetError(f"{path}, line {before + 1}: {error}. Check the quotation marks") from None


def _of_workbook(path: Path, content: bytes) -> Iterator[tuple[int, Sequence[Cell]]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        # All rows are read here, because a damaged sheet fails only when its rows are read.
        rows = [[_value(cell) for cell in cells] for cells in book.worksheets[0].iter_rows()]
        book.close()
    except Exception as error:
        raise SheetError(f"{path} cannot be read as a workbook: {error}") from None
    # A sheet can end in thousands of empty cells that were formatted once.
    width = 0
    for line, values in enumerate(rows, 1):
        while values and values[-1] == "":
            values.pop()
        width = width or len(values)
        yield line, [*values, *[""] * (width - len(values))] if values else []


def _value(cell: Any) -> Cell:
    value = cell.value
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).upper()
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, int | float):
        # The shortest text of a float is the number that a person entered.
        number = Decimal(repr(value))
        if "%" in str(cell.number_format):
            return f"{(number * 100).normalize():f} %"
        return Decimal(int(number)) if number == number.to_integral_value() else number
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value.isoformat(" ")
    return value if isinstance(value, date) else str(value).strip()


def _sheet(lines: Iterable[tuple[int, Sequence[Cell]]], separator: str = ";") -> Sheet:
    filled = ((line, cells) for line, cells in lines if any(cell != "" for cell in cells) and not _is_comment(cells))
    line, first = next(filled, (1, ()))
    if not first:
        raise SheetError("the file is empty: the first line must have the names of the columns")
    columns = tuple(_name(text_of(cell)) for cell in first)
    rows = tuple(_row(number, columns, cells) for number, cells in filled)
    return Sheet(columns, rows, tuple(_header_mistakes(line, columns)), separator)


def _is_comment(cells: Sequence[Cell]) -> bool:
    return isinstance(cells[0], str) and cells[0].startswith(COMMENT) and cells[0].upper() not in _ERRORS


def _row(line: int, columns: Sequence[str], cells: Sequence[Cell]) -> Row:
    values = {name: cell for name, cell in zip(columns, cells, strict=False) if cell != ""}
    fault = ""
    if len(cells) != len(columns):
        fault = (
            f"it has {len(cells)} cells, and the first line has {len(columns)}: put quotation marks around a value"
            " that contains the separator"
        )
    return Row(line, values, fault)


def _name(text: str) -> str:
    return "_".join(text.strip().lower().replace("-", "_").split())


def _header_mistakes(line: int, columns: Sequence[str]) -> Iterator[Mistake]:
    for name in dict.fromkeys(columns):
        if columns.count(name) > 1:
            yield Mistake(line, name, "", "the column is there twice: remove one")
        if name not in NAMES and name not in REPORT:
            near = get_close_matches(name, NAMES, 1)
            meant = f", or rename it: did you mean {near[0]}?" if near else ", or rename it"
            yield Mistake(line, name, "", f"there is no such column: remove it{meant}")
    for name in required(None):
        if name not in columns:
            yield Mistake(line, name, "", "the column is missing: add it")
