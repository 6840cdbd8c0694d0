"""A caller's program over the compiled client. It is never run: the type checkers read it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import assert_type

from lucca_procurement_api import UNSET, Client, Unset, api, models


async def order(client: Client) -> str:
    """Create a purchase and its commitment, and ask for approval."""
    purchase = await api.create_purchase(
        client,
        body=models.PurchaseCreation(
            owner_id=35,
            nature_id=1,
            cost_center_id=3,
            establishment_id=1,
            department_id=14,
            supplier=models.SupplierChoice(id=6),
            title="Laptops",
        ),
    )
    assert_type(purchase, models.Purchase | models.PurchaseIdentifier)
    number = purchase.id if isinstance(purchase, models.Purchase) else purchase.purchase_id
    price = models.Amount(value=120, currency=models.Currency.EUR)
    assert_type(price.value, Decimal)
    body = models.OneTimeCommitmentCreation(
        cost_date=date(2025, 4, 14),
        invoice_date=date(2025, 4, 14),
        amount_including_taxes=models.TaxedAmount(excluding_taxes=price, taxes=[]),
    )
    commitment = await api.create_commitment(client, number, body=body)
    if isinstance(commitment, models.CommitmentIdentifier):
        return str(commitment.commitment_id)
    if isinstance(commitment, models.CommitmentItems):
        assert_type(commitment.items, list[models.Commitment])
        (commitment,) = commitment.items
    request = await api.create_commitment_request(client, commitment.id)
    return request.state if request.state else "unknown"


def read(purchase: models.Purchase) -> Decimal | None:
    """Read members that may be absent or null."""
    assert_type(purchase.title, str | Unset | None)
    if purchase.title is not UNSET and purchase.title is not None:
        assert_type(purchase.title, str)
    if purchase.state == "Ongoing" or purchase.state == models.PurchaseState.CLOSED:
        return None
    if purchase.state and not purchase.state.is_known:
        return Decimal(len(purchase.state))
    amount = purchase.committed_amount
    return amount.base.value or None if amount and amount.base else None


def wrong() -> None:
    """Make mistakes that the checkers must refuse."""
    models.Amount(value=1.1, currency=models.Currency.EUR)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    models.Amount(value=1)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    models.Purchase(1)  # type: ignore[call-arg, arg-type] # pyright: ignore[reportCallIssue]
