"""Corrections of a stored order: each member of each part is corrected, or reported if it was already sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, fields

from lucca_procurement import Order, models
from lucca_procurement._ordering.records import corrected
from lucca_procurement.order import Step
from lucca_procurement.stores import SQLiteOrders, State
from support.lucca import Lucca
from support.orders import forget_orders, sample_order
from support.samples import ONE_TIME, PURCHASE, sample_bytes

SUBSCRIPTION = models.SubscriptionCommitmentCreation.from_json(sample_bytes("create-commitment-subscription.request"))
AMOUNT = models.TaxedAmount(excluding_taxes=models.Amount(value=999, currency="EUR"), taxes=[])
LATER = date(2031, 1, 1)
LONG = models.Duration(value=7, unit="Year")
SHARED = {
    "attachment_ids": [UUID(int=7)],
    "comment": "new",
    "payment_method": "CreditCard",
    "state": "Denied",
    "additional_properties": {"a": 1},
}
PARTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "purchase": (
        PURCHASE,
        {
            "owner_id": 77,
            "nature_id": 77,
            "supplier": models.SupplierChoice(id=77),
            "title": "Desks",
            "cost_center_id": 77,
            "establishment_id": 77,
            "department_id": 77,
            "axis_section_ids": [77],
            "type_": "Subscription",
            "additional_properties": {"a": 1},
        },
    ),
    "one-time": (
        ONE_TIME,
        {"cost_date": LATER, "invoice_date": LATER, "amount_including_taxes": AMOUNT, **SHARED},
    ),
    "subscription": (
        SUBSCRIPTION,
        {
            "start_date": LATER,
            "first_invoice_date": LATER,
            "invoicing_frequency": LONG,
            "subscription_duration": LONG,
            "contractual_obligation": LONG,
            "termination_notice": LONG,
            "amount_including_taxes_per_period": AMOUNT,
            **SHARED,
        },
    ),
}
CORRECTIONS = [(part, member) for part, (_, changes) in PARTS.items() for member in changes]


def orders(part: str, member: str, **progress: Any) -> tuple[Order, Order]:
    """Return a stored order, and the same order with another value of a member."""
    before, changes = PARTS[part]
    name = "purchase" if part == "purchase" else "commitment"
    stored = evolve(sample_order(**progress), **{name: before})
    return stored, evolve(sample_order(), **{name: evolve(before, **{member: changes[member]})})


@pytest.mark.parametrize("part", PARTS)
def test_corrections_of_this_file_cover_each_member(part: str) -> None:
    before, changes = PARTS[part]
    members = {each.alias for each in fields(type(before)) if each.init}
    # Another test has the kind of a commitment, which is a constant of its class.
    assert members - changes.keys() <= {"type_"}
    assert changes.keys() <= members


@pytest.mark.parametrize(("part", "member"), CORRECTIONS)
def test_correction_of_member_that_was_sent_is_reported(part: str, member: str) -> None:
    stored, given = orders(part, member, step=Step.SUBMITTED, purchase_id=1, commitment_id=2)
    changed, differences = corrected(stored, given)
    assert changed is stored
    assert differences


@pytest.mark.parametrize(("part", "member"), CORRECTIONS)
def test_correction_of_member_that_was_not_sent_is_made(part: str, member: str) -> None:
    stored, given = orders(part, member)
    assert corrected(stored, given) == (given, ())


def test_other_kind_of_commitment_is_reported() -> None:
    stored = sample_order(step=Step.SUBMITTED, purchase_id=1, commitment_id=2)
    _, differences = corrected(stored, sample_order(commitment=SUBSCRIPTION))
    assert any(each.startswith("type is OneTimeCommitment") for each in differences)


def test_null_in_place_of_a_member_that_was_left_out_is_a_correction() -> None:
    stored = sample_order(step=Step.SUBMITTED, purchase_id=1)
    stored.commitment = evolve(ONE_TIME, comment=models.UNSET)
    _, differences = corrected(stored, sample_order(commitment=evolve(ONE_TIME, comment=None)))
    assert differences == ("comment is left out, not None",)


def test_correction_keeps_the_permission_of_the_part_that_was_sent() -> None:
    stored = sample_order(step=Step.COMMITMENT, purchase_id=1, allow_unlisted=True)
    given = sample_order(commitment=evolve(ONE_TIME, comment="new"))
    changed, _ = corrected(stored, given)
    assert (changed.commitment, changed.allow_unlisted) == (given.commitment, True)
    stored = sample_order(allow_unlisted=True)
    assert corrected(stored, given)[0].allow_unlisted is False


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SQLiteOrders]:
    async with SQLiteOrders(tmp_path / "orders.sqlite") as store:
        yield store


LATE = "not corrected, because it was already sent: title is Laptops, not Desks"


async def test_note_of_late_correction_stays_until_it_is_withdrawn(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        await client.orders.ensure(sample_order(), store)
        late = await client.orders.ensure(sample_order(title="Desks"), store)
        assert late.note == LATE
        # A record alone corrects nothing, and withdraws nothing.
        forget_orders()
        records = [record async for record in store.records()]
        (result,) = [each async for each in client.orders.submit_many(records, store=store)]
        assert result.record
        assert (result.record.note, result.record.version) == (LATE, late.version)
        (decided,) = await client.orders.refresh(store)
        assert (decided.state, decided.note) == (State.APPROVED, LATE)
        assert (await client.orders.ensure(sample_order(), store)).note == ""


async def test_purchase_that_cannot_be_read_keeps_the_note_of_late_correction(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        await client.orders.ensure(sample_order(), store)
        await client.orders.ensure(sample_order(title="Desks"), store)
        for _ in range(2):
            lucca.reply("get_purchase", 404)
            await client.orders.refresh(store)
        record = await store.load("PO-1")
        assert record
        assert (record.note.count(LATE), record.note.startswith("purchase ")) == (1, True)
        await client.orders.refresh(store)
        assert (await store.load("PO-1") or record).note == LATE


async def test_late_correction_of_long_and_unprintable_text_is_stored_once(store: SQLiteOrders) -> None:
    lucca = Lucca()
    given = sample_order(title="\x85" + "Desks" * 300)
    given.commitment = evolve(ONE_TIME, comment="\x85" * 1_000)
    async with lucca.opened() as client:
        await client.orders.ensure(sample_order(), store)
        first = await client.orders.ensure(given, store)
        assert (await client.orders.ensure(given, store)).version == first.version
