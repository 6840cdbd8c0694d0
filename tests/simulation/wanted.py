"""The orders that a program has to place, independent of any object of the product."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from attrs import evolve, frozen

from lucca_procurement import Order, models

from .chance import Chance
from .titles import TITLES

__all__ = ("Wanted", "owner_of", "unsendable")

REFERENCES = (
    "ERP-1", "ERP-10", "ERP-1.1", "ERP-100", "erp-2", "PO/2026#7", "A+B:3", "7", "71", "X", "ERP_5",
    "0123456789-0123456789-0123456789",
)  # fmt: skip
"""Some are the beginning of others. None is longer than the shortest cut of a title leaves whole."""


@frozen
class Wanted:
    """One order."""

    reference: str
    purchase: dict[str, Any]
    commitment: dict[str, Any]
    correction: Wanted | None = None
    """The order as somebody corrects it."""

    @property
    def key(self) -> str:
        return self.reference.lower()

    @property
    def value(self) -> float:
        """The amount of the commitment, without taxes."""
        amount = self.commitment.get("amountIncludingTaxes") or self.commitment["amountIncludingTaxesPerPeriod"]
        return float(amount["excludingTaxes"]["value"])

    def order(self) -> Order:
        """Return a new object to submit."""
        kind = (
            models.OneTimeCommitmentCreation
            if self.commitment["type"] == "OneTimeCommitment"
            else models.SubscriptionCommitmentCreation
        )
        return Order(
            reference=self.reference,
            purchase=models.PurchaseCreation.from_json(json.dumps(self.purchase).encode()),
            commitment=kind.from_json(json.dumps(self.commitment).encode()),
        )

    def is_amount_of(self, commitment: dict[str, Any]) -> bool:
        """Return whether the amount of a commitment is the amount of this order."""
        names = ("type", "amountIncludingTaxes", "amountIncludingTaxesPerPeriod")
        same = all(commitment.get(name) == self.commitment.get(name) for name in names)
        return same or (self.correction is not None and self.correction.is_amount_of(commitment))

    def with_correction(self) -> Wanted:
        """Return the order with a correction of its purchase and of its amount."""
        commitment = deepcopy(self.commitment)
        amount = commitment.get("amountIncludingTaxes") or commitment["amountIncludingTaxesPerPeriod"]
        amount["excludingTaxes"]["value"] = 77
        return evolve(self, correction=Wanted(self.reference, {**self.purchase, "departmentId": 15}, commitment))

    @classmethod
    def draw(cls, chance: Chance, number: int) -> list[Wanted]:
        """Return orders by chance. Sometimes their content is the same."""
        same = chance.happens(0.3)
        references = chance.sample(REFERENCES, min(number, len(REFERENCES)))
        references += [f"N-{each}" for each in range(number - len(references))]
        seeds = [chance.random()] * number if same else [chance.random() for _ in range(number)]
        return [cls._of(reference, Chance(each)) for reference, each in zip(references, seeds, strict=True)]

    @classmethod
    def _of(cls, reference: str, chance: Chance) -> Wanted:
        value = chance.choice((120, 120.1, 3239.57, 50000))
        amount = {
            "excludingTaxes": {"value": value, "currency": chance.choice(("EUR", "CHF"))},
            "taxes": [],
        }
        dates = {
            "OneTimeCommitment": ("costDate", "invoiceDate"),
            "SubscriptionCommitment": ("startDate", "firstInvoiceDate"),
        }
        kind = chance.mostly("OneTimeCommitment", ("SubscriptionCommitment",), 0.3)
        commitment: dict[str, Any] = {
            "type": kind,
            "attachmentIds": [],
            "state": "Created",
            "comment": f"of {reference}",
            "paymentMethod": None,
            **dict.fromkeys(dates[kind], "2026-12-15"),
        }
        if kind == "OneTimeCommitment":
            commitment["amountIncludingTaxes"] = amount
        else:
            commitment |= {
                "invoicingFrequency": {"value": 1, "unit": "Month"},
                "subscriptionDuration": {"value": 12, "unit": "Month"},
                "contractualObligation": None,
                "terminationNotice": None,
                "amountIncludingTaxesPerPeriod": amount,
            }
        purchase = {
            "title": chance.choice(TITLES),
            "ownerId": 35,
            "natureId": chance.choice((1, 2)),
            "supplier": {"id": chance.choice((6, 7))},
            "costCenterId": 3,
            "establishmentId": 1,
            "departmentId": 14,
        }
        return cls(reference, purchase, commitment)


def unsendable() -> Order:
    """Return an order with a typo. Before the purchase exists, only a check can find the typo."""
    wanted = Wanted.draw(Chance(0), 1)[0]
    return Wanted("SLIP-1", wanted.purchase, wanted.commitment | {"paymentMethod": "Wire transfre"}).order()


def owner_of(title: str, orders: dict[str, Wanted]) -> str | None:
    """Return the key of the order that a title was sent for, to the letter."""
    for wanted in orders.values():
        token, own = f"[{wanted.reference}]", wanted.purchase["title"]
        if title in (f"{token} {own}", f"{own} {token}", own if token in own else None):
            return wanted.key
    return None
