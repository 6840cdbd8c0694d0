"""A caller's program over the compiled client. It is never run: the type checkers read it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, assert_type
from uuid import UUID

from lucca_procurement_api import UNSET, Client, Unset, api, models


async def order(client: Client) -> str:
    """Create a purchase and its commitment, and ask for approval."""
    purchase = await api.create_purchase(
        client,
        body=models.PurchaseCreation(
            title="Laptops", supplier=models.SupplierChoice(id=6), owner_id=35, nature_id=1, cost_center_id=3
        ),
    )
    assert_type(purchase, models.Purchase | models.PurchaseIdentifier)
    number = purchase.id if isinstance(purchase, models.Purchase) else purchase.purchase_id
    price = models.Amount(value="120.00", currency="EUR")
    body = models.OneTimeCommitmentCreation(
        cost_date="2025-04-14",
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
    return request.state or "unknown"


def written(file: UUID) -> None:
    """Write values in each form that a request accepts."""
    price = models.Amount(value=120, currency=models.Currency.EUR)
    assert_type(price.value, Decimal)
    assert_type(price.currency, models.Currency)
    models.Amount(value=Decimal("1.10"), currency="EUR")
    tax = models.Tax(rate_type_id=45, value="24", currency="EUR")
    body = models.SubscriptionCommitmentCreation(
        start_date="2025-04-14",
        first_invoice_date=date(2025, 4, 14),
        invoicing_frequency=models.Duration(value=1, unit="Month"),
        subscription_duration=models.Duration(value=12, unit=models.DurationUnit.MONTH),
        contractual_obligation=None,
        amount_including_taxes_per_period=models.TaxedAmount(excluding_taxes=price, taxes=(tax,)),
        attachment_ids=["a6dcc9e5-d251-4d3a-86a2-74d9b452b643", file],
        payment_method="BankTransfer",
    )
    assert_type(body.type_, Literal["SubscriptionCommitment"])
    assert_type(body.start_date, date)
    assert_type(body.attachment_ids, list[UUID] | Unset)
    assert_type(body.payment_method, models.PaymentMethod | Unset | None)
    assert_type(body.has("comment"), bool)
    body.payment_method = None
    body.comment = UNSET
    models.PurchaseClosing(comment="Done", date="2025-04-20", additional_properties={"news": 5})


def read(purchase: models.Purchase) -> Decimal | None:
    """Read members that may be absent or null."""
    assert_type(purchase.title, str | None)
    assert_type(purchase.created_at, datetime | None)
    assert_type(purchase.has("title"), bool)
    if purchase.supplier:
        assert_type(purchase.supplier.name, str | None)
    if purchase.state == "Ongoing" or purchase.state == models.PurchaseState.CLOSED:
        return None
    if purchase.state and not purchase.state.is_known:
        return Decimal(len(purchase.state))
    amount = purchase.committed_amount
    return amount.base.value if amount and amount.base else None


def wrong(purchase: models.Purchase) -> None:
    """Make mistakes that the checkers must refuse."""
    models.Amount(value=1.1, currency="EUR")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    models.Amount(value=1, currency=978)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    models.Amount(value=1)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    models.PurchaseClosing(comment="Done", date=None)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    models.PurchaseCreation(title="Laptops", supplier=6, owner_id=35, nature_id=1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    models.Purchase(1)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    purchase.supplier.name  # type: ignore[union-attr] # noqa: B018 # pyright: ignore[reportOptionalMemberAccess, reportUnusedExpression]
