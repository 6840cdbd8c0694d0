"""A caller's program over the facade. It is never run: the type checkers read it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, assert_type

import httpx

from lucca_procurement import Decision, LuccaProcurement, Order, Result, Step, errors, models, taxed_amount
from lucca_procurement.events import Event, RequestRetried
from lucca_procurement.order import Remaining
from lucca_procurement.pages import Page, Paginator

Commitment = models.OneTimeCommitment | models.SubscriptionCommitment | models.UnknownCommitment


class Shared:
    """A limiter of the caller."""

    async def acquire(self) -> bool:
        return True


def hook(event: Event) -> None:
    if isinstance(event, RequestRetried):
        assert_type(event.wait, float)


def clients() -> list[LuccaProcurement]:
    """Make clients in every way."""
    return [
        LuccaProcurement(),
        LuccaProcurement(
            "https://example.ilucca.net", "key", timeout=5, retries=0, rate=None, app="a/1", on_event=hook
        ),
        LuccaProcurement(reference_at="end"),
        LuccaProcurement(rate=Shared(), commitment_path="commitments", transport=httpx.AsyncHTTPTransport()),
    ]


async def steps(body: models.PurchaseCreation, commitment: models.OneTimeCommitmentCreation) -> None:
    """Go through an order step by step."""
    async with LuccaProcurement() as lucca:
        assert_type(lucca, LuccaProcurement)
        purchase = await lucca.purchases.create(body)
        assert_type(purchase, models.Purchase)
        assert_type(purchase.id, int)
        assert_type(await lucca.purchases.get(purchase.id), models.Purchase)
        made = await lucca.commitments.create(purchase.id, commitment)
        assert_type(made, Commitment)
        request = await lucca.requests.create(made.id)
        assert_type(request, models.ApprovalRequest)
        assert_type(await lucca.files.upload(Path("offer.pdf")), models.File)
        await lucca.files.upload(b"...", filename="offer.pdf")
        await lucca.requests.cancel(request.id, comment="no")
        await lucca.purchases.close(purchase.id, comment="done", date=date(2025, 4, 14))
        await lucca.purchases.close(purchase.id, comment="done", date="2025-04-14")


async def lists(lucca: LuccaProcurement) -> None:
    """Read the lists."""
    found = lucca.purchases.iterate(page_size=1_000, start="token")
    assert_type(found, Paginator[models.Purchase])
    assert_type(found.next_token, str | int | None)
    async for purchase in found:
        assert_type(purchase, models.Purchase)
        assert_type(purchase.title, str | None)
        if purchase.supplier and purchase.committed_amount and purchase.committed_amount.base:
            assert_type(purchase.supplier.name, str | None)
            assert_type(purchase.committed_amount.base.value, Decimal | None)
    assert_type(found.pages(), AsyncGenerator[Page[models.Purchase], None])
    async for page in lucca.suppliers.iterate(state=models.SupplierState.ACTIVE, search="x", start=2).pages():
        assert_type(page, Page[models.Supplier])
        assert_type(page.count, int | None)
        assert_type([supplier for supplier in page], list[models.Supplier])  # noqa: C416 - the loop is tested
    assert_type([nature async for nature in lucca.natures.iterate()], list[models.Nature])
    assert_type([center async for center in lucca.cost_centers.iterate()], list[models.CostCenter])
    day = date(2025, 4, 14)
    assert_type(await lucca.tax_rates.list(day, "FR"), list[models.TaxRate])
    rate = await lucca.tax_rates.find(day, 123, Decimal("0.2"), name="Normal")
    assert_type(rate, models.TaxRate)
    assert_type(taxed_amount("120.00", "EUR", rate), models.TaxedAmount)
    assert_type(await lucca.suppliers.find("Dell"), models.Supplier)
    assert_type(await lucca.natures.find("IT"), models.Nature)
    assert_type(await lucca.cost_centers.find("R-01"), models.CostCenter)


def short_orders(rate: models.TaxRate, file: models.File) -> None:
    """Build orders of the values that people have."""
    one = Order.one_time(
        "ERP-4711",
        title="Laptops",
        supplier=6,
        owner=35,
        nature=1,
        cost_center=3,
        establishment=1,
        department=14,
        amount="1250.00",
        currency=models.Currency.EUR,
        taxes=[rate],
        cost_date="2026-12-01",
        invoice_date=date(2026, 12, 15),
        attachments=[file, file.id],
        payment_method="BankTransfer",
        axis_sections=[361],
    )
    assert_type(one, Order)
    other = Order.subscription(
        "ERP-4712",
        title="Hosting",
        supplier=models.SupplierChoice(name="Acme", territory_id="FR"),
        owner=35,
        nature=1,
        amount_per_period=Decimal(1000),
        start_date=date(2026, 12, 1),
        first_invoice_date="2026-12-31",
        every="1 month",
        duration=models.Duration(value=12, unit="Month"),
        obligation=None,
        notice="3 months",
    )
    assert_type(other, Order)


async def order(lucca: LuccaProcurement, one: Order) -> None:
    """Submit orders."""

    async def save(saved: Order) -> None:
        saved.to_dict()

    lucca.orders.check(one)
    assert_type(await lucca.orders.submit(one, save), Order)
    assert_type(await lucca.orders.submit(one, resubmit=True), Order)
    assert_type(await lucca.orders.find("PO-1"), list[models.Purchase])
    assert_type(await lucca.orders.adopt(one, 1), Order)
    assert_type(one.decision, Decision | None)
    assert_type(one.step, Step)
    assert_type(await lucca.orders.wait(one, timeout=None), Order)
    assert_type(await lucca.orders.cancel(one, comment="no"), tuple[Remaining, ...])
    async for result in lucca.orders.submit_many([one], concurrency=2):
        assert_type(result, Result)
        assert_type(result.error, errors.ProcurementError | None)
        if isinstance(result.error, errors.OrderIncomplete):
            assert_type(result.error.needs, Literal["time", "correction", "person"])


async def failing(lucca: LuccaProcurement) -> float | None:
    """Distinguish errors."""
    try:
        await lucca.purchases.get(1)
    except errors.RateLimited as error:
        assert_type(error.status, int)
        assert_type(error.fields, dict[str, tuple[str, ...]])
        return error.retry_after
    except errors.OutcomeUnknown as error:
        assert_type(error.candidates, tuple[models.Purchase, ...])
        assert_type(error.status, int | None)
        assert_type(error.accepted, bool)
    except errors.DecodeError as error:
        assert_type(error.member, str)
    except errors.InvalidArgument as error:
        assert_type(error.purchase_id, int | None)
    except errors.ProcurementError as error:
        assert_type(error.attempts, tuple[errors.Attempt, ...])
        assert_type(error.next_token, str | int | None)
    return None


def wrong(lucca: LuccaProcurement) -> None:
    """Make mistakes that the checkers must refuse."""
    LuccaProcurement("https://a.b", "key", 5)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    LuccaProcurement(rate="50")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    LuccaProcurement(commitment_path="both")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    LuccaProcurement(reference_at="middle")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    lucca.purchases.get("1")  # type: ignore[arg-type, unused-coroutine] # pyright: ignore[reportArgumentType, reportUnusedCoroutine]
    lucca.tax_rates.find(date.today(), "FR", 0.2)  # type: ignore[arg-type, unused-coroutine] # noqa: DTZ011 # pyright: ignore[reportArgumentType, reportUnusedCoroutine]
