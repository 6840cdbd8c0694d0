"""Files as people export them: separators, encodings, quotation marks, workbooks, and the first line."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import openpyxl
import pytest

from lucca_procurement.cli import _sheet
from lucca_procurement.cli._columns import COLUMNS, NAMES
from lucca_procurement.cli._running import Refused
from lucca_procurement.cli._sheet import Mistake, SheetError, read_sheet, text_of
from lucca_procurement.cli._template import write_template

HEADER = "reference,title,supplier,owner,nature,amount"
NAMES_OF_ROW = HEADER.replace(",", ";")
VALUES = "PO-1;a;6;35;1;12"


def written(folder: Path, content: bytes | str, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separators_and_encodings_are_found(tmp_path: Path, separator: str, encoding: str) -> None:
    text = f"{HEADER}\r\nPO-1,Écran à 5 €,6,35,1,12\r\n".replace(",", separator)
    sheet = read_sheet(written(tmp_path, text.encode(encoding)))
    assert sheet.separator == separator
    assert sheet.mistakes == ()
    assert sheet.rows[0].cells["title"] == "Écran à 5 €"


def test_line_of_excel_with_separator_is_no_header(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, f"sep=,\n{HEADER}\nPO-1,a,6,35,1,12\n"))
    assert [row.line for row in sheet.rows] == [3]


def test_numbers_of_lines_count_line_ends_in_cells(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, f'{HEADER}\nPO-1,"two\nlines",6,35,1,12\n\nPO-2,b,6,35,1,12\n'))
    assert [(row.line, row.cells["reference"]) for row in sheet.rows] == [(2, "PO-1"), (5, "PO-2")]


def test_row_with_unquoted_separator_is_a_fault(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, f"{HEADER}\nPO-1,a,6,35,1,1250,00\n"))
    assert "7 cells" in sheet.rows[0].fault


def test_header_is_read_in_any_case_and_order(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, " Amount ,Cost Center,nature,OWNER,supplier,title,Reference\n1,2,3,4,5,6,7\n"))
    assert sheet.mistakes == ()
    assert sheet.columns == ("amount", "cost_center", "nature", "owner", "supplier", "title", "reference")


def test_mistakes_in_header_name_column_and_correction(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, "reference,title,title,suplier,owner,nature,state,why\n"))
    assert [(each.line, each.column) for each in sheet.mistakes] == [
        (1, "title"),
        (1, "suplier"),
        (1, "supplier"),
        (1, "amount"),
    ]
    assert "supplier?" in str(sheet.mistakes[1])


@pytest.mark.parametrize("content", [b"", b"\n\n", b"PK\x03\x04....", b"\x81\x8d\x8f"])
def test_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SheetError):
        read_sheet(written(tmp_path, content))


def test_open_quotation_mark_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="line 2"):
        read_sheet(written(tmp_path, f'{HEADER}\nPO-1,"open,6,35,1,12\n'))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="cannot be read"):
        read_sheet(tmp_path / "none.csv")


def test_cells_of_workbook_are_taken_as_they_are(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["reference", "title", "amount", "cost_date", "vat", "comment", None])
    sheet.append([4711, " Laptops ", 1250.1, datetime.fromisoformat("2026-12-01"), 0.2, True, None])
    sheet["E2"].number_format = "0%"
    sheet["F9"].number_format = "0.00"
    book.save(tmp_path / "orders.xlsx")
    row = read_sheet(tmp_path / "orders.xlsx").rows[0]
    assert row.fault == ""
    assert row.line == 2
    assert row.cells == {
        "reference": Decimal(4711),
        "title": "Laptops",
        "amount": Decimal("1250.1"),
        "cost_date": date(2026, 12, 1),
        "vat": "20 %",
        "comment": "TRUE",
    }


def test_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="workbook"):
        read_sheet(written(tmp_path, HEADER, "orders.xlsx"))


def test_shown_number_with_three_digits_is_not_ambiguous() -> None:
    assert [text_of(Decimal("1.125")), text_of(Decimal("12.5")), text_of(date(2026, 12, 1))] == [
        "1.1250",
        "12.5",
        "2026-12-01",
    ]


@pytest.mark.parametrize("name", ["orders.csv", "orders.xlsx"])
def test_template_has_all_columns_and_no_orders(tmp_path: Path, name: str) -> None:
    write_template(tmp_path / name)
    sheet = read_sheet(tmp_path / name)
    assert (sheet.columns, sheet.rows, sheet.mistakes) == (NAMES, (), ())
    with pytest.raises(Refused, match="--force"):
        write_template(tmp_path / name)
    write_template(tmp_path / name, force=True)


def test_template_explains_each_column(tmp_path: Path) -> None:
    write_template(tmp_path / "orders.xlsx")
    book = openpyxl.load_workbook(tmp_path / "orders.xlsx")
    explained = [[cell.value for cell in row[:2]] for row in book["columns"].iter_rows(min_row=2)]
    assert [name for name, _ in explained] == [*NAMES]
    assert all(column.text in str(text) for column, (_, text) in zip(COLUMNS, explained, strict=True))
    write_template(tmp_path / "orders.csv")
    assert all(column.text in (tmp_path / "orders.csv").read_text("utf-8-sig") for column in COLUMNS)


def test_template_with_other_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"\.csv or \.xlsx"):
        write_template(tmp_path / "orders.ods")


def test_mistake_names_line_column_value_and_correction() -> None:
    assert str(Mistake(17, "vat", "0.2", "write 20")) == "line 17, vat '0.2': write 20"


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#name?"])
def test_row_that_begins_with_error_of_excel_is_no_comment(tmp_path: Path, error: str) -> None:
    sheet = read_sheet(written(tmp_path, f"{HEADER}\n{error},a,6,35,1,12\n# PO-2,a,6,35,1,12\n"))
    assert [row.line for row in sheet.rows] == [2]


def test_workbook_with_huge_number_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active
    book.active.append(HEADER.split(","))
    book.active.append(["PO-1", "a", 6, 35, 1, 1e30])
    book.save(tmp_path / "orders.xlsx")
    (row,) = read_sheet(tmp_path / "orders.xlsx").rows
    assert row.cells["amount"] == Decimal(10**30)


# ---- Exports of Excel that look emptier than they are, or fuller


def test_columns_without_name_and_values_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"{NAMES_OF_ROW};;\n{VALUES};;\n;;;;;;;;\n")
    sheet = read_sheet(path)
    assert (len(sheet.columns), sheet.mistakes) == (len(NAMES_OF_ROW.split(";")), ())
    assert [row.fault for row in sheet.rows] == [""]


def test_column_without_name_that_has_a_value_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"{NAMES_OF_ROW};;\n{VALUES};;note\n")
    assert [each.advice for each in read_sheet(path).mistakes] == ["a column has no name: name it, or remove it"]


def test_merged_cells_are_a_fault_of_their_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in (NAMES_OF_ROW, VALUES, VALUES, VALUES):
        sheet.append(cells.split(";"))
    sheet.merge_cells("D2:D3")
    book.save(tmp_path / "orders.xlsx")
    faults = [row.fault for row in read_sheet(tmp_path / "orders.xlsx").rows]
    assert faults == ["the cells D2:D3 are merged: separate them, and fill in each of them"] * 2 + [""]


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (b'<c r="F2"><f>1+1</f><v /></c>', "the formula in F2 has no value"),
        (b'<c r="F2"><f>1+1</f></c>', "the formula in F2 has no value"),
        (b'<c r="F2"><f>1+1</f><v>2</v></c>', ""),
        (b'<c r="F2" t="str"><f>IF(1,"","")</f><v></v></c>', ""),
        (b'<c r="F2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', ""),
    ],
)
def test_formula_without_value_is_a_fault_of_its_row(tmp_path: Path, cell: bytes, fault: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(NAMES_OF_ROW.split(";"))
    sheet.append(VALUES.split(";"))
    sheet["F2"] = "=1+1"
    book.save(tmp_path / "made.xlsx")
    with ZipFile(tmp_path / "made.xlsx") as made, ZipFile(tmp_path / "orders.xlsx", "w") as written:
        for name in made.namelist():
            written.writestr(name, re.sub(rb'<c r="F2">.*?</c>', cell, made.read(name)))
    (row,) = read_sheet(tmp_path / "orders.xlsx").rows
    assert row.fault.startswith(fault)
    assert bool(row.fault) == bool(fault)


@pytest.mark.parametrize("number", ["inf", "nan"])
def test_number_of_workbook_that_is_none_is_text(number: str) -> None:
    assert _sheet._value(SimpleNamespace(value=float(number))) == number
