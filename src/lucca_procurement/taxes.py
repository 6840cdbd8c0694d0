"""Compute the taxed amount of a commitment from an amount and tax rates. The sums are exact, and nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext

from .errors import InvalidArgument, NoTaxRate
from .models import Amount, Currency, Tax, TaxedAmount, TaxRate

__all__ = ("taxed_amount",)

_MINOR_UNITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""The digits after the point of each currency that does not have two (ISO 4217)."""
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# The context of the caller's thread could round earlier. This one is wide enough for any amount.
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)


@contextmanager
def exact_sums() -> Iterator[None]:
    """Calculate without rounding, whatever the caller's decimal context is. It also decorates a function."""
    with localcontext(_EXACT):
        yield


def taxed_amount(value: Decimal | int | str, currency: Currency | str, *rates: TaxRate) -> TaxedAmount:
    """Return an amount with its taxes, one line for each rate. It leaves out the amount including taxes.

    Each tax is rounded half up to the currency's minor unit. Our assumption (tax-rounding); Lucca does not document it.
    A line carries `rateType.id`. Our assumption (tax-ids); Lucca does not document it.

    Args:
        value: The amount excluding taxes, exact: `Decimal("1250.00")`, `1250` or `"1250.00"`.
        currency: The currency, such as `EUR`.
        rates: The tax rates. Each applies to the whole amount.

    Raises InvalidArgument if `value` is no exact number, is finer than the minor unit or has too many digits. Raises it
    also if the currency is unknown and there are rates, or if a rate has no valid percentage or no kind.
    """
    if not all(isinstance(rate, TaxRate) for rate in rates):
        raise InvalidArgument("taxed_amount takes a value, a currency, and then each TaxRate of tax_rates.find")
    exact, known = exact_value("value", value), currency_of(currency)
    # Without taxes, nothing is rounded, so that an unlisted currency needs no unit.
    if (rates or known.is_known) and _rounded(exact, unit := minor_unit(known)) != exact:
        raise InvalidArgument(
            f"{exact} {known} is finer than the smallest unit of its currency ({unit}): round it first"
        )
    lines = [_line(exact, known, minor_unit(known), rate) for rate in rates]
    return TaxedAmount(excluding_taxes=Amount(value=exact, currency=known), taxes=lines)


def exact_value(name: str, value: object) -> Decimal:
    """Return an amount as a Decimal. Raises InvalidArgument, which names the argument, if it is no exact number."""
    if isinstance(value, float):
        raise InvalidArgument(f'{name} must be exact, as Decimal("12.50") or "12.50", not the float {value!r}')
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise InvalidArgument(f'{name} must be an amount, as Decimal("12.50") or "12.50", not {value!r}')
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise InvalidArgument(f'{name} must be an amount in digits, as "12.50", not {value[:80]!r}')
    try:
        exact = Decimal(value)
    except (InvalidOperation, ValueError):
        raise InvalidArgument(f"{name} has more digits than can be worked out") from None
    if not exact.is_finite():
        raise InvalidArgument(f"{name} must be an amount, not {exact}")
    return exact


def currency_of(value: object) -> Currency:
    """Return a currency, listed or not. Raises InvalidArgument if it is no text."""
    if not isinstance(value, str):
        raise InvalidArgument(f"currency must be text such as EUR, not {value!r}")
    return Currency(value)


def minor_unit(currency: Currency | str) -> Decimal:
    """Return the smallest unit of a currency: 0.01 for EUR, 1 for JPY, 0.001 for TND (ISO 4217).

    Raises InvalidArgument if the contract does not list the currency: its unit would be a guess.
    """
    known = Currency(currency)
    if not known.is_known or known is Currency.INVALID:
        raise InvalidArgument(f"the smallest unit of {str(known)!r} is not known here: build the TaxedAmount yourself")
    return _EXACT.scaleb(Decimal(1), -_MINOR_UNITS.get(known, 2))


@exact_sums()
def tolerance(amount: TaxedAmount) -> Decimal:
    """Return the largest difference that rounding can cause: one minor unit for each tax line."""
    try:
        unit = minor_unit(amount.excluding_taxes.currency)
    except InvalidArgument:
        # An unlisted currency, which the caller allowed. Most currencies have two digits.
        unit = Decimal("0.01")
    return unit * len(amount.taxes)


def fraction(percentage: Decimal | int | str) -> Decimal:
    """Return a percentage as an exact fraction. Raises InvalidArgument if it is not exact, or not from 0 to 1."""
    if isinstance(percentage, bool) or not isinstance(percentage, Decimal | int | str):
        raise InvalidArgument(f'percentage must be exact, as Decimal("0.2") for 20 %, not {type(percentage).__name__}')
    try:
        found = Decimal(percentage)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= 1:
        raise InvalidArgument(f'percentage must be a fraction, Decimal("0.2") for 20 %, not {percentage}')
    return found


def find_rate(rates: Iterable[TaxRate], percentage: Decimal | int | str, *, name: str | None = None) -> TaxRate:
    """Return the only rate with a percentage (a fraction) and, if passed, the name of its kind.

    Raises InvalidArgument if `percentage` is no exact fraction. Raises NoTaxRate if no rate or more than one fits.
    """
    all_rates, percentage = tuple(rates), fraction(percentage)
    fitting = [
        rate for rate in all_rates if rate.percentage == percentage and (name is None or _kind_name(rate) == name)
    ]
    if len(fitting) == 1:
        return fitting[0]
    wanted = f"{percentage}" if name is None else f"{percentage} named {name!r}"
    there = ", ".join(f"{rate.percentage} ({_kind_name(rate) or 'without a name'})" for rate in fitting or all_rates)
    raise NoTaxRate(
        f"{len(fitting)} tax rates are {wanted}"
        + ("; pass `name`" if fitting else "")
        + f". There are: {there or 'none'}",
        rates=fitting or all_rates,
    )


def _line(value: Decimal, currency: Currency, unit: Decimal, rate: TaxRate) -> Tax:
    if not isinstance(rate.percentage, Decimal) or not rate.rate_type or not isinstance(rate.rate_type.id, int):
        raise InvalidArgument(f"tax rate {rate.id} came without its percentage or the id of its kind (rateType.id)")
    # The check of the fraction also prevents a tax of a billion digits.
    tax = _rounded(_EXACT.multiply(value, fraction(rate.percentage)), unit)
    return Tax(rate_type_id=rate.rate_type.id, value=tax, currency=currency)


def _rounded(value: Decimal, unit: Decimal) -> Decimal:
    try:
        # `plus` removes the sign of a zero: the tax of a small credit rounds to -0.00.
        return _EXACT.plus(_EXACT.quantize(value, unit))
    except InvalidOperation:
        raise InvalidArgument("the amount has more digits than can be worked out") from None


def _kind_name(rate: TaxRate) -> str | None:
    return (rate.rate_type.name or None) if rate.rate_type else None
