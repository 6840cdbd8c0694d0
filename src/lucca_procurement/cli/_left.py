"""Write the rows that are left of an import, to correct and import again."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from ._columns import ATTACHMENTS, REPORT
from ._sheet import Row, Sheet, shown

__all__ = ("Left", "write_left")


@frozen
class Left:
    """A row that is left, with the state of its order and the reason."""

    row: Row
    state: str
    why: str


def write_left(path: Path, source: Path, sheet: Sheet, left: Iterable[Left]) -> None:
    """Write the rows that are left, with their columns, `state` and `why`. If there are none, remove an older file.

    Args:
        path: The file to write. It is replaced at once.
        source: The imported file.
        sheet: The table of the imported file.
        left: The rows.

    Raises OSError if the file cannot be written.
    """
    rows = sorted(left, key=lambda each: each.row.line)
    is_source = path.exists() and source.exists() and path.samefile(source)
    if not rows and not is_source:
        path.unlink(missing_ok=True)
        return
    columns = [name for name in sheet.columns if name not in REPORT]
    moved = path.parent.resolve() != source.parent.resolve()
    written = path.with_name(f"{path.name}.new")
    # Excel takes a file for UTF-8 only if it begins with a byte order mark.
    with written.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=sheet.separator)
        writer.writerow([*columns, *REPORT])
        for each in rows:
            cells = {name: shown(cell) for name, cell in each.row.cells.items()}
            if moved and ATTACHMENTS in cells:
                cells[ATTACHMENTS] = _absolute(cells[ATTACHMENTS], source.parent)
            writer.writerow([*(cells.get(name, "") for name in columns), each.state, each.why])
    written.replace(path)


def _absolute(names: str, folder: Path) -> str:
    return "|".join(str((folder / name.strip()).resolve()) for name in names.split("|") if name.strip())
