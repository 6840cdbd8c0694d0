"""`orders.cancel` as far as the API can: it returns what remains, and guesses nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lucca_procurement import Order, errors
from lucca_procurement.order import Decision, PendingRequest, Step
from support.lucca import Lucca
from support.orders import CREATING, incomplete, order_before, sample_order
from support.samples import ONE_TIME


def state(lucca: Lucca) -> tuple[str, str | None]:
    """Return the states of the only created purchase and of its commitment."""
    (purchase,) = lucca.emulator.created()
    return purchase["state"], (purchase["commitment"] or {}).get("state")


@pytest.mark.parametrize(
    ("step", "sent", "left"),
    [
        (Step.PURCHASE, [], None),
        (Step.COMMITMENT, ["get_purchase", "close_purchase", "get_purchase"], ("Closed", None)),
        (Step.REQUEST, ["get_purchase", "close_purchase", "get_purchase"], ("Closed", "Created")),
        (Step.SUBMITTED, ["get_purchase", "cancel_request", "get_purchase"], ("Cancelled", "Cancelled")),
    ],
)
async def test_cancel_at_each_step_leaves_nothing(
    step: Step, sent: list[str], left: tuple[str, str | None] | None
) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        mine = await order_before(client, step)
        before = len(lucca.requests)
        assert await client.orders.cancel(mine, comment="Not needed") == ()
        assert lucca.requests[before:] == sent
        assert left is None or state(lucca) == left
        assert mine.decision is Decision.CANCELLED
        with pytest.raises(errors.InvalidArgument, match="was cancelled"):
            await client.orders.submit(mine)
        assert await client.orders.cancel(mine, comment="Again") == ()
        assert CREATING[0] not in lucca.requests[before:]


async def test_cancel_stores_found_commitment_before_closing() -> None:
    lucca = Lucca(approve="manual")
    stored: list[Order] = []
    async with lucca.opened() as client:
        mine = await order_before(client, Step.COMMITMENT)
        mine.pending = PendingRequest(intended_at=lucca.clock.now)
        made = await client.commitments.create(mine.purchase_id or 0, ONE_TIME)
        await client.orders.cancel(mine, comment="No", save=lambda saved: stored.append(copy.copy(saved)))
    learnt = next(each for each in stored if each.commitment_id)
    assert (learnt.commitment_id, learnt.decision) == (made.id, None)
    assert stored[-1].decision is Decision.CANCELLED


@pytest.mark.parametrize("decided", ["approve", "deny"])
async def test_cancel_of_decided_order_closes_purchase(decided: str) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        mine = await order_before(client, Step.SUBMITTED)
        assert mine.approval_request_id is not None
        getattr(lucca.emulator, decided)(mine.approval_request_id)
        assert await client.orders.cancel(mine, comment="Too late") == ()
    assert lucca.counts["cancel_request"] == 0
    assert state(lucca) == (("Closed", "Provisioned") if decided == "approve" else ("Denied", "Denied"))


async def test_cancel_with_open_invoices_returns_remaining_purchase() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = await order_before(client, Step.SUBMITTED)
        assert mine.purchase_id is not None
        lucca.emulator.tenant._own[mine.purchase_id]["aggregatedStates"]["invoices"]["toReview"] = 1
        (remains,) = await client.orders.cancel(mine, comment="No")
        assert (remains.object, remains.id) == ("purchase", mine.purchase_id)
        assert str(remains).startswith(f"purchase {mine.purchase_id} remains: its state is Ongoing: ")
        assert "invoices that are not approved and paid" in remains.reason
        assert mine.decision is None
        lucca.emulator.tenant._own[mine.purchase_id]["aggregatedStates"]["invoices"]["toReview"] = 0
        assert await client.orders.cancel(mine, comment="No") == ()
    assert state(lucca)[0] == "Closed"


async def test_cancel_with_lost_request_id_returns_remaining_objects() -> None:
    lucca = Lucca(approve="manual")
    lucca.fail("create_commitment_request", "commit-then-drop")
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
        assert mine.approval_request_id is None
        remains = await client.orders.cancel(mine, comment="No")
    assert [(each.object, each.id) for each in remains] == [("request", None), ("purchase", mine.purchase_id)]
    assert str(remains[0]) == "request remains: the answer with its id was lost: have it denied in Lucca"
    assert "its state is Processing" in remains[1].reason
    assert mine.decision is None


@pytest.mark.parametrize(
    ("operation", "fault"), [("cancel_request", "500-after-commit"), ("cancel_request", "cut-body")]
)
async def test_cancel_after_lost_answer_of_cancel_reads_purchase(operation: str, fault: str) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        mine = await order_before(client, Step.SUBMITTED)
        lucca.fail(operation, fault)
        assert await client.orders.cancel(mine, comment="No") == ()
    assert state(lucca) == ("Cancelled", "Cancelled")
    assert mine.decision is Decision.CANCELLED


@pytest.mark.parametrize("fault", ["500", "drop"])
async def test_cancel_after_lost_request_returns_remaining_purchase(fault: str) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        mine = await order_before(client, Step.SUBMITTED)
        lucca.fail("cancel_request", fault)
        remains = await client.orders.cancel(mine, comment="No")
        assert any(each.object == "purchase" and "its state is Processing" in each.reason for each in remains)
        assert mine.decision is None
        assert await client.orders.cancel(mine, comment="No") == ()
    assert state(lucca) == ("Cancelled", "Cancelled")


@pytest.mark.parametrize("fault", ["500-after-commit", "drop"])
async def test_cancel_with_unknown_outcome_of_close_reads_purchase(fault: str) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = await order_before(client, Step.REQUEST)
        lucca.fail("close_purchase", fault)
        remains = await client.orders.cancel(mine, comment="No")
        assert bool(remains) == (fault == "drop")
        assert await client.orders.cancel(mine, comment="No") == ()
    assert state(lucca)[0] == "Closed"


@pytest.mark.parametrize("failing", ["get_purchase", "cancel_request"])
async def test_cancel_after_error_can_be_called_again(failing: str) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        mine = await order_before(client, Step.SUBMITTED)
        lucca.fail(failing, "429", retry_after="300")
        with pytest.raises(errors.RateLimited):
            await client.orders.cancel(mine, comment="No")
        assert (mine.decision, mine.step) == (None, Step.SUBMITTED)
        await lucca.clock.sleep(300)
        assert await client.orders.cancel(mine, comment="No") == ()
    assert state(lucca) == ("Cancelled", "Cancelled")


@pytest.mark.parametrize("fault", ["commit-then-drop", "drop"])
@pytest.mark.parametrize("operation", CREATING)
async def test_cancel_of_pending_order_determines_outcome_first(operation: str, fault: str) -> None:
    lucca = Lucca(approve="manual")
    lucca.fail(operation, fault)
    lucca.fail("get_purchase" if operation != CREATING[0] else "list_purchases", "500", times=4)
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        # The lookup of the outcome fails, so the order stays in doubt.
        await incomplete(client.orders.submit(mine))
        assert mine.pending is not None
        lucca.emulator.faults.clear()
        before: Any = len(lucca.requests)
        if (operation, fault) == (CREATING[0], "drop"):
            error = await incomplete(client.orders.cancel(mine, comment="No"))
            assert isinstance(error.__cause__, errors.OutcomeUnknown)
            assert mine.decision is None
            return
        remains = await client.orders.cancel(mine, comment="No")
    assert not {*CREATING} & {*lucca.requests[before:]}
    lost = (operation, fault) == (CREATING[2], "commit-then-drop")
    assert bool(remains) == lost
    assert state(lucca)[0] == ("Processing" if lost else "Closed")


async def test_cancel_of_submitted_order_stores_decision() -> None:
    lucca = Lucca(approve="manual")
    stored: list[Order] = []
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
        assert await client.orders.cancel(mine, comment="No", save=lambda saved: stored.append(copy.copy(saved))) == ()
    assert [each.decision for each in stored] == [Decision.CANCELLED]


async def test_cancel_of_invalid_order_sends_nothing() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        with pytest.raises(errors.InvalidArgument, match=r"order\.step is request"):
            await client.orders.cancel(sample_order("PO-1", step=Step.REQUEST), comment="No")
        with pytest.raises(errors.InvalidArgument, match="must be an Order"):
            await client.orders.cancel(None, comment="No")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert not lucca.requests
