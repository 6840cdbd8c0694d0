"""What `orders.submit` sends, and when it saves: each thing once, whatever happens on the way."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from clock import settled
from ordering import COMMITMENT, PATHS, Lucca, incomplete, order, saved_to
from wire import sample_bytes

from lucca_procurement import Order, errors, models
from lucca_procurement.events import OrderStep
from lucca_procurement.order import Step
from lucca_procurement_api import api
from lucca_procurement_api.api import create_purchase


async def test_an_order_takes_three_requests() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = order("PO-1")
        assert await client.orders.submit(mine) is mine
    assert lucca.requests == [*PATHS]
    (purchase,) = lucca.emulator.created()
    assert (purchase["id"], purchase["title"], purchase["commitment"]["id"]) == (
        mine.purchase_id,
        "[PO-1] Laptops",
        mine.commitment_id,
    )
    assert mine.approval_request_id in lucca.emulator.tenant.requests
    assert (mine.step, mine.pending) == (Step.SUBMITTED, None)


@pytest.mark.parametrize(
    ("path", "operation"), [("purchase", "create_commitment"), ("commitments", "create_commitment_for_purchase")]
)
@pytest.mark.parametrize("kind", ["one-time", "subscription"])
async def test_a_commitment_goes_the_way_that_was_chosen(path: Any, operation: str, kind: str) -> None:
    kinds: Any = {
        "one-time": models.OneTimeCommitmentCreation,
        "subscription": models.SubscriptionCommitmentCreation,
    }
    body = kinds[kind].from_json(sample_bytes(f"create-commitment-{kind}.request"))
    lucca = Lucca()
    lucca.fail(operation, "commit-then-drop")
    async with lucca.opened(commitment_path=path) as client:
        await client.orders.submit(order("PO-1", commitment=body))
    assert [name for name in lucca.requests if "commitment" in name] == [operation, PATHS[2]]


async def test_a_submitted_order_sends_nothing() -> None:
    lucca = Lucca()
    stored: list[bytes] = []
    async with lucca.opened() as client:
        mine = await client.orders.submit(order("PO-1"))
        await client.orders.submit(mine, save=saved_to(stored))
        await client.orders.submit(Order.from_json(mine.to_json()), resubmit=True)
    assert lucca.requests == [*PATHS]
    assert not stored


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_an_order_is_saved_four_times(asynchronous: bool) -> None:
    lucca = Lucca()
    saves: list[tuple[int, Step, bool, tuple[bool, ...]]] = []

    def save(saved: Order) -> None:
        stored = Order.from_json(saved.to_json())
        ids = tuple(each is not None for each in (stored.purchase_id, stored.commitment_id, stored.approval_request_id))
        saves.append((len(lucca.requests), stored.step, stored.pending is not None, ids))

    async def save_later(saved: Order) -> None:
        await asyncio.sleep(0)
        save(saved)

    async with lucca.opened() as client:
        await client.orders.submit(order("PO-1"), save=save_later if asynchronous else save)
    assert saves == [
        (0, Step.PURCHASE, True, (False, False, False)),
        (1, Step.COMMITMENT, True, (True, False, False)),
        (2, Step.REQUEST, True, (True, True, False)),
        (3, Step.SUBMITTED, False, (True, True, True)),
    ]


@pytest.mark.parametrize("failing", range(4))
@pytest.mark.parametrize("stores", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("from_memory", [True, False])
async def test_a_failing_save_loses_nothing(failing: int, stores: bool, from_memory: bool) -> None:
    lucca = Lucca()
    mine = order("PO-1")
    stored = [mine.to_json()]
    calls = 0

    def save(saved: Order) -> None:
        nonlocal calls
        calls += 1
        if calls - 1 != failing or stores:
            stored.append(saved.to_json())
        if calls - 1 == failing:
            raise OSError("the disk is full")

    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine, save=save))
        assert error.order is mine
        assert isinstance(error.__cause__, OSError)
        assert "the disk is full" in str(error)
        assert mine.pending is None
        # The intent alone was stored, once: that nothing was sent, only the memory knows.
        resubmit = stores and not failing and not from_memory
        again = mine if from_memory else Order.from_json(stored[-1])
        await client.orders.submit(again, save=save, resubmit=resubmit)
    assert lucca.titles == ["[PO-1] Laptops"]
    assert lucca.counts[PATHS[1]] == lucca.counts[PATHS[2]] == 1
    assert again.step is Step.SUBMITTED


async def test_a_failing_save_before_a_step_that_is_taken_up_again_leaves_no_doubt() -> None:
    lucca = Lucca()
    lucca.fail("create_commitment", "503", retry_after="300")
    mine = order("PO-1")

    def fail(_: Order) -> None:
        raise OSError("the disk is full")

    async with lucca.opened() as client:
        await incomplete(client.orders.submit(mine))
        await incomplete(client.orders.submit(mine, save=fail))
    assert mine.pending is None
    assert lucca.counts["create_commitment"] == 1


@pytest.mark.parametrize("operation", PATHS)
async def test_what_was_found_is_saved(operation: str) -> None:
    lucca = Lucca()
    lucca.fail(operation, "commit-then-drop")
    stored: list[bytes] = []
    async with lucca.opened() as client:
        mine = await client.orders.submit(order("PO-1"), save=saved_to(stored))
    assert Order.from_json(stored[-1]) == mine
    assert mine.step is Step.SUBMITTED
    assert (mine.approval_request_id is None) == (operation == PATHS[2])


async def test_an_order_is_submitted_once_at_a_time() -> None:
    lucca = Lucca()
    mine = order("PO-1")
    async with lucca.opened() as client, lucca.opened() as another:
        running = asyncio.create_task(client.orders.submit(mine))
        await asyncio.sleep(0)
        for attempt in (
            client.orders.submit(mine),
            another.orders.submit(mine),
            client.orders.cancel(mine, comment="No"),
            another.orders.submit(Order.from_json(mine.to_json())),
        ):
            with pytest.raises(errors.InvalidArgument, match="already"):
                await attempt
        await running
    assert lucca.requests == [*PATHS]


def _broken() -> list[tuple[str, Any]]:
    untaxed: Any = models.Amount(value=Decimal(1), currency=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    price = evolve(COMMITMENT.amount_including_taxes, excluding_taxes=untaxed)
    return [
        ("no currency", evolve(COMMITMENT, amount_including_taxes=price)),
        ("no date", evolve(COMMITMENT, cost_date="soon")),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        ("no amount", evolve(COMMITMENT, amount_including_taxes={"excludingTaxes": 1})),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        ("no commitment", {"type": "OneTimeCommitment"}),
        ("nothing", None),
    ]


@pytest.mark.parametrize("commitment", [pytest.param(body, id=name) for name, body in _broken()])
async def test_a_commitment_that_cannot_be_is_refused_before_the_purchase_is_created(commitment: Any) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        with pytest.raises(errors.InvalidArgument, match="commitment"):
            await client.orders.submit(order("PO-1", commitment=commitment))
    assert not lucca.requests


async def test_a_rejected_commitment_is_corrected_and_submitted_again() -> None:
    lucca = Lucca()
    stored: list[bytes] = []
    mine = order("PO-1", commitment=evolve(COMMITMENT, attachment_ids=[UUID(int=4)]))
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine, save=saved_to(stored)))
        assert isinstance(error.__cause__, errors.BadRequest)
        assert (error.step, mine.step, mine.pending) == ("commitment", Step.COMMITMENT, None)
        assert Order.from_json(stored[-1]) == mine
        mine.commitment = COMMITMENT
        await client.orders.submit(mine, save=saved_to(stored))
    assert lucca.requests == [PATHS[0], PATHS[1], PATHS[1], PATHS[2]]
    assert Order.from_json(stored[-1]).step is Step.SUBMITTED


@pytest.mark.parametrize("step", [Step.COMMITMENT, Step.REQUEST])
async def test_a_conflict_has_it_looked_for(step: Step) -> None:
    """Somebody has done it already, as a clerk in Lucca itself."""
    lucca = Lucca()
    mine = order("PO-1")
    async with lucca.opened() as client:
        purchase = await client.purchases.create(mine.to_create)
        commitment = await client.commitments.create(purchase.id, mine.commitment)
        mine.step, mine.purchase_id = step, purchase.id
        if step is Step.REQUEST:
            mine.commitment_id = commitment.id
            await client.requests.create(commitment.id)
        await client.orders.submit(mine)
    assert (mine.step, mine.commitment_id) == (Step.SUBMITTED, commitment.id)
    assert lucca.counts["get_purchase"] == 1


async def test_a_conflict_that_is_not_explained_is_raised() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        purchase = await client.purchases.create(order("PO-1").to_create)
        await client.purchases.close(purchase.id, comment="No", date=COMMITMENT.cost_date)
        mine = order("PO-1", step=Step.COMMITMENT, purchase_id=purchase.id)
        error = await incomplete(client.orders.submit(mine))
    assert isinstance(error.__cause__, errors.Conflict)
    assert (mine.step, mine.pending) == (Step.COMMITMENT, None)


async def test_an_error_of_ours_after_a_request_was_sent_leaves_it_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleared, the doubt would have the purchase created a second time."""
    lucca = Lucca()
    mine = order("PO-1")

    async def broken(*args: Any, **kwargs: Any) -> None:
        await create_purchase(*args, **kwargs)
        raise RuntimeError("a mistake")

    async with lucca.opened() as client:
        with monkeypatch.context() as patch:
            patch.setattr(api, "create_purchase", broken)
            with pytest.raises(RuntimeError, match="a mistake"):
                await client.orders.submit(mine)
        assert mine.pending is not None
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_each_step_is_told() -> None:
    lucca = Lucca()
    told: list[OrderStep] = []
    lucca.fail("create_commitment_request", "commit-then-drop")
    async with lucca.opened(on_event=lambda event: told.append(event) if isinstance(event, OrderStep) else None) as it:
        mine = await it.orders.submit(order("PO-1"))
    ids: Any = {"reference": "PO-1", "purchase_id": mine.purchase_id}
    assert told == [
        OrderStep(step="commitment", **ids, commitment_id=None, approval_request_id=None),
        OrderStep(step="request", **ids, commitment_id=mine.commitment_id, approval_request_id=None),
        OrderStep(step="submitted", **ids, commitment_id=mine.commitment_id, approval_request_id=None),
    ]


