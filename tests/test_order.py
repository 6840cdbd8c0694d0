"""`Order` as plain data: what it stores comes back as it was, digit for digit, whoever stores it."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from ordering import COMMITMENT, PURCHASE, Lucca, order
from wire import sample_bytes

from lucca_procurement import Order, errors, models
from lucca_procurement.order import Decision, Doubt, Step

SUBSCRIPTION = models.SubscriptionCommitmentCreation.from_json(sample_bytes("create-commitment-subscription.request"))
DOUBT = Doubt(since=1_750_000_000.25, until=1_750_000_030.5, ahead=-1.5, done=True, token="0f1e")
STATES: dict[str, dict[str, Any]] = {
    "new": {},
    "subscription": {"commitment": SUBSCRIPTION},
    "in doubt": {"doubt": Doubt(since=1_750_000_000.125)},
    "settling": {"doubt": DOUBT},
    "purchase": {"step": Step.COMMITMENT, "purchase_id": 1},
    "commitment": {"step": Step.REQUEST, "purchase_id": 1, "commitment_id": 2, "doubt": DOUBT},
    "submitted": {"step": Step.SUBMITTED, "purchase_id": 1, "commitment_id": 2, "request_id": 3},
    "decided": {"step": Step.SUBMITTED, "purchase_id": 1, "decision": Decision.REFUSED, "decided_by": "Ann Ö."},
}
EACH = pytest.mark.parametrize("mine", [pytest.param(order("PO-1", **it), id=name) for name, it in STATES.items()])


@EACH
def test_a_stored_order_comes_back(mine: Order) -> None:
    stored = json.loads(json.dumps(mine.to_dict()))
    assert stored == mine.to_dict()
    again = Order.from_dict(stored)
    assert again == mine
    assert (type(again.step), type(again.commitment)) == (Step, type(mine.commitment))
    assert Order.from_json(mine.to_json()) == Order.from_json(mine.to_json().decode()) == mine


@EACH
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda mine: pickle.loads(pickle.dumps(mine))])
def test_an_order_is_copied_and_pickled(mine: Order, again: Any) -> None:
    assert again(mine) == mine
    assert again(mine) is not mine


def priced(*values: str) -> models.OneTimeCommitmentCreation:
    amount, *taxes = (Decimal(value) for value in values)
    price = models.TaxedAmount(
        excluding_taxes=models.Amount(value=amount, currency=models.Currency("EUR")),
        taxes=[models.Tax(rate_type_id=1, value=tax, currency=models.Currency("EUR")) for tax in taxes],
    )
    return evolve(COMMITMENT, amount_including_taxes=price)


def test_amounts_keep_their_digits() -> None:
    values = ["120", "1.10", "3239.57", "12345678901234567890.12345678901234567890", "-0.00", "0.1"]
    mine = order(commitment=priced(*values))
    again = Order.from_json(mine.to_json())
    assert isinstance(again.commitment, models.OneTimeCommitmentCreation)
    price = again.commitment.amount_including_taxes
    assert [str(each) for each in (price.excluding_taxes.value, *(tax.value for tax in price.taxes))] == values
    assert again.commitment.to_json() == mine.commitment.to_json()


def test_the_stored_form_is_plain() -> None:
    def plain(value: Any) -> bool:
        if type(value) is dict:
            return all(type(name) is str and plain(member) for name, member in value.items())
        return all(map(plain, value)) if type(value) is list else type(value) in (str, int, float, bool, type(None))

    assert plain(order("PO-1", commitment=priced("1.10"), doubt=DOUBT, step=Step.REQUEST).to_dict())


async def test_the_stored_form_holds_no_key_and_nothing_that_lives() -> None:
    lucca = Lucca(key="canary-4711")
    async with lucca.opened() as client:
        mine = await client.orders.wait(await client.orders.submit(order("PO-1")))
    for held in (mine.to_json(), pickle.dumps(mine), repr(mine).encode()):
        assert b"canary" not in held
        assert b"object at" not in held
    assert Order.from_json(mine.to_json()) == mine


def test_unknown_members_are_stored_again() -> None:
    stored = {**order("PO-1").to_dict(), "costObject": {"decimal": "1.10"}, "tags": [1, None]}
    stored["purchase"] = {**stored["purchase"], "priority": "high"}
    again = Order.from_dict(stored)
    assert again.to_dict() == stored
    assert copy.deepcopy(again).to_dict() == pickle.loads(pickle.dumps(again)).to_dict() == stored
    assert "costObject" not in repr(again)


def test_members_may_be_absent() -> None:
    stored = order().to_dict()
    assert Order.from_dict({name: stored[name] for name in ("version", "purchase", "commitment")}) == order()


def test_a_stored_order_stays_as_it_was() -> None:
    """A form that was stored by this version is read by all later ones."""
    stored = (
        b'{"version": 1, "purchase": {"ownerId": 35, "natureId": 1, "costCenterId": 3, "establishmentId": 1,'
        b' "departmentId": 14, "supplier": {"id": 6}, "title": "Laptops", "axisSectionIds": [361]}, "commitment":'
        b' {"type": "OneTimeCommitment", "state": "Created", "costDate": "2025-04-14", "invoiceDate": "2025-04-14",'
        b' "amountIncludingTaxes": {"excludingTaxes": {"value": {"decimal": "120"}, "currency": "EUR"}, "taxes": []},'
        b' "attachmentIds": [], "comment": "Comment", "paymentMethod": null}, "reference": "PO-1", "step": "request",'
        b' "purchase_id": 1, "commitment_id": 2, "request_id": null, "decision": null, "decided_by": null, "doubt":'
        b' {"since": 1750000000.25, "until": 1750000030.5, "ahead": -1.5, "done": true,'
        b' "token": "0f1e"}}'
    )
    expected = order("PO-1", **STATES["commitment"])
    assert Order.from_json(stored) == expected
    assert json.loads(expected.to_json()) == json.loads(stored)


def test_a_newer_form_says_so() -> None:
    with pytest.raises(errors.InvalidArgument, match="newer lucca-procurement"):
        Order.from_dict({"version": 2, "everything": "new"})


GOOD = order("PO-1", doubt=DOUBT).to_dict()


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "order",
        {},
        {**GOOD, "version": None},
        {**GOOD, "version": "1"},
        {**GOOD, "version": 0},
        {"version": 1},
        {**GOOD, "purchase": None},
        {**GOOD, "purchase": []},
        {**GOOD, "purchase": {"ownerId": "x"}},
        {**GOOD, "commitment": []},
        {**GOOD, "commitment": "x"},
        {**GOOD, "commitment": {"type": "BarterCommitment"}},
        {**GOOD, "step": "payment"},
        {**GOOD, "step": None},
        {**GOOD, "step": []},
        {**GOOD, "decision": "maybe"},
        {**GOOD, "doubt": 5},
        {**GOOD, "doubt": {}},
        {**GOOD, "doubt": {"since": 1.0, "sooner": 2.0}},
        {**GOOD, "doubt": {"since": "yesterday"}},
        {**GOOD, "reference": " PO-1"},
        {**GOOD, "purchase_id": "1"},
        {**GOOD, "commitment_id": 1.5},
    ],
    ids=lambda stored: str(stored)[-30:],
)
def test_what_is_no_order_is_refused(stored: Any) -> None:
    with pytest.raises(errors.InvalidArgument, match=r"order|reference") as caught:
        Order.from_dict(stored)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("stored", [b"", b"\xff", b"{", "null", b"[]", b"[" * 100_000, b'{"version": NaN}'])
def test_what_is_no_json_of_an_order_is_refused(stored: bytes | str) -> None:
    with pytest.raises(errors.InvalidArgument, match="no stored order"):
        Order.from_json(stored)


@pytest.mark.parametrize("reference", ["PO-1", "ERP 4711", "1", "Ö-1", "a&b", "a" * 100])
def test_a_reference_goes_into_the_title(reference: str) -> None:
    mine = order(reference)
    assert mine.title == mine.to_create.title == f"Laptops [{reference}]"
    assert mine.purchase.title == "Laptops"
    mine.reference = None
    assert mine.title == "Laptops"


def test_a_title_that_has_the_reference_keeps_its_form() -> None:
    assert order("PO-1", title="[PO-1] Laptops").title == "[PO-1] Laptops"
    assert order("PO-1", title="[PO-12] Laptops").title == "[PO-12] Laptops [PO-1]"
    assert order("PO-1", title="PO-1 Laptops").title == "PO-1 Laptops [PO-1]"


@pytest.mark.parametrize("reference", ["", " ", " PO-1", "PO-1 ", "PO\n1", "PO\x001", "[PO-1]", "PO]1", 4711, b"PO-1"])
def test_a_reference_that_cannot_be_is_refused(reference: Any) -> None:
    with pytest.raises(errors.InvalidArgument, match="reference"):
        order(reference)
    mine = order("PO-1")
    with pytest.raises(errors.InvalidArgument, match="reference"):
        mine.reference = reference


def test_equal_orders_are_equal() -> None:
    assert order("PO-1") == order("PO-1")
    assert order("PO-1") != order("PO-2")
    assert order() != order(title="Desks")
    assert PURCHASE.title not in repr(order())
