"""Read the rows of a CSV file or a workbook, as people export them. Nothing is guessed."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
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
        lines, faults = _of_workbook(path, content)
        return _sheet(path, lines, faults=faults)
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise SheetError(f"{path} is a workbook: save it as .xlsx, and keep that ending")
    text = _decoded(path, content)
    separator = _separator(text)
    return _sheet(path, _of_text(path, text, separator), separator)


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


def _of_workbook(path: Path, content: bytes) -> tuple[list[tuple[int, Sequence[Cell]]], Mapping[int, str]]:
    """Return the rows of a workbook with their numbers, and the faults of rows that cannot be read."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        # All rows are read here, because a damaged sheet fails only when its rows are read.
        cells = [list(row) for row in book.worksheets[0].iter_rows()]
        book.close()
        rows = [[_value(cell) for cell in row] for row in cells]
        # A formula with the type of a text and without a text is an empty text.
        faults = _faults(content, {cell.coordinate for row in cells for cell in row if cell.data_type == "str"})
    except Exception as error:
        raise SheetError(f"{path} cannot be read as a workbook: {error}") from None
    # A sheet can end in thousands of empty cells that were formatted once.
    width = 0
    lines: list[tuple[int, Sequence[Cell]]] = []
    for line, values in enumerate(rows, 1):
        while values and values[-1] == "":
            values.pop()
        width = width or len(values)
        lines.append((line, [*values, *[""] * (width - len(values))] if values else []))
    return lines, faults


def _faults(content: bytes, texts: Set[str]) -> dict[int, str]:
    """Return the faults of rows by their number: merged cells, and formulas without a value. Both look empty.

    Args:
        content: The workbook.
        texts: The coordinates of the formulas whose value is a text, also an empty one.
    """
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")]
    if not any(b"<mergeCell " in sheet or b"<f>" in sheet or b"<f " in sheet for sheet in sheets):
        return {}
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
    faults: dict[int, str] = {}
    for line, cells in enumerate(sheet.iter_rows(), 1):
        for cell in cells:
            if cell.data_type == "f" and values[cell.coordinate].value is None and cell.coordinate not in texts:
                faults[line] = (
                    f"the formula in {cell.coordinate} has no value: open the file in Excel or LibreOffice, and save it"
                )
    for merged in sheet.merged_cells.ranges:
        for line in range(merged.min_row, merged.max_row + 1):
            faults[line] = f"the cells {merged.coord} are merged: separate them, and fill in each of them"
    return faults


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


def _sheet(
    path: Path,
    lines: Iterable[tuple[int, Sequence[Cell]]],
    separator: str = ";",
    faults: Mapping[int, str] | None = None,
) -> Sheet:
    filled = ((line, cells) for line, cells in lines if any(cell != "" for cell in cells) and not _is_comment(cells))
    line, first = next(filled, (1, ()))
    if not first:
        raise SheetError(f"{path} is empty: the first line must have the names of the columns")
    columns = tuple(_name(text_of(cell)) for cell in first)
    rows = [(number, list(cells)) for number, cells in filled]
    # Excel exports each column that was ever formatted.
    while columns and not columns[-1] and all(len(cells) < len(columns) or cells[-1] == "" for _, cells in rows):
        for _, cells in rows:
            del cells[len(columns) - 1 :]
        columns = columns[:-1]
    read = tuple(_row(number, columns, cells, (faults or {}).get(number, "")) for number, cells in rows)
    return Sheet(columns, read, tuple(_header_mistakes(line, columns)), separator)


def _is_comment(cells: Sequence[Cell]) -> bool:
    return isinstance(cells[0], str) and cells[0].startswith(COMMENT) and cells[0].upper() not in _ERRORS


def _row(line: int, columns: Sequence[str], cells: Sequence[Cell], fault: str) -> Row:
    values = {name: cell for name, cell in zip(columns, cells, strict=False) if cell != ""}
    if not fault and len(cells) != len(columns):
        fault = (
            f"it has {len(cells)} cells, and the first line has {len(columns)}: put quotation marks around a value"
            " that contains the separator"
        )
    return Row(line, values, fault)


def _name(text: str) -> str:
    return "_".join(text.strip().lower().replace("-", "_").split())


def _header_mistakes(line: int, columns: Sequence[str]) -> Iterator[Mistake]:
    for name in dict.fromkeys(columns):
        if not name:
            yield Mistake(line, "", "", "a column has no name: name it, or remove it")
            continue
        if columns.count(name) > 1:
            yield Mistake(line, name, "", "the column is there twice: remove one")
        if name not in NAMES and name not in REPORT:
            near = get_close_matches(name, NAMES, 1)
            meant = f", or rename it: did you mean {near[0]}?" if near else ", or rename it"
            yield Mistake(line, name, "", f"there is no such column: remove it{meant}")
    for name in required(None):
        if name not in columns:
            yield Mistake(line, name, "", "the column is missing: add it")
