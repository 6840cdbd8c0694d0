"""The path of a new commitment: the documentation shows two."""

from __future__ import annotations

from typing import Any

import pytest

from lucca_procurement import Order, Step, errors
from support.lucca import Lucca
from support.orders import CREATING, incomplete, sample_order, saved_to
from support.samples import ONE_TIME, SUBSCRIPTION

BOTH = pytest.mark.parametrize("commitment", [ONE_TIME, SUBSCRIPTION], ids=["one-time", "subscription"])
BELOW, BESIDE = "create_commitment", "create_commitment_for_purchase"


def lucca_with(path: Any) -> Lucca:
    lucca = Lucca()
    lucca.emulator.quirks.set(commitment_path=path)
    return lucca


@BOTH
@pytest.mark.parametrize("path", ["both", "purchase", "commitments", "by-kind"])
async def test_auto_creates_commitment_at_each_lucca(path: Any, commitment: Any) -> None:
    lucca = lucca_with(path)
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1", commitment=commitment))
    assert mine.step is Step.SUBMITTED
    found = path == "commitments" or (path == "by-kind" and commitment is ONE_TIME)
    looks = [BELOW, "get_purchase", BESIDE] if found else [BELOW]
    assert lucca.requests == [CREATING[0], *looks, CREATING[2]]


@BOTH
async def test_auto_finds_path_once_for_each_kind(commitment: Any) -> None:
    lucca = lucca_with("commitments")
    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1", commitment=commitment))
        await client.orders.submit(sample_order("PO-2", commitment=commitment))
    assert lucca.requests[-3:] == [CREATING[0], BESIDE, CREATING[2]]


@pytest.mark.parametrize(("path", "kind"), [("by-kind", ONE_TIME), ("by-kind", SUBSCRIPTION)])
async def test_by_kind_needs_no_look(path: Any, kind: Any) -> None:
    lucca = lucca_with(path)
    async with lucca.opened(commitment_path="by-kind") as client:
        await client.orders.submit(sample_order("PO-1", commitment=kind))
    assert lucca.requests == [CREATING[0], BESIDE if kind is ONE_TIME else BELOW, CREATING[2]]


async def test_auto_stores_intent_before_each_path() -> None:
    lucca, stored = lucca_with("commitments"), list[bytes]()
    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1"), save=saved_to(stored))
    pending = [Order.from_json(each).step for each in stored if Order.from_json(each).pending]
    assert pending == [Step.PURCHASE, Step.COMMITMENT, Step.COMMITMENT, Step.REQUEST]


async def test_auto_after_unknown_outcome_keeps_path() -> None:
    lucca = lucca_with("both")
    lucca.fail(BELOW, "commit-then-drop")
    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1"))
    assert BESIDE not in lucca.requests


async def test_auto_with_missing_purchase_tries_one_path() -> None:
    lucca = lucca_with("both")
    async with lucca.opened() as client:
        with pytest.raises(errors.NotFound, match=BELOW):
            await client.commitments.create(1, ONE_TIME)
    assert lucca.requests == [BELOW, "get_purchase"]


async def test_auto_with_commitment_on_purchase_tries_one_path() -> None:
    lucca = lucca_with("both")
    async with lucca.opened() as client:
        purchase = await client.purchases.create(sample_order("PO-1").to_create())
        await client.commitments.create(purchase.id, ONE_TIME)
        lucca.reply(BELOW, 404)
        with pytest.raises(errors.NotFound):
            await client.commitments.create(purchase.id, ONE_TIME)
    assert lucca.requests[2:] == ["get_purchase"]


async def test_fixed_path_that_is_missing_advises_auto() -> None:
    lucca = lucca_with("commitments")
    async with lucca.opened(commitment_path="purchase") as client:
        error = await incomplete(client.orders.submit(sample_order("PO-1")))
    assert 'try commitment_path="auto"' in str(error.__cause__)
    assert BESIDE not in lucca.requests
