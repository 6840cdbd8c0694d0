"""The values of cells: which are read, and which are refused as ambiguous or wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lucca_procurement.cli import _values as values
from lucca_procurement.cli._values import Vat, Wrong


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1250", "1250"),
        ("1250.00", "1250.00"),
        ("1250,5", "1250.5"),
        ("1 250,00", "1250.00"),
        ("1\u00a0250,00", "1250.00"),
        ("1\u202f250\u202f000,00", "1250000.00"),
        ("1'250.00", "1250.00"),
        ("1 250.000", "1250.000"),
        ("1.250,00", "1250.00"),
        ("1,250.00", "1250.00"),
        ("1.250.000", "1250000"),
        ("1.250.000,5", "1250000.5"),
        ("1250.000", "1250.000"),
        ("0,125", "0.125"),
        ("12.3456", "12.3456"),
        ("-12,50", "-12.50"),
        ("\u221212,50", "-12.50"),
        (Decimal("1.125"), "1.125"),
    ],
)
def test_amount_is_read_exactly(cell: str | Decimal, expected: str) -> None:
    assert str(values.amount(cell)) == expected


@pytest.mark.parametrize("cell", ["-12,50", "0", Decimal("-1"), Decimal(0)])
def test_amount_of_order_not_above_zero_is_refused(cell: str | Decimal) -> None:
    with pytest.raises(values.Wrong, match="it is not more than 0"):
        values.amount_of_order(cell)


@pytest.mark.parametrize("cell", ["1.250", "1,250", "12.500", "250,000"])
def test_amount_with_three_digits_after_mark_is_ambiguous(cell: str) -> None:
    with pytest.raises(Wrong, match="ambiguous"):
        values.amount(cell)


@pytest.mark.parametrize(
    "cell",
    ["", "12 50", "1 25,00", "1.25.00", "1,2,3", "12..5", "1.250,00.1", "€ 12", "12 EUR", "1e3", "12,", ",5", "١٢"],
)
def test_text_that_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(Wrong, match="no amount"):
        values.amount(cell)


def test_date_is_no_amount() -> None:
    with pytest.raises(Wrong, match="date"):
        values.amount(date(2026, 12, 1))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("20", "0.2"),
        ("20 %", "0.2"),
        ("20%", "0.2"),
        ("5,5", "0.055"),
        ("5.5 %", "0.055"),
        ("2,1", "0.021"),
        ("0", "0"),
        ("0,5 %", "0.005"),
        ("100", "1"),
        (Decimal("20"), "0.2"),
    ],
)
def test_vat_is_read_in_percent(cell: str | Decimal, expected: str) -> None:
    assert values.vat(cell) == Vat(Decimal(expected))


def test_vat_can_name_its_kind() -> None:
    assert values.vat("20 % Normal") == Vat(Decimal("0.2"), "Normal")


@pytest.mark.parametrize("cell", ["0.2", "0,055", Decimal("0.2")])
def test_vat_below_one_without_percent_sign_is_ambiguous(cell: str | Decimal) -> None:
    with pytest.raises(Wrong, match="ambiguous"):
        values.vat(cell)


@pytest.mark.parametrize("cell", ["", "twenty", "-20", "120", "20 Normal", "2 0", Decimal(2000)])
def test_text_that_is_no_vat_rate_is_refused(cell: str | Decimal) -> None:
    with pytest.raises(Wrong):
        values.vat(cell)


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("2026-12-01", "iso"),
        ("2026-12-01 00:00:00", "iso"),
        ("2026-12-01T00:00", "iso"),
        (date(2026, 12, 1), "iso"),
        ("2026-12-01", "dmy"),
        ("01/12/2026", "dmy"),
        ("1.12.2026", "dmy"),
        ("12/01/2026", "mdy"),
    ],
)
def test_day_is_read(cell: str | date, order: Any) -> None:
    assert values.day(cell, order) == date(2026, 12, 1)


@pytest.mark.parametrize("cell", ["01/12/2026", "25/12/2026", "1.12.2026"])
def test_day_with_unknown_order_is_refused(cell: str) -> None:
    with pytest.raises(Wrong, match="--dates"):
        values.day(cell, "iso")


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("", "iso"),
        ("2026-13-01", "iso"),
        ("2026-12-01 10:30:00", "iso"),
        ("20261201", "iso"),
        ("31/02/2026", "dmy"),
        ("12/25/2026", "dmy"),
        ("01/12/26", "dmy"),
        (Decimal(46357), "iso"),
    ],
)
def test_text_that_is_no_day_is_refused(cell: str | Decimal, order: Any) -> None:
    with pytest.raises(Wrong):
        values.day(cell, order)


@pytest.mark.parametrize(
    ("read", "cell", "expected"),
    [
        (values.ids, "340|341", [340, 341]),
        (values.ids, " 340 | ", [340]),
        (values.ids, Decimal(340), [340]),
        (values.currency, "eur", "EUR"),
        (values.duration, "12 months", "12 months"),
        (values.payment_method, "bank transfer", "BankTransfer"),
        (values.payment_method, "DirectDebit", "DirectDebit"),
    ],
)
def test_other_values_are_read(read: Callable[[Any], Any], cell: Any, expected: Any) -> None:
    assert read(cell) == expected


@pytest.mark.parametrize(
    ("read", "cell"),
    [
        (values.ids, "a|b"),
        (values.ids, "340,341"),
        (values.currency, "euros"),
        (values.currency, "Invalid"),
        (values.duration, "12"),
        (values.duration, "12 mois"),
        (values.payment_method, "cash"),
    ],
)
def test_other_wrong_values_are_refused(read: Callable[[Any], Any], cell: str) -> None:
    with pytest.raises(Wrong):
        read(cell)
