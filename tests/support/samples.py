"""The wire of the tests: the documentation's samples, and JSON that is compared by its meaning."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lucca_procurement_api import models
from lucca_procurement_api.api import create_commitment
from lucca_procurement_api.types import Request, Response

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


class Answering:
    """A sender that returns one response to every request, and keeps the requests."""

    def __init__(self, status: int = 200, content: bytes = b"") -> None:
        self.response = Response(status=status, headers={"content-type": "application/json"}, content=content)
        self.requests: list[Request] = []

    async def send(self, request: Request, /) -> Response:
        self.requests.append(request)
        return self.response


async def created_commitment(status: int, content: bytes) -> Any:
    """Read a response to the creation of a commitment."""
    body = models.OneTimeCommitmentCreation.from_json(sample_bytes("create-commitment-one-time.request"))
    return await create_commitment(Answering(status, content), 1, body=body)
