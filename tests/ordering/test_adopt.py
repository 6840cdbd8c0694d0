"""`orders.find` and `orders.adopt`: for the person who looked in Lucca."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from lucca_procurement import LuccaProcurement, Order, errors
from lucca_procurement.order import Step
from support.lucca import LIST_ORDERS, Lucca
from support.orders import CREATING, incomplete, sample_order
from support.samples import ONE_TIME


async def created_by_person(client: LuccaProcurement, title: str) -> int:
    """Create a purchase with the content of the tests' orders, as a person does."""
    return (await client.purchases.create(evolve(sample_order().purchase, title=title))).id


@pytest.mark.parametrize("way", LIST_ORDERS)
async def test_find_returns_purchases_of_reference(way: str) -> None:
    lucca = Lucca(purchases=1_200, order=way)
    async with lucca.opened() as client:
        assert await client.orders.find("PO-1") == []
        ids = [
            await created_by_person(client, title)
            for title in ("[PO-1] Laptops", "[PO-12] Laptops", "po-1, a copy", "PO 1")
        ]
        found = await client.orders.find("Po-1")
        assert sorted(each.id for each in found) == [ids[0], ids[2]]
        assert [each.id for each in await client.orders.find("PO-12")] == [ids[1]]


async def test_find_with_end_setting_finds_reference_at_either_end() -> None:
    lucca = Lucca()
    async with lucca.opened(reference_at="end") as client:
        ids = [await created_by_person(client, title) for title in ("[PO-1] Laptops", "Laptops [PO-1]", "A [PO-1] B")]
        assert sorted(each.id for each in await client.orders.find("PO-1")) == ids[:2]


@pytest.mark.parametrize("reference", ["", "PO 1", "[PO-1]", None, 17])
async def test_find_with_invalid_reference_is_refused(reference: Any) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        with pytest.raises(errors.InvalidArgument, match="reference"):
            await client.orders.find(reference)
    assert not lucca.requests


async def test_find_with_unreadable_list_raises_server_error() -> None:
    lucca = Lucca()
    lucca.fail("list_purchases", "500", times=None)
    async with lucca.opened() as client:
        with pytest.raises(errors.ServerError):
            await client.orders.find("PO-1")


async def test_adopt_of_purchase_without_reference_takes_purchase() -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        id = await created_by_person(client, "Laptops for Ann")
        assert await client.orders.adopt(mine, id) is mine
        assert (mine.step, mine.purchase_id, mine.pending) == (Step.COMMITMENT, id, None)
        await client.orders.submit(mine)
    assert lucca.titles == ["Laptops for Ann"]
    assert mine.step is Step.SUBMITTED


async def test_adopt_of_candidate_settles_order_in_doubt() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    mine = sample_order("PO-1")
    async with lucca.opened() as client:

        async def rename(name: str) -> None:
            if name == "list_purchases":
                for purchase in lucca.emulator.created():
                    lucca.stored(purchase["id"])["title"] = "Laptops"

        lucca.before = rename
        error = await incomplete(client.orders.submit(mine))
        assert error.needs == "person"
        assert isinstance(error.__cause__, errors.OutcomeUnknown)
        assert "orders.adopt(order, purchase_id)" in error.__cause__.calls
        (candidate,) = error.__cause__.candidates
        await client.orders.submit(await client.orders.adopt(mine, candidate.id))
    assert lucca.titles == ["Laptops"]
    assert mine.step is Step.SUBMITTED


@pytest.mark.parametrize("steps", [1, 2])
async def test_adopt_takes_existing_commitment_and_request(steps: int) -> None:
    lucca = Lucca(approve="manual")
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        id = await created_by_person(client, "[PO-1] Laptops")
        commitment = await client.commitments.create(id, ONE_TIME)
        if steps == 2:
            await client.requests.create(commitment.id)
        await client.orders.adopt(mine, id)
        assert (mine.purchase_id, mine.commitment_id, mine.approval_request_id) == (id, commitment.id, None)
        assert mine.step is (Step.REQUEST if steps == 1 else Step.SUBMITTED)
        await client.orders.submit(mine)
    assert [lucca.counts[each] for each in CREATING] == [1, 1, 1]


async def test_adopt_of_other_content_names_differences() -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        id = await created_by_person(client, "[PO-1] Laptops")
        await client.commitments.create(id, ONE_TIME)
        lucca.stored(id)["department"]["id"] = 99
        net = lucca.stored(id)["commitment"]["amountIncludingTaxes"]["base"]["excludingTaxes"]
        net |= {"value": 99_999, "currency": "USD"}
        with pytest.raises(errors.InvalidArgument) as caught:
            await client.orders.adopt(mine, id)
    assert f"purchase {id} is not the one of the order PO-1: department: 99 instead of 14; amount: 99999 USD" in str(
        caught.value
    )
    assert (mine.step, mine.purchase_id) == (Step.PURCHASE, None)


async def test_adopt_of_purchase_of_other_order_is_refused() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        theirs = await client.orders.submit(sample_order("PO-1"))
        assert theirs.purchase_id is not None
        mine = sample_order("PO-2")
        with pytest.raises(errors.InvalidArgument, match="belongs to the order po-1"):
            await client.orders.adopt(mine, theirs.purchase_id)
        # The failed attempt leaves nothing behind.
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops", "[PO-2] Laptops"]


async def test_adopt_after_refused_submit_takes_known_purchase() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        first = await client.orders.submit(sample_order("PO-1"))
        again = sample_order("PO-1")
        with pytest.raises(errors.InvalidArgument) as caught:
            await client.orders.submit(again)
        assert caught.value.purchase_id is not None
        await client.orders.adopt(again, caught.value.purchase_id)
        await client.orders.submit(again)
    assert (again.purchase_id, again.commitment_id) == (first.purchase_id, first.commitment_id)
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_adopt_by_order_with_purchase_is_refused() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
        with pytest.raises(errors.InvalidArgument, match=f"has the purchase {mine.purchase_id} already"):
            await client.orders.adopt(mine, 1_001)


async def test_adopt_of_missing_purchase_raises_not_found() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        with pytest.raises(errors.NotFound):
            await client.orders.adopt(sample_order("PO-1"), 999_999)


async def test_adopt_by_invalid_order_is_refused() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        with pytest.raises(errors.InvalidArgument, match="must be an Order"):
            await client.orders.adopt({}, 1_001)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert not lucca.requests


@pytest.mark.parametrize(("at", "title"), [("front", "[PO-1] Laptops"), ("end", "Laptops [PO-1]")])
@pytest.mark.parametrize("fault", ["commit-then-drop", "late"])
async def test_submit_after_lost_answer_finds_reference_at_either_end(at: Any, title: str, fault: str) -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", fault)
    async with lucca.opened(reference_at=at) as client:
        mine = await client.orders.submit(sample_order("PO-1"))
    assert lucca.titles == [mine.title] == [title]


@pytest.mark.parametrize(("first", "then"), [("front", "end"), ("end", "front")])
async def test_submit_with_changed_reference_at_finds_purchase(first: Any, then: Any) -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    lucca.fail("list_purchases", "500", times=4)
    mine = sample_order("PO-1")
    async with lucca.opened(reference_at=first, retries=0) as client:
        error = await incomplete(client.orders.submit(mine))
        assert error.needs == "time"
    lucca.emulator.faults.clear()
    async with lucca.opened(reference_at=then) as client:
        await client.orders.submit(Order.from_json(mine.to_json()))
    assert len(lucca.titles) == 1
