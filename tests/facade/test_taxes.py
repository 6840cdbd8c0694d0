"""Taxes worked out: rounding, the unit of each currency, and the choice of a rate."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucca_procurement import errors, taxed_amount, taxes
from lucca_procurement._ordering.compare import total_of
from lucca_procurement.emulator import Emulator
from lucca_procurement.models import UNSET, Amount, TaxRate
from support.client import client_over
from support.transports import Checked

DAY = date(2025, 1, 1)

EVERY_SIGNAL = [
    decimal.Clamped,
    decimal.DivisionByZero,
    decimal.FloatOperation,
    decimal.Inexact,
    decimal.InvalidOperation,
    decimal.Overflow,
    decimal.Rounded,
    decimal.Subnormal,
    decimal.Underflow,
]


def rate(percentage: str, kind: int = 45, name: str | None = None) -> TaxRate:
    """Return a rate, read as it comes over the wire, with exactly these digits as its percentage."""
    named = "" if name is None else f', "name": "{name}"'
    return TaxRate.from_json(f'{{"id": 1, "percentage": {percentage}, "rateType": {{"id": {kind}{named}}}}}'.encode())


def worked_out(value: str, currency: str, *percentages: str) -> tuple[list[str], str]:
    """Return the digits of each tax and of the total."""
    found = taxed_amount(Decimal(value), currency, *map(rate, percentages))
    assert found.excluding_taxes == Amount(value=Decimal(value), currency=currency)
    assert found.including_taxes is UNSET
    assert all(tax.currency == currency for tax in found.taxes)
    with decimal.localcontext(decimal.Context(prec=100)):
        return [str(tax.value) for tax in found.taxes], str(total_of(found))


@pytest.mark.parametrize(
    ("value", "currency", "percentages", "lines", "total"),
    [
        pytest.param("1000", "EUR", ["0.2"], ["200.00"], "1200.00", id="whole"),
        pytest.param("250", "USD", ["0.1"], ["25.00"], "275.00", id="the sample's"),
        pytest.param("0.02", "EUR", ["0.25"], ["0.01"], "0.03", id="half goes up"),
        pytest.param("0.10", "EUR", ["0.05"], ["0.01"], "0.11", id="half goes up, away from the even digit below"),
        pytest.param("0.50", "EUR", ["0.05"], ["0.03"], "0.53", id="half goes up, away from the even digit"),
        pytest.param("0.09", "EUR", ["0.05"], ["0.00"], "0.09", id="less than half goes down"),
        pytest.param("-0.10", "EUR", ["0.05"], ["-0.01"], "-0.11", id="a negative half goes away from zero"),
        pytest.param("-119.90", "EUR", ["0.2"], ["-23.98"], "-143.88", id="negative"),
        pytest.param("-0.01", "EUR", ["0.2"], ["0.00"], "-0.01", id="zero has no sign"),
        pytest.param("0", "EUR", ["0.2"], ["0.00"], "0.00", id="nothing"),
        pytest.param("1005", "JPY", ["0.1"], ["101"], "1106", id="no digits"),
        pytest.param("1.234", "TND", ["0.19"], ["0.234"], "1.468", id="three digits"),
        pytest.param("1.250", "KWD", ["0.0004"], ["0.001"], "1.251", id="three digits, half"),
        pytest.param("100.00", "EUR", ["0.055", "0.2"], ["5.50", "20.00"], "125.50", id="several"),
        pytest.param("0.03", "EUR", ["0.2", "0.2"], ["0.01", "0.01"], "0.05", id="each is rounded by itself"),
        pytest.param("100.00", "EUR", [], [], "100.00", id="none"),
        pytest.param("99.99", "EUR", ["0"], ["0.00"], "99.99", id="0 as a JSON integer"),
        pytest.param("99.99", "EUR", ["1"], ["99.99"], "199.98", id="1 as a JSON integer"),
        pytest.param("99.99", "EUR", ["0.0"], ["0.00"], "99.99", id="0 with a fraction"),
        pytest.param("99.99", "EUR", ["2e-1"], ["20.00"], "119.99", id="exponent"),
        pytest.param("1.000", "EUR", ["0.2"], ["0.20"], "1.200", id="digits that say nothing"),
        pytest.param("1E+3", "EUR", ["0.2"], ["200.00"], "1200.00", id="amount with an exponent"),
        pytest.param(
            "123456789012345678.95",
            "EUR",
            ["0.2"],
            ["24691357802469135.79"],
            "148148146814814814.74",
            id="20 digits",
        ),
    ],
)
def test_taxed_amount_rounds_each_tax_half_up_to_minor_unit(
    value: str, currency: str, percentages: list[str], lines: list[str], total: str
) -> None:
    assert worked_out(value, currency, *percentages) == (lines, total)


def test_taxed_amount_line_holds_rate_type_id() -> None:
    found = taxed_amount(1, "EUR", rate("0.2", kind=45), rate("0.1", kind=46))
    assert [tax.rate_type_id for tax in found.taxes] == [45, 46]


@pytest.mark.parametrize(
    "context",
    [
        pytest.param(decimal.Context(prec=5), id="narrow"),
        pytest.param(decimal.Context(prec=5, rounding=decimal.ROUND_CEILING), id="rounds otherwise"),
        pytest.param(decimal.Context(prec=5, Emin=0, Emax=9, traps=EVERY_SIGNAL), id="every trap"),
        pytest.param(decimal.Context(prec=1, Emin=0, Emax=0, traps=[]), id="no traps"),
    ],
)
def test_taxes_in_any_decimal_context_are_unchanged(context: decimal.Context) -> None:
    with decimal.localcontext(context):
        assert worked_out("123456789012.25", "EUR", "0.0333", "0.2") == (
            ["4111111074.11", "24691357802.45"],
            "152259257888.81",
        )
        assert str(taxes.minor_unit("TND")) == "0.001"
        assert taxes.find_rate([rate("0.0333333")], taxes.fraction("0.0333333"))
    with decimal.localcontext(context), pytest.raises(errors.InvalidArgument, match="finer"):
        worked_out("123456789012.251", "EUR")
    with decimal.localcontext(context), pytest.raises(errors.InvalidArgument, match="fraction"):
        taxes.fraction("a fifth")


CURRENCIES = st.sampled_from([("EUR", 2), ("JPY", 0), ("BHD", 3)])


@given(CURRENCIES, st.integers(-(10**20), 10**20), st.lists(st.decimals(0, 1, places=6), max_size=4))
def test_taxed_amount_total_equals_amount_plus_rounded_taxes(
    currency: tuple[str, int], units: int, percentages: list[Decimal]
) -> None:
    code, digits = currency
    value = Decimal(units).scaleb(-digits)
    lines, total = worked_out(str(value), code, *map(str, percentages))
    with decimal.localcontext(prec=60):
        assert Decimal(total) - value == sum(map(Decimal, lines))
        half = Decimal("0.5").scaleb(-digits)
        for line, percentage in zip(lines, percentages, strict=True):
            assert abs(Decimal(line) - value * percentage) <= half
            assert -Decimal(line).as_tuple().exponent == digits  # type: ignore[operator]


@pytest.mark.parametrize("value", ["0.001", "-0.001", "10.005", "12345678901234567890.123"])
def test_taxed_amount_with_value_finer_than_unit_is_refused(value: str) -> None:
    with pytest.raises(errors.InvalidArgument, match=r"smallest unit .*\(0\.01\)"):
        worked_out(value, "EUR", "0.2")


@pytest.mark.parametrize("value", ["1E+150", "-1E+150", "1E-150"])
def test_taxed_amount_with_extreme_exponent_is_refused(value: str) -> None:
    with pytest.raises(errors.InvalidArgument):
        worked_out(value, "EUR", "0.2")


@pytest.mark.parametrize("currency", ["Invalid", "XXY", "eur", ""])
def test_minor_unit_of_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(errors.InvalidArgument, match="smallest unit"):
        worked_out("1", currency, "0.2")
    with pytest.raises(errors.InvalidArgument, match="smallest unit"):
        taxes.minor_unit(currency)


@pytest.mark.parametrize(
    "json",
    ['{"id": 7}', '{"id": 7, "percentage": 0.2}', '{"id": 7, "rateType": {"id": 45}}'],
    ids=["bare", "%", "kind"],
)
def test_taxed_amount_with_incomplete_rate_is_refused(json: str) -> None:
    with pytest.raises(errors.InvalidArgument, match="tax rate 7"):
        taxed_amount(1, "EUR", TaxRate.from_json(json.encode()))


def test_taxes_with_float_are_refused_with_decimal_advice() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        Amount(value=0.1, currency="EUR")  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgument, match=r'Decimal\("0\.2"\)'):
        taxes.find_rate([rate("0.2")], 0.2)  # type: ignore[arg-type]


# ---- The choice of a rate


@pytest.mark.parametrize("percentage", ["20", 20, Decimal("-0.2"), "1.01", "NaN", "sNaN", "Infinity", "", "a", "20%"])
def test_fraction_of_invalid_percentage_is_refused(percentage: Any) -> None:
    with pytest.raises(errors.InvalidArgument, match="fraction"):
        taxes.fraction(percentage)


@pytest.mark.parametrize("percentage", ["1e999999999", "1.01", "-0.2", "20"])
def test_taxed_amount_with_rate_outside_0_to_1_is_refused(percentage: str) -> None:
    with pytest.raises(errors.InvalidArgument, match="must be a fraction"):
        worked_out("100", "EUR", percentage)


@pytest.mark.parametrize("percentage", [True, None, 0.2, b"0.2"])
def test_fraction_of_inexact_type_is_refused(percentage: Any) -> None:
    with pytest.raises(errors.InvalidArgument, match="exact"):
        taxes.fraction(percentage)


RATES = [rate("0.2", 45, "Normal"), rate("0.2", 46, "Import"), rate("0.10", 47, "Reduced"), rate("0"), rate("1")]


@pytest.mark.parametrize(
    ("percentage", "name", "kind"),
    [("0.1", None, 47), ("0.100", "Reduced", 47), ("0.2", "Import", 46), ("0", None, 45), ("1.0", None, 45)],
)
def test_find_rate_with_one_match_returns_rate(percentage: str, name: str | None, kind: int) -> None:
    found = taxes.find_rate(RATES, Decimal(percentage), name=name)
    assert found.rate_type
    assert found.rate_type.id == kind


@pytest.mark.parametrize(
    ("percentage", "name", "said", "left"),
    [
        ("0.2", None, r"2 tax rates are 0\.2; pass `name`.*Normal.*Import", RATES[:2]),
        ("0.2", "Reduced", r"0 tax rates are 0\.2 named 'Reduced'\. There are: 0\.2 \(Normal\)", RATES),
        ("0.3", None, r"0 tax rates are 0\.3\. .*0\.10 \(Reduced\), 0 \(without a name\)", RATES),
    ],
)
def test_find_rate_without_single_match_lists_rates(
    percentage: str, name: str | None, said: str, left: list[TaxRate]
) -> None:
    with pytest.raises(errors.NoTaxRate, match=said) as caught:
        taxes.find_rate(iter(RATES), Decimal(percentage), name=name)
    assert [*caught.value.rates] == left
    assert isinstance(caught.value, LookupError)


def test_find_rate_without_rates_or_names_raises_no_tax_rate() -> None:
    with pytest.raises(errors.NoTaxRate, match="There are: none"):
        taxes.find_rate([], Decimal("0.2"))
    with pytest.raises(errors.NoTaxRate, match="without a name"):
        taxes.find_rate([TaxRate(id=1)], Decimal("0.2"))


@pytest.mark.parametrize("as_given", [Decimal, str], ids=["Decimal", "str"])
async def test_tax_rates_find_returns_rate_of_day(as_given: Callable[[str], Any]) -> None:
    emulator = Emulator(rate=None)
    async with client_over(Checked(emulator)) as client:
        found = await client.tax_rates.find(DAY, "FR", as_given("0.2"))
        assert found.percentage == Decimal("0.2")
        with pytest.raises(errors.NoTaxRate, match=r"0\.2"):
            await client.tax_rates.find(DAY, "FR", as_given("0.99"))
        with pytest.raises(errors.NoTaxRate, match="none"):
            await client.tax_rates.find(DAY, "ZZ", as_given("0.2"))


@pytest.mark.parametrize("percentage", [0.2, 20, "a"])
async def test_tax_rates_find_with_invalid_percentage_sends_nothing(percentage: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    async with client_over(httpx.MockTransport(answer)) as client:
        with pytest.raises(errors.InvalidArgument):
            await client.tax_rates.find(DAY, "FR", percentage)


@pytest.mark.parametrize(
    "arguments",
    [(Decimal(100), "EUR", "0.2"), (Decimal(100), "EUR", [rate("0.2")])],
)
def test_taxed_amount_with_wrong_argument_types_is_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(errors.InvalidArgument, match="takes a value, a currency, and then each TaxRate"):
        taxed_amount(*arguments)
