"""The documentation's samples, as JSON and as models, and JSON that is compared by its meaning."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lucca_procurement_api import models

SAMPLES = Path(__file__).parents[1] / "samples"

MODELS: dict[str, Any] = {
    "cancel-request.request": models.RequestCancellation,
    "close-purchase.request": models.PurchaseClosing,
    "create-commitment-one-time.request": models.OneTimeCommitmentCreation,
    "create-commitment-one-time.response": models.OneTimeCommitment,
    "create-commitment-request.response": models.ApprovalRequest,
    "create-commitment-subscription.request": models.SubscriptionCommitmentCreation,
    "create-purchase-guide.request": models.PurchaseCreation,
    "create-purchase.request": models.PurchaseCreation,
    "create-purchase.response": models.Purchase,
    "list-purchases.response": models.PurchasePage,
    "problem.validation.response": models.Problem,
}
"""The model of each sample. The tax rates are missing: they come as a bare array, which has no model."""


def sample_bytes(name: str) -> bytes:
    """Return the bytes of a sample, as they came over the wire."""
    return (SAMPLES / f"{name}.json").read_bytes()


def sample(name: str) -> Any:
    """Return a sample as JSON data with exact numbers."""
    return exact_json(sample_bytes(name))


def plain_sample(name: str) -> Any:
    """Return a sample as JSON data with floats, which any client can send."""
    return json.loads(sample_bytes(name))


def exact_json(content: bytes) -> Any:
    """Return JSON data parsed by the standard library. Each number keeps its digits, as int or Decimal."""
    return json.loads(content, parse_float=Decimal)


def meaning(value: Any) -> Any:
    """Return JSON data with each date-time as its instant, to the microsecond, and each decimal as its digits."""
    if isinstance(value, dict):
        return {name: meaning(member) for name, member in value.items()}
    if isinstance(value, list):
        return [meaning(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str) and "T" in value:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


def nested(levels: int) -> Any:
    """Return JSON data of this depth."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


# Tests share these objects, and change copies of them.
PURCHASE = models.PurchaseCreation.from_json(sample_bytes("create-purchase.request"))
ONE_TIME = models.OneTimeCommitmentCreation.from_json(sample_bytes("create-commitment-one-time.request"))
SUBSCRIPTION = models.SubscriptionCommitmentCreation.from_json(sample_bytes("create-commitment-subscription.request"))
PURCHASE_BODY = plain_sample("create-purchase.request")
ONE_TIME_BODY = plain_sample("create-commitment-one-time.request")
SUBSCRIPTION_BODY = plain_sample("create-commitment-subscription.request")
"""The same three as plain JSON data."""


def amount(value: Any, currency: Any = models.Currency.EUR) -> models.Amount:
    """Return an amount to send."""
    return models.Amount(value=Decimal(value), currency=currency)


def tax(value: Any, currency: Any = models.Currency.EUR) -> models.Tax:
    """Return a tax to send."""
    return models.Tax(rate_type_id=1, value=Decimal(value), currency=currency)