async def test_two_copies_of_a_stored_order_do_not_end_as_two() -> None:
    lucca = Lucca()
    first = order()
    async with lucca.opened() as client:
        lucca.fail("create_commitment", "503", retry_after="300")
        await incomplete(client.orders.submit(first))
        copies = [Order.from_json(first.to_json()) for _ in range(3)]
        await asyncio.gather(*(client.orders.submit(each) for each in copies))
        await settled()
    assert len(lucca.titles) == 1
    assert {each.commitment_id for each in copies} == {lucca.emulator.created()[0]["commitment"]["id"]}


@pytest.mark.parametrize(
    "members",
    [
        {"step": "commitment"},
        {"step": "request", "purchase_id": 1_001},
        {"step": "request", "commitment_id": 1_001},
        {"step": "purchase", "commitment_id": 1_001},
    ],
    ids=str,
)
async def test_a_step_without_what_it_stands_on_is_refused(members: dict[str, Any]) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        with pytest.raises(errors.InvalidArgument, match="step"):
            await client.orders.submit(order("PO-1", **members))
    assert not lucca.requests


async def test_only_orders_are_submitted() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        with pytest.raises(errors.InvalidArgument, match="only an Order"):
            await client.orders.submit(None)  # type: ignore[arg-type]
    assert lucca.requests == []
