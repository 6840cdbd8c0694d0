"""The check of a whole order before its first request: a typo must not leave a purchase behind."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve

from lucca_procurement import Order, errors, models
from lucca_procurement._ordering.check import check_order
from lucca_procurement.order import PendingRequest, Step
from support.lucca import Lucca
from support.orders import sample_order
from support.samples import ONE_TIME, PURCHASE, SUBSCRIPTION, amount, nested, tax

USD = models.Currency.USD
AMOUNT = "order.commitment.amount_including_taxes"


def priced(net: Any, *taxes: models.Tax, total: models.Amount | None = None) -> Order:
    """Return an order of this amount."""
    price = models.TaxedAmount(
        excluding_taxes=net, taxes=[*taxes], including_taxes=models.UNSET if total is None else total
    )
    return sample_order("PO-1", commitment=evolve(ONE_TIME, amount_including_taxes=price))


def with_commitment(**members: Any) -> Order:
    """Return an order whose commitment has these members."""
    return sample_order("PO-1", commitment=evolve(ONE_TIME, **members))


def with_purchase(**members: Any) -> Order:
    """Return an order whose purchase has these members."""
    return Order("PO-1", evolve(PURCHASE, **members), ONE_TIME)


EURO = models.Currency("EURO")
FLAWED: dict[str, tuple[Any, str]] = {
    "unknown currency": (priced(amount(1, EURO)), f"{AMOUNT}.excluding_taxes.currency is 'EURO', which the contract"),
    "unknown currency of a tax": (priced(amount(1), tax(1, EURO)), f"{AMOUNT}.taxes[0].currency is 'EURO'"),
    "another currency of a tax": (
        priced(amount(1), tax(1), tax(1, USD)),
        f"{AMOUNT}.taxes[1] is in USD, and {AMOUNT}.excluding_taxes is in EUR",
    ),
    "another currency of the total": (priced(amount(1), total=amount(1, USD)), f"{AMOUNT}.including_taxes is in USD"),
    "taxes that do not add up": (
        priced(amount(100), tax(20), total=amount(121)),
        f"{AMOUNT}: 100 without taxes and 20",
    ),
    "no taxes and another total": (priced(amount(100), total=amount("100.01")), f"{AMOUNT}: 100 without taxes and 0"),
    "5,000 digits": (priced(amount("9" * 5_000)), f"{AMOUNT}.excluding_taxes.value is no amount"),
    "an exponent": (priced(amount("1e999999")), f"{AMOUNT}.excluding_taxes.value is no amount"),
    "four attachments": (
        with_commitment(attachment_ids=[uuid4()] * 4),
        "order.commitment: attachmentIds: expected an array of at most 3 items, found one of 4",
    ),
    "a surrogate in the comment": (with_commitment(comment="\ud800"), "order.commitment"),
    "a surrogate in the title": (with_purchase(title="Laptops \udfff"), "order.purchase"),
    "no title": (with_purchase(title=None), "order.purchase"),
    "a title that is no text": (with_purchase(title=17), "order.purchase"),
    "no owner": (with_purchase(owner_id=None), "order.purchase"),
    "an owner that is no number": (with_purchase(owner_id="35"), "order.purchase"),
    "a number of 5,000 digits": (with_purchase(owner_id=10**5_000), "order.purchase"),
    "deep nesting": (with_purchase(additional_properties={"deep": nested(5_000)}), "order.purchase"),
    "NaN in an additional member": (with_purchase(additional_properties={"weight": float("nan")}), "order.purchase"),
    "a set in an additional member": (with_purchase(additional_properties={"tags": {1}}), "order.purchase"),
    "no purchase": (Order("PO-1", None, ONE_TIME), "order.purchase must be a PurchaseCreation, not NoneType"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    "a dict as purchase": (Order("PO-1", {}, ONE_TIME), "order.purchase must be a PurchaseCreation, not dict"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    "no commitment": (
        sample_order(commitment=None),
        "order.commitment must be a OneTimeCommitmentCreation or a Subscription",
    ),
    "a dict as commitment": (sample_order(commitment={}), "order.commitment must be"),
    "no order": (None, "order must be an Order, not NoneType"),
    "a dict": ({}, "order must be an Order, not dict"),
    "a step without its purchase": (sample_order(step="commitment"), "order.step is commitment, which does not agree"),
    "a step without its commitment": (sample_order(step="request", purchase_id=1), "order.step is request"),
    "a step that skips the purchase": (sample_order(step="request", commitment_id=1), "order.step is request"),
    "a purchase before its step": (sample_order(purchase_id=1), "call orders.adopt(order, purchase_id)"),
    "a commitment before its step": (
        sample_order(step="commitment", purchase_id=1, commitment_id=2),
        "order.step is commit",
    ),
    "a pending request of a submitted order": (
        sample_order(step="submitted", purchase_id=1, commitment_id=2, pending=PendingRequest(intended_at=1.0)),
        "order.pending must be None",
    ),
}


@pytest.mark.parametrize("flaw", FLAWED)
async def test_check_of_invalid_order_names_member_and_sends_nothing(flaw: str) -> None:
    mine, text = FLAWED[flaw]
    lucca = Lucca()
    saved: list[Order] = []
    async with lucca.opened() as client:
        with pytest.raises(errors.InvalidArgument) as caught:
            client.orders.check(mine)
        assert text in str(caught.value)
        assert len(str(caught.value)) < 1_000
        if not (isinstance(mine, Order) and mine.step is Step.SUBMITTED):
            with pytest.raises(errors.InvalidArgument):
                await client.orders.submit(mine, save=saved.append)
    assert not lucca.requests
    assert not saved


SOUND: dict[str, Order] = {
    "one-time": sample_order("PO-1"),
    "subscription": sample_order("PO-1", commitment=SUBSCRIPTION),
    "taxes that add up": priced(amount(100), tax(20), total=amount(120)),
    "a cent for each tax": priced(amount(100), tax("5.01"), tax("5.01"), total=amount("110.00")),
    "three attachments": with_commitment(attachment_ids=[uuid4()] * 3),
    "without cost center, establishment and department": with_purchase(
        cost_center_id=models.UNSET, establishment_id=models.UNSET, department_id=models.UNSET
    ),
    "no total": priced(amount(100), tax(20)),
    "a yen": priced(amount(100, models.Currency("JPY")), tax(8, models.Currency("JPY"))),
    "50 digits": priced(amount("9" * 50)),
    "emoji": with_commitment(comment="\N{PERSONAL COMPUTER}"),
    "with its purchase": sample_order(step="commitment", purchase_id=1),
    "with its commitment": sample_order(step="request", purchase_id=1, commitment_id=2),
    "submitted": sample_order(step="submitted", purchase_id=1, commitment_id=2),
}


@pytest.mark.parametrize("name", SOUND)
async def test_check_of_valid_order_returns_none(name: str) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        assert client.orders.check(SOUND[name]) is None  # type: ignore[func-returns-value]
    assert not lucca.requests


def test_check_with_allow_unlisted_accepts_unlisted_currency() -> None:
    mine = priced(amount(1, EURO), tax("0.2", EURO))
    mine.allow_unlisted = True
    check_order(mine)
    again = Order.from_json(mine.to_json())
    check_order(again)
    mine.allow_unlisted = False
    with pytest.raises(errors.InvalidArgument, match=r"set order\.allow_unlisted"):
        check_order(mine)


def test_check_of_valid_order_changes_nothing() -> None:
    mine = sample_order("PO-1")
    before = mine.to_json()
    check_order(mine)
    assert mine.to_json() == before
