"""`Order` as plain data: the stored form comes back as it was, digit for digit."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from attrs import evolve

from lucca_procurement import Order, errors, models
from lucca_procurement.order import Decision, PendingRequest, Step
from support.lucca import Lucca
from support.orders import sample_order
from support.samples import ONE_TIME, PURCHASE, SUBSCRIPTION, amount, nested, tax

PENDING = PendingRequest(
    intended_at=1_750_000_000.25, ended_at=1_750_000_030.5, clock_offset=-1.5, accepted=True, token="0f1e"
)
TITLE = "[PO-1] Laptops"
STATES: dict[str, dict[str, Any]] = {
    "new": {},
    "subscription": {"commitment": SUBSCRIPTION},
    "unlisted": {"allow_unlisted": True},
    "pending": {"title": TITLE, "pending": PendingRequest(intended_at=1_750_000_000.125)},
    "ended": {"title": TITLE, "pending": PENDING},
    "purchase": {"title": TITLE, "step": Step.COMMITMENT, "purchase_id": 1},
    "commitment": {
        "title": TITLE,
        "step": Step.REQUEST,
        "purchase_id": 1,
        "commitment_id": 2,
        "pending": PENDING,
    },
    "submitted": {"step": Step.SUBMITTED, "purchase_id": 1, "commitment_id": 2, "approval_request_id": 3},
    "decided": {"step": Step.SUBMITTED, "purchase_id": 1, "decision": Decision.DENIED, "decided_by": "Ann Ö."},
}


def in_state(name: str) -> Order:
    members = STATES[name]
    return evolve(sample_order("PO-1"), **members)


EACH = pytest.mark.parametrize("mine", [pytest.param(in_state(name), id=name) for name in STATES])


@EACH
def test_order_stored_and_loaded_is_equal(mine: Order) -> None:
    stored = json.loads(json.dumps(mine.to_dict()))
    assert stored == mine.to_dict()
    again = Order.from_dict(stored)
    assert again == mine
    assert (type(again.step), type(again.commitment)) == (Step, type(mine.commitment))
    assert Order.from_json(mine.to_json()) == Order.from_json(mine.to_json().decode()) == mine


@EACH
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda mine: pickle.loads(pickle.dumps(mine))])
def test_order_copied_or_pickled_is_equal(mine: Order, again: Any) -> None:
    assert again(mine) == mine
    assert again(mine) is not mine


def commitment_of(*values: str) -> models.OneTimeCommitmentCreation:
    net, *taxes = values
    price = models.TaxedAmount(excluding_taxes=amount(net), taxes=[*map(tax, taxes)])
    return evolve(ONE_TIME, amount_including_taxes=price)


def test_order_stored_and_loaded_keeps_digits() -> None:
    values = ["120", "1.10", "3239.57", "12345678901234567890.12345678901234567890", "-0.00", "0.1"]
    mine = sample_order(commitment=commitment_of(*values))
    again = Order.from_json(mine.to_json())
    assert isinstance(again.commitment, models.OneTimeCommitmentCreation)
    price = again.commitment.amount_including_taxes
    assert [str(each) for each in (price.excluding_taxes.value, *(tax.value for tax in price.taxes))] == values
    assert again.commitment.to_json() == mine.commitment.to_json()


def test_order_to_dict_returns_plain_data() -> None:
    def plain(value: Any) -> bool:
        if type(value) is dict:
            return all(type(name) is str and plain(member) for name, member in value.items())
        return all(map(plain, value)) if type(value) is list else type(value) in (str, int, float, bool, type(None))

    assert plain(sample_order("PO-1", commitment=commitment_of("1.10"), pending=PENDING, step=Step.REQUEST).to_dict())


async def test_order_stored_holds_no_key_and_no_live_object() -> None:
    lucca = Lucca(key="canary-4711")
    async with lucca.opened() as client:
        mine = await client.orders.wait(await client.orders.submit(sample_order("PO-1")))
    for held in (mine.to_json(), pickle.dumps(mine), repr(mine).encode()):
        assert b"canary" not in held
        assert b"object at" not in held
    assert Order.from_json(mine.to_json()) == mine


def test_order_with_unknown_members_stores_them_again() -> None:
    stored = {**sample_order("PO-1").to_dict(), "costObject": {"decimal": "1.10"}, "tags": [1, None]}
    stored["purchase"] = {**stored["purchase"], "priority": "high"}
    again = Order.from_dict(stored)
    assert again.to_dict() == stored
    assert copy.deepcopy(again).to_dict() == pickle.loads(pickle.dumps(again)).to_dict() == stored
    assert "costObject" not in repr(again)


def test_order_with_unknown_members_keeps_known_ones() -> None:
    mine = sample_order("PO-1", step=Step.COMMITMENT, purchase_id=1)
    mine.other = {"purchase_id": 2, "step": "purchase", "reference": "PO-2", "version": 9}
    assert Order.from_json(mine.to_json()) == sample_order("PO-1", step=Step.COMMITMENT, purchase_id=1)


def test_order_from_dict_without_optional_members_loads() -> None:
    stored = sample_order().to_dict()
    needed = ("version", "reference", "purchase", "commitment", "step")
    assert Order.from_dict({name: stored[name] for name in needed}) == sample_order()


def test_order_from_json_of_version_2_loads() -> None:
    """All later versions read it."""
    stored = (
        b'{"version": 2, "purchase": {"ownerId": 35, "natureId": 1, "costCenterId": 3, "establishmentId": 1,'
        b' "departmentId": 14, "supplier": {"id": 6}, "title": "Laptops", "axisSectionIds": [361]}, "commitment":'
        b' {"type": "OneTimeCommitment", "state": "Created", "costDate": "2025-04-14", "invoiceDate": "2025-04-14",'
        b' "amountIncludingTaxes": {"excludingTaxes": {"value": {"decimal": "120"}, "currency": "EUR"}, "taxes": []},'
        b' "attachmentIds": [], "comment": "Comment", "paymentMethod": null}, "reference": "PO-1",'
        b' "allow_unlisted": false, "step": "request", "purchase_id": 1, "commitment_id": 2,'
        b' "approval_request_id": null, "title": "[PO-1] Laptops", "decision": null, "decided_by": null, "pending":'
        b' {"intended_at": 1750000000.25, "ended_at": 1750000030.5, "clock_offset": -1.5, "accepted": true,'
        b' "token": "0f1e"}}'
    )
    expected = in_state("commitment")
    assert Order.from_json(stored) == expected
    assert json.loads(expected.to_json()) == json.loads(stored)


def test_order_from_dict_of_newer_version_is_refused() -> None:
    with pytest.raises(errors.InvalidArgument, match="newer lucca-procurement"):
        Order.from_dict({"version": 3, "everything": "new"})


GOOD = sample_order("PO-1", pending=PENDING).to_dict()
LOST = {"step", "reference"}


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "order",
        {},
        {**GOOD, "version": None},
        {**GOOD, "version": "2"},
        {**GOOD, "version": 1},
        {**GOOD, "version": True},
        {**GOOD, "version": 2.5},
        {"version": 2},
        *({name: value for name, value in GOOD.items() if name != lost} for lost in sorted(LOST)),
        {**GOOD, "purchase": None},
        {**GOOD, "purchase": []},
        {**GOOD, "purchase": {"ownerId": "x"}},
        {**GOOD, "purchase": nested(500)},
        {**GOOD, "commitment": []},
        {**GOOD, "commitment": "x"},
        {**GOOD, "commitment": {"type": "BarterCommitment"}},
        {**GOOD, "commitment": nested(5_000)},
        {**GOOD, "commitment": {"decimal": "x"}},
        {**GOOD, "commitment": {"decimal": [1]}},
        {**GOOD, "step": "payment"},
        {**GOOD, "step": None},
        {**GOOD, "step": []},
        {**GOOD, "step": {"request": 1}},
        {**GOOD, "decision": "maybe"},
        {**GOOD, "decision": {}},
        {**GOOD, "pending": 5},
        {**GOOD, "pending": []},
        {**GOOD, "pending": "yes"},
        {**GOOD, "pending": {}},
        {**GOOD, "pending": {1: 2}},
        {**GOOD, "pending": {"intended_at": 1.0, "sooner": 2.0}},
        {**GOOD, "pending": {"intended_at": "yesterday"}},
        {**GOOD, "pending": {"intended_at": None}},
        {**GOOD, "pending": {"intended_at": float("nan")}},
        {**GOOD, "pending": {"intended_at": 10**400}},
        {**GOOD, "pending": {"intended_at": 1.0, "ended_at": float("inf")}},
        {**GOOD, "pending": {"intended_at": 1.0, "clock_offset": "-inf"}},
        {**GOOD, "pending": {"intended_at": 1.0, "accepted": "no"}},
        {**GOOD, "pending": {"intended_at": 1.0, "token": 7}},
        {**GOOD, "pending": {"intended_at": nested(500)}},
        {**GOOD, "reference": " PO-1"},
        {**GOOD, "reference": None},
        {**GOOD, "purchase_id": "1"},
        {**GOOD, "purchase_id": True},
        {**GOOD, "purchase_id": nested(500)},
        {**GOOD, "commitment_id": 1.5},
        {**GOOD, "approval_request_id": {}},
        {**GOOD, "title": 5},
        {**GOOD, "allow_unlisted": "yes"},
        {**GOOD, "decided_by": ["Ann"]},
    ],
)
def test_order_from_dict_with_invalid_data_is_refused(stored: Any) -> None:
    with pytest.raises(errors.InvalidArgument, match="no stored order") as caught:
        Order.from_dict(stored)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff",
        b"{",
        "null",
        b"[]",
        None,
        b"[" * 500,
        b"[" * 100_000,
        b'{"version": NaN}',
        b'{"version": ' + b"9" * 5_000 + b"}",
        sample_order("PO-1").to_json().replace(b'"decision": null', b'"decision": ' + b"[" * 500 + b"]" * 500),
    ],
    ids=lambda stored: str(stored)[:20],
)
def test_order_from_json_with_invalid_text_is_refused(stored: Any) -> None:
    with pytest.raises(errors.InvalidArgument, match="no stored order"):
        Order.from_json(stored)


@pytest.mark.parametrize("reference", ["PO-1", "1", "a" * 64, "A.b_c/d#e:f+g-h"])
def test_to_create_puts_reference_into_title(reference: str) -> None:
    mine = sample_order(reference)
    assert mine.to_create().title == f"[{reference}] Laptops"
    assert mine.to_create("end").title == f"Laptops [{reference}]"
    assert mine.purchase.title == "Laptops"
    assert mine.key == reference.lower()


def test_to_create_with_reference_in_title_keeps_title() -> None:
    assert sample_order("PO-1", title="[PO-1] Laptops").to_create().title == "[PO-1] Laptops"
    assert sample_order("PO-1", title="Laptops [PO-1]").to_create("end").title == "Laptops [PO-1]"
    assert sample_order("PO-1", title="[PO-12] Laptops").to_create().title == "[PO-1] [PO-12] Laptops"
    assert sample_order("PO-1", title="PO-1 Laptops").to_create().title == "[PO-1] PO-1 Laptops"


@pytest.mark.parametrize("members", [{"pending": PENDING}, {"purchase_id": 1}], ids=str)
def test_to_create_after_send_keeps_sent_title(members: dict[str, Any]) -> None:
    """The purchase may exist under that title, even if the setting or the purchase has changed since."""
    mine = sample_order("PO-1", title="Laptops", **members)
    mine.title = "Laptops [PO-1]"
    mine.purchase = evolve(mine.purchase, title="Docks")
    assert mine.to_create().title == "Laptops [PO-1]"


def test_to_create_before_send_follows_title_of_purchase() -> None:
    mine = sample_order("PO-1", title="Laptops")
    mine.title = "[PO-1] Laptops"
    mine.purchase = evolve(mine.purchase, title="Docks")
    assert mine.to_create().title == "[PO-1] Docks"


@pytest.mark.parametrize(
    "reference",
    [
        None,
        "",
        " ",
        "PO 1",
        " PO-1",
        "PO-1 ",
        "PO-1\n",
        "PO\x001",
        "[PO-1]",
        "PO]1",
        "R&D-1",
        "R&amp;D-1",
        "Ö-1",
        "PO-١",  # noqa: RUF001 - a digit that is not ASCII
        "-1",
        "PO-",
        "a" * 65,
        4711,
        b"PO-1",
    ],
)
def test_order_with_invalid_reference_is_refused(reference: Any) -> None:
    with pytest.raises(errors.InvalidArgument, match="reference must be your own number"):
        sample_order(reference)
    mine = sample_order("PO-1")
    with pytest.raises(errors.InvalidArgument, match="reference must be your own number"):
        mine.reference = reference
    assert mine.reference == "PO-1"


def test_order_without_reference_is_refused() -> None:
    with pytest.raises(TypeError, match="reference"):
        Order(purchase=PURCHASE, commitment=ONE_TIME)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize("name", ["purchase_id", "commitment_id", "approval_request_id"])
@pytest.mark.parametrize("value", ["1", 1.0, True, []])
def test_order_with_non_integer_id_is_refused(name: str, value: Any) -> None:
    with pytest.raises(errors.InvalidArgument, match=f"{name} of an order must be a whole number"):
        setattr(sample_order("PO-1"), name, value)


def test_order_with_long_reference_raises_short_error() -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        sample_order("x" * 100_000)
    assert len(str(caught.value)) < 500


def test_order_with_equal_values_is_equal() -> None:
    assert sample_order("PO-1") == sample_order("PO-1")
    assert sample_order("PO-1") != sample_order("PO-2")
    assert sample_order() != sample_order(title="Desks")
    assert PURCHASE.title not in repr(sample_order())


def test_pending_request_token_is_unique_and_not_in_repr() -> None:
    one, other = PendingRequest(intended_at=1.0), PendingRequest(intended_at=1.0)
    assert one.token != other.token
    assert one.token not in repr(one)
