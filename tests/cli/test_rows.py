"""Rows: kinds, needed columns, references, attachments. Nothing is sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from lucca_procurement.cli._rows import Draft, check_rows
from lucca_procurement.cli._sheet import Cell, Mistake, Row
from lucca_procurement.cli._values import Vat

COMMON: dict[str, Cell] = {
    "reference": "PO-1",
    "title": "Laptops",
    "supplier": "6",
    "owner": "35",
    "nature": "IT",
    "amount": "12,50",
}
ONE_TIME: dict[str, Cell] = {**COMMON, "cost_date": "2026-12-01", "invoice_date": "2026-12-15"}
SUBSCRIPTION: dict[str, Cell] = {
    **COMMON,
    "start_date": "2026-12-01",
    "first_invoice_date": "2026-12-15",
    "every": "1 month",
    "duration": "12 months",
}


def checked(*rows: dict[str, Cell], folder: Path = Path()) -> tuple[list[Draft], list[Mistake]]:
    return check_rows([Row(line, cells) for line, cells in enumerate(rows, 2)], folder)


def mistakes_of(row: dict[str, Cell], folder: Path = Path()) -> list[tuple[str, str]]:
    drafts, mistakes = checked(row, folder=folder)
    assert not drafts
    return [(each.column, each.advice) for each in mistakes]


def test_one_time_row_becomes_draft() -> None:
    (draft,), mistakes = checked({**ONE_TIME, "vat": "20", "territory": "FR", "axis_sections": "340|341"})
    assert not mistakes
    assert draft.kind == "one-time"
    assert draft.values == {
        "title": "Laptops",
        "amount": Decimal("12.50"),
        "cost_date": date(2026, 12, 1),
        "invoice_date": date(2026, 12, 15),
        "axis_sections": [340, 341],
    }
    assert draft.named == {"supplier": "6", "owner": "35", "nature": "IT"}
    assert (draft.vat, draft.territory) == (Vat(Decimal("0.2")), "FR")


def test_subscription_row_becomes_draft() -> None:
    (draft,), mistakes = checked({**SUBSCRIPTION, "notice": "3 months"})
    assert not mistakes
    assert draft.kind == "subscription"
    assert draft.values["amount_per_period"] == Decimal("12.50")
    assert [draft.values[name] for name in ("every", "duration", "notice")] == ["1 month", "12 months", "3 months"]


@pytest.mark.parametrize("kind", ["subscription", "Subscription"])
def test_written_kind_counts(kind: str) -> None:
    (draft,), _ = checked({**SUBSCRIPTION, "kind": kind})
    assert draft.kind == "subscription"


@pytest.mark.parametrize("kind", ["one-time", "one time", "ONE_TIME"])
def test_kind_is_read_in_any_spelling(kind: str) -> None:
    (draft,), _ = checked({**ONE_TIME, "kind": kind})
    assert draft.kind == "one-time"


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({**ONE_TIME, "kind": "both"}, ["kind"]),
        ({**ONE_TIME, **SUBSCRIPTION}, ["kind"]),
        (COMMON, ["kind"]),
        ({**ONE_TIME, "kind": "subscription"}, ["cost_date", "invoice_date", "start_date"]),
        ({**ONE_TIME, "every": "1 month", "kind": "one-time"}, ["every"]),
    ],
)
def test_kind_that_is_not_clear_is_a_mistake(row: dict[str, Cell], columns: list[str]) -> None:
    found = [column for column, _ in mistakes_of(row)]
    assert found[: len(columns)] == columns


def test_each_needed_column_is_named() -> None:
    row: dict[str, Cell] = {"cost_date": "2026-12-01"}
    assert [column for column, _ in mistakes_of(row)] == [
        "reference",
        "title",
        "supplier",
        "owner",
        "nature",
        "amount",
        "invoice_date",
    ]


def test_all_mistakes_of_row_are_found(tmp_path: Path) -> None:
    row: dict[str, Cell] = {**ONE_TIME, "reference": "PO 1", "amount": "1.250", "cost_date": "1/12/2026"}
    row |= {"vat": "0.2", "currency": "euro", "attachments": "none.pdf"}
    found = {column for column, _ in mistakes_of(row, tmp_path)}
    assert found == {"cost_date", "amount", "currency", "vat", "reference", "attachments"}


def test_vat_needs_territory() -> None:
    assert [column for column, _ in mistakes_of({**ONE_TIME, "vat": "20"})] == ["territory"]


@pytest.mark.parametrize(
    ("reference", "advice"),
    [
        ("PO 1", "it has a space: use letters from A to Z, digits and ._/#:+-"),
        ("PÖ-1", "it has 'Ö': use letters from A to Z, digits and ._/#:+-"),
        ("PO-1-", "begin and end it with a letter or a digit"),
        ("P" * 65, "it has 65 characters: use at most 64"),
    ],
)
def test_mistake_of_reference_names_its_fault(reference: str, advice: str) -> None:
    assert mistakes_of({**ONE_TIME, "reference": reference}) == [("reference", advice)]


def test_reference_that_is_there_twice_is_a_mistake_of_both_rows() -> None:
    # Nobody knows which of the two is meant.
    drafts, (first, second) = checked(ONE_TIME, {**ONE_TIME, "reference": "po-1"})
    assert drafts == []
    assert [(first.line, first.column), (second.line, second.column)] == [(2, "reference"), (3, "reference")]
    assert ("line 3" in first.advice, "line 2" in second.advice) == (True, True)


def test_number_of_workbook_is_a_reference() -> None:
    (draft,), _ = checked({**ONE_TIME, "reference": Decimal(4711), "supplier": Decimal(6)})
    assert draft.reference == "4711"
    assert draft.named["supplier"] == "6"


def test_attachments_are_relative_to_folder(tmp_path: Path) -> None:
    (tmp_path / "offers").mkdir()
    for name in ("a.pdf", "offers/b.pdf"):
        (tmp_path / name).write_bytes(b"x")
    (draft,), _ = checked({**ONE_TIME, "attachments": "a.pdf | offers/b.pdf|"}, folder=tmp_path)
    assert draft.files == (tmp_path / "a.pdf", tmp_path / "offers/b.pdf")


@pytest.mark.parametrize(("cell", "word"), [("none.pdf", "no file"), (".", "no file"), ("a|b|c|d", "at most 3")])
def test_wrong_attachment_is_a_mistake(tmp_path: Path, cell: str, word: str) -> None:
    assert word in mistakes_of({**ONE_TIME, "attachments": cell}, tmp_path)[0][1]


def test_row_with_fault_has_one_mistake() -> None:
    _, (mistake,) = check_rows([Row(2, {}, "it has 7 cells")], Path())
    assert str(mistake) == "line 2, it has 7 cells"
