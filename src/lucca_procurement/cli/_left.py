"""Write the rows that are left of an import, to correct and import again."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from attrs import frozen

from ._columns import ATTACHMENTS, REPORT
from ._running import Refused
from ._sheet import WORKBOOKS, Row, Sheet, SheetError, read_sheet, text_of

__all__ = ("Left", "check_left", "is_same_file", "write_left")


@frozen
class Left:
    """A row that is left, with the state of its order and the reason."""

    row: Row
    state: str
    why: str


def is_same_file(path: Path, source: Path) -> bool:
    """Return True if the rows that are left go into the imported file itself."""
    return path.exists() and source.exists() and path.samefile(source)


def check_left(path: Path, source: Path, sheet: Sheet) -> None:
    """Check that the rows that are left can be written, and that no rows of another file are lost by it.

    Args:
        path: The file to write.
        source: The imported file.
        sheet: The table of the imported file.

    Raises Refused if the folder is missing, or if the file exists and has a row that the imported file does not have.
    """
    if not path.parent.is_dir():
        raise Refused(f"{path.parent} is no folder: name another file for the rows that are left, with --left")
    if path.suffix.lower() in WORKBOOKS:
        raise Refused(f"{path} is no CSV file: the rows that are left are CSV. Name a file that ends in .csv")
    if not path.exists() or is_same_file(path, source):
        return
    lost = f"The rows that are left would replace {path}: move it, or name another file with --left"
    try:
        older = read_sheet(path)
    except (OSError, SheetError):
        raise Refused(f"{path} is no file of rows. {lost}") from None
    if not _references(older) <= _references(sheet):
        raise Refused(f"{path} has rows that are not in {source}. {lost}")


def _references(sheet: Sheet) -> set[str]:
    return {text_of(row.cells.get("reference", "")).lower() for row in sheet.rows}


def write_left(path: Path, source: Path, sheet: Sheet, left: Iterable[Left]) -> Path | None:
    """Write the rows that are left, with their columns, `state` and `why`. If there are none, remove an older file.

    An older file whose cells differ from the imported file may have corrections. It gets another name, which this
    function returns.

    Args:
        path: The file to write. It is replaced at once.
        source: The imported file.
        sheet: The table of the imported file.
        left: The rows.

    Raises OSError if the file cannot be written, and SheetError if an older one cannot be read.
    """
    rows = sorted(left, key=lambda each: each.row.line)
    columns = [name for name in sheet.columns if name not in REPORT]
    moved = path.parent.resolve() != source.parent.resolve()

    def cells_of(row: Row) -> dict[str, str]:
        cells = _own_cells(row)
        if moved and ATTACHMENTS in cells:
            cells[ATTACHMENTS] = _absolute(cells[ATTACHMENTS], source.parent)
        return cells

    kept = None
    if path.exists() and not is_same_file(path, source):
        known = {frozenset(cells_of(row).items()) for row in sheet.rows}
        if any(frozenset(_own_cells(row).items()) not in known for row in read_sheet(path).rows):
            kept = path.replace(_free_name(path))
        elif not rows:
            path.unlink()
    if not rows and not is_same_file(path, source):
        return kept
    written = path.with_name(f"{path.name}.new")
    # Excel takes a file for UTF-8 only if it begins with a byte order mark.
    with written.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=sheet.separator)
        writer.writerow([*columns, *REPORT])
        for each in rows:
            cells = cells_of(each.row)
            writer.writerow([*(cells.get(name, "") for name in columns), each.state, each.why])
    written.replace(path)
    return kept


def _own_cells(row: Row) -> dict[str, str]:
    """Return the filled cells of a row, without those that an import added."""
    return {name: text_of(cell) for name, cell in row.cells.items() if name not in REPORT}


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.stem}.{number}{path.suffix}") for number in count(1))
    return next(name for name in names if not name.exists())


def _absolute(names: str, folder: Path) -> str:
    return "|".join(str((folder / name.strip()).resolve()) for name in names.split("|") if name.strip())
