"""The contract's schemas of requests, as functions on plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from .shapes import Json
from .tables import CURRENCIES

Check = Callable[[Any], str | None]
"""Returns the objection to a value, None if the value is valid."""
Checks = Mapping[str, Check]
Errors = dict[str, list[str]]

INT32 = range(-(2**31), 2**31)
LEVELS = 64
"""The greatest depth of the data of a body. A copy of deeper data would exhaust the interpreter's stack."""


def whole_numbers(value: Any, levels: int = LEVELS) -> Any:
    """Return JSON data with 12.0 as an integer, as in JSON Schema. An amount of money keeps its digits.

    Raises RecursionError if the data has more levels.
    """
    if isinstance(value, (dict, list)) and not levels:
        raise RecursionError(f"the data has more than {LEVELS} levels")
    if isinstance(value, dict):
        kept = {"value"} if "currency" in value else set[str]()
        return {name: item if name in kept else whole_numbers(item, levels - 1) for name, item in value.items()}
    if isinstance(value, list):
        return [whole_numbers(item, levels - 1) for item in value]
    # The check of the size comes first, because 1e999999999 is a whole number too.
    if isinstance(value, Decimal) and value.adjusted() < 10 and value == value.to_integral_value():
        return int(value)
    return value


def integer(value: Any) -> str | None:
    is_int = isinstance(value, int) and not isinstance(value, bool)
    return None if is_int and value in INT32 else "must be a 32-bit integer"


def number(value: Any) -> str | None:
    return None if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else "must be a number"


def text(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def day(value: Any) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return None
    return "must be a date (YYYY-MM-DD)"


def uuid(value: Any) -> str | None:
    try:
        return None if isinstance(value, str) and str(UUID(value)) == value.lower() else "must be a UUID"
    except ValueError:
        return "must be a UUID"


def text_or_integer(value: Any) -> str | None:
    return None if text(value) is None or integer(value) is None else "must be a string or a 32-bit integer"


def one_of(*allowed: str) -> Check:
    shown = " or ".join(allowed if len(allowed) < 10 else (*allowed[:3], "another of its list"))
    return lambda value: None if isinstance(value, str) and value in allowed else f"must be {shown}"


def array_of(check: Check) -> Check:
    def checked(value: Any) -> str | None:
        if not isinstance(value, list):
            return "must be an array"
        return next((f"[{index}] {wrong}" for index, item in enumerate(value) if (wrong := check(item))), None)

    return checked


def nullable(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def object_of(required: Checks, optional: Checks | None = None) -> Check:
    def checked(value: Any) -> str | None:
        found = errors(value, required, optional)
        return next((f"{name}: {messages[0]}" if name else messages[0] for name, messages in found.items()), None)

    return checked


def errors(value: Any, required: Checks, optional: Checks | None = None) -> Errors:
    """Return the objections to the members of an object by name. The name is empty if the value is no object."""
    if not isinstance(value, dict):
        return {"": ["The body must be an object."]}
    found: Errors = {name: [f"The {name} field is required."] for name in required if name not in value}
    for name, check in {**required, **(optional or {})}.items():
        if name in value and (wrong := check(value[name])):
            found[name] = [f"The {name} field {wrong}."]
    return found


CURRENCY = one_of(*CURRENCIES)
AMOUNT = object_of({"value": number, "currency": CURRENCY})
TAX = object_of({"rateTypeId": integer, "value": number, "currency": CURRENCY})
TAXED_AMOUNT = object_of({"excludingTaxes": AMOUNT, "taxes": array_of(TAX)}, {"includingTaxes": AMOUNT})
DURATION = object_of({"value": integer, "unit": one_of("Day", "Week", "Month", "Year")})
PAYMENT_METHOD = one_of("BankTransfer", "PhysicalCard", "Check", "DirectDebit", "SingleUseCard")


def supplier(value: Any) -> str | None:
    known = {"id": integer, "name": text, "territoryId": text_or_integer}
    is_new = isinstance(value, dict) and "id" not in value
    needed = {name: known[name] for name in (("name", "territoryId") if is_new else ("id",))}
    return object_of(needed, known)(value)


PURCHASE: Checks = {
    "ownerId": integer,
    "natureId": integer,
    "supplier": supplier,
    "title": text,
}
PURCHASE_OPTIONAL: Checks = {
    "costCenterId": integer,
    "establishmentId": integer,
    "departmentId": integer,
    "axisSectionIds": array_of(integer),
    "type": one_of("OneTime", "Subscription"),
}

COMMITMENT_OPTIONAL: Checks = {
    "attachmentIds": array_of(uuid),
    "comment": nullable(text),
    "paymentMethod": nullable(PAYMENT_METHOD),
}
ONE_TIME: Checks = {
    "type": one_of("OneTimeCommitment"),
    "state": one_of("Created"),
    "costDate": day,
    "invoiceDate": day,
    "amountIncludingTaxes": TAXED_AMOUNT,
}
SUBSCRIPTION: Checks = {
    "type": one_of("SubscriptionCommitment"),
    "state": one_of("Created"),
    "startDate": day,
    "firstInvoiceDate": day,
    "invoicingFrequency": DURATION,
    "subscriptionDuration": DURATION,
    "amountIncludingTaxesPerPeriod": TAXED_AMOUNT,
}
SUBSCRIPTION_OPTIONAL: Checks = {
    **COMMITMENT_OPTIONAL,
    "contractualObligation": nullable(DURATION),
    "terminationNotice": nullable(DURATION),
}


def purchase_errors(body: Any) -> Errors:
    """Return the objections to the body that creates a purchase."""
    return errors(body, PURCHASE, PURCHASE_OPTIONAL)


def commitment_errors(body: Any, *, names_purchase: bool) -> Errors:
    """Return the objections to the body that creates a commitment of either kind."""
    extra: Checks = {"purchaseId": integer} if names_purchase else {}
    if isinstance(body, dict) and body.get("type") == "SubscriptionCommitment":
        return errors(body, {**SUBSCRIPTION, **extra}, SUBSCRIPTION_OPTIONAL)
    if isinstance(body, dict) and body.get("type") not in (None, "OneTimeCommitment"):
        return {"type": ["The type field must be OneTimeCommitment or SubscriptionCommitment."]}
    return errors(body, {**ONE_TIME, **extra}, COMMITMENT_OPTIONAL)


def known_commitment(body: Json) -> Json:
    """Return the body of a new commitment without unknown members, which the emulator neither keeps nor returns."""
    known: Checks = (
        {**ONE_TIME, **COMMITMENT_OPTIONAL}
        if body["type"] == "OneTimeCommitment"
        else {**SUBSCRIPTION, **SUBSCRIPTION_OPTIONAL}
    )
    return {name: value for name, value in body.items() if name in known}


def cancellation_errors(body: Any) -> Errors:
    """Return the objections to the body that cancels a request."""
    return errors(body, {"comment": text})


def closing_errors(body: Any) -> Errors:
    """Return the objections to the body that closes a purchase."""
    return errors(body, {"comment": text, "date": day})


def pascal_case(found: Errors) -> Json:
    """Return the objections with the names in PascalCase, as in Lucca's problems."""
    return {name[:1].upper() + name[1:]: messages for name, messages in found.items()}
