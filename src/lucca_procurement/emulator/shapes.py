"""The shapes of the emulator's answers, as plain dictionaries. They follow the contract, not the compiled models."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, Inexact, localcontext
from typing import Any

Json = dict[str, Any]

# fmt: off
COUNTERS = {
    "creditNotes": ("expected", "toReview", "partial", "confirmed", "pendingRetraction", "removed", "bypassed"),
    "invoices": (
        "expected", "toReview", "pendingBreakdown", "confirmed", "litigation", "discarded", "removed", "bypassed",
    ),
    "invoicesPayments": ("toPay", "underReview", "emitting", "paid", "onHold"),
    "creditNotesPayments": ("available", "consumed", "unavailable"),
}
# fmt: on
PRECISION = 1_000
"""The limit of the digits and of the exponent of a sum of amounts. The emulator refuses a sum that is not exact."""
MOST_PERIODS = 10_000
PROCUREMENT = "/cleemy-procurement/api"


def stamp(moment: datetime) -> str:
    """Return a moment as the API writes it, with 7 digits of a second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0+00:00"


def ref(kind: str, number: int, name: str) -> Json:
    """Return a reference to a resource of the procurement API."""
    return {"id": number, "href": f"{PROCUREMENT}/{kind}/{number}", "name": name}


def amount(value: Decimal | int, currency: str) -> Json:
    """Return an Amount."""
    return {"value": value, "currency": currency}


def dual(value: Decimal | int, currency: str) -> Json:
    """Return a DualAmount of an organization with one currency."""
    return {"base": amount(value, currency), "counter": amount(value, currency), "rate": 1}


def dual_taxed(written: Json, times: int = 1) -> Json:
    """Return a written TaxedAmount, multiplied by `times`, as the DualTaxedAmount that the API returns."""
    excluding = written["excludingTaxes"]
    with localcontext(prec=PRECISION, Emax=PRECISION, Emin=-PRECISION) as context:
        context.traps[Inexact] = True
        return _dual_taxed(excluding, written["taxes"], times)


def _dual_taxed(excluding: Json, written: list[Json], times: int) -> Json:
    taxes = [{**tax, "value": tax["value"] * times} for tax in written]
    total = excluding["value"] * times + sum(tax["value"] for tax in taxes)
    both = {
        "excludingTaxes": {**excluding, "value": excluding["value"] * times},
        "taxes": taxes,
        "includingTaxes": amount(total, excluding["currency"]),
    }
    return {"base": both, "counter": both, "rate": 1}


def later(day: date, duration: Json) -> date:
    """Return the day that is a Duration after another day."""
    value, unit = duration["value"], duration["unit"]
    if unit in ("Day", "Week"):
        return day + timedelta(days=value * (7 if unit == "Week" else 1))
    months = day.year * 12 + day.month - 1 + value * (12 if unit == "Year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def subscription_totals(written: Json) -> Json:
    """Return the computed members of a subscription: its ends, the number of its periods, and its amounts."""
    first = date.fromisoformat(written["startDate"])
    end = later(first, written["subscriptionDuration"])
    frequency, per_period = written["invoicingFrequency"], written["amountIncludingTaxesPerPeriod"]
    bound = written.get("contractualObligation")
    if frequency["value"] < 1 or end <= first:
        raise ValueError("a duration must be longer than nothing")
    periods = 1
    while later(first, {**frequency, "value": frequency["value"] * periods}) < end:
        periods += 1
        if periods > MOST_PERIODS:
            raise ValueError(f"a subscription has at most {MOST_PERIODS} periods")
    return {
        "subscriptionEndDate": (end - timedelta(days=1)).isoformat(),
        "contractualEndDate": (later(first, bound) - timedelta(days=1)).isoformat() if bound else None,
        "periodsCount": periods,
        "amountIncludingTaxesPerPeriod": dual_taxed(per_period),
        "amountIncludingTaxes": dual_taxed(per_period, periods),
    }


def blank_purchase(number: int, title: str, owner: Json, now: str) -> Json:
    """Return a new purchase."""
    return {
        "id": number,
        "type": None,
        "title": title,
        "state": "Created",
        "commitment": None,
        "owner": owner,
        **dict.fromkeys(
            ("availableAmount", "billedAmount", "committedAmount", "confirmedAmount", "requestedAmount"), dual(0, "EUR")
        ),
        "aggregatedStates": {name: dict.fromkeys(counters, 0) for name, counters in COUNTERS.items()},
        "axisSections": [],
        "createdAt": now,
        "modifiedAt": now,
        "author": owner,
        "modifier": owner,
    }


def attach(purchase: Json, commitment: Json) -> None:
    """Put a commitment into its purchase, with a reference back to the purchase."""
    kind = "OneTime" if commitment["type"] == "OneTimeCommitment" else "Subscription"
    purchase["type"] = kind
    purchase["commitment"] = {
        **commitment,
        "owner": purchase["owner"],
        "purchase": {**ref("purchases", purchase["id"], purchase["title"]), "type": kind},
        **{
            name: purchase[name] for name in ("createdAt", "modifiedAt", "author", "modifier") if name not in commitment
        },
    }


def settle_amounts(purchase: Json) -> None:
    """Set the amounts of a purchase from its commitment and the commitment's state."""
    commitment = purchase["commitment"]
    total = commitment["amountIncludingTaxes"]["base"]["includingTaxes"]
    purchase["requestedAmount"] = dual(total["value"], total["currency"])
    if commitment["state"] == "Provisioned":
        purchase["committedAmount"] = purchase["availableAmount"] = purchase["requestedAmount"]
