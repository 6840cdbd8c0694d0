"""Write a file to fill in, with every column explained."""

from __future__ import annotations

import csv
from pathlib import Path

from ._columns import COLUMNS, Column
from ._running import Refused, check_new
from ._sheet import COMMENT, WORKBOOKS

__all__ = ("write_template",)

_EXAMPLES = ([column.one_time for column in COLUMNS], [column.subscription for column in COLUMNS])


def write_template(path: Path, *, force: bool = False) -> None:
    """Write a template: a workbook with a sheet of explanations, or a CSV file with an explanation in each column.

    Args:
        path: The file, which ends in .csv or .xlsx.
        force: True to replace an existing file.

    Raises Refused if the file exists, or has another ending. Raises OSError if it cannot be written.
    """
    check_new(path, force=force)
    if path.suffix.lower() == ".csv":
        _write_csv(path)
    elif path.suffix.lower() in WORKBOOKS:
        _write_workbook(path)
    else:
        raise Refused(f"{path} must end in .csv or .xlsx")


def explanation(column: Column) -> str:
    """Return the explanation of a column, with the orders that need it."""
    article = "a one-time order" if column.kind == "one-time" else f"a {column.kind}"
    if column.required:
        return f"Needed by {'each order' if column.kind is None else article}. {column.text}"
    return column.text if column.kind is None else f"Only for {article}. {column.text}"


def _write_csv(path: Path) -> None:
    # Excel takes a file for UTF-8 only if it begins with a byte order mark.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([column.name for column in COLUMNS])
        # An import ignores rows that begin with #. So nobody orders the examples.
        for row in (map(explanation, COLUMNS), *_EXAMPLES):
            first, *others = row
            writer.writerow([f"{COMMENT} {first}", *others])


def _write_workbook(path: Path) -> None:
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "orders"
    sheet.append([column.name for column in COLUMNS])
    for index, column in enumerate(COLUMNS, 1):
        cell = sheet.cell(1, index)
        cell.font = Font(bold=True)
        cell.comment = Comment(explanation(column), "lucca-procurement", width=300, height=120)
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = max(12, len(column.name) + 2)
        # As text, so that Excel leaves references and amounts as they are written.
        for line in range(2, 1001):
            sheet.cell(line, index).number_format = "@"
    sheet.freeze_panes = "B2"
    words = book.create_sheet("columns")
    words.append(["column", "explanation", "example of a one-time order", "example of a subscription"])
    for column in COLUMNS:
        words.append([column.name, explanation(column), column.one_time, column.subscription])
    words.column_dimensions["A"].width, words.column_dimensions["B"].width = 22, 100
    book.save(path)
