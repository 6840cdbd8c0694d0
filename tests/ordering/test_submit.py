"""The requests of `orders.submit`, and its reaction to each answer: it creates each object once, in all cases."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from lucca_procurement import LuccaProcurement, Order, errors, models
from lucca_procurement.events import OrderStep
from lucca_procurement.order import Step
from lucca_procurement_api import api
from lucca_procurement_api.api import create_purchase
from support.loop import settled
from support.lucca import Lucca
from support.orders import CREATING, forget_orders, incomplete, order_before, sample_order, saved_to
from support.samples import ONE_TIME, sample_bytes


async def test_submit_of_new_order_sends_three_requests() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = sample_order("PO-1")
        assert await client.orders.submit(mine) is mine
    assert lucca.requests == [*CREATING]
    (purchase,) = lucca.emulator.created()
    assert (purchase["id"], purchase["title"], purchase["commitment"]["id"]) == (
        mine.purchase_id,
        "[PO-1] Laptops",
        mine.commitment_id,
    )
    assert mine.title == "[PO-1] Laptops"
    assert mine.approval_request_id in lucca.emulator.tenant.requests
    assert (mine.step, mine.pending) == (Step.SUBMITTED, None)


@pytest.mark.parametrize(
    ("path", "operation"), [("purchase", "create_commitment"), ("commitments", "create_commitment_for_purchase")]
)
@pytest.mark.parametrize("kind", ["one-time", "subscription"])
async def test_submit_with_commitment_path_uses_that_path(path: Any, operation: str, kind: str) -> None:
    kinds: Any = {
        "one-time": models.OneTimeCommitmentCreation,
        "subscription": models.SubscriptionCommitmentCreation,
    }
    body = kinds[kind].from_json(sample_bytes(f"create-commitment-{kind}.request"))
    lucca = Lucca()
    lucca.fail(operation, "commit-then-drop")
    async with lucca.opened(commitment_path=path) as client:
        await client.orders.submit(sample_order("PO-1", commitment=body))
    assert [name for name in lucca.requests if "commitment" in name] == [operation, CREATING[2]]


async def test_submit_of_submitted_order_sends_and_saves_nothing() -> None:
    lucca = Lucca()
    stored: list[bytes] = []
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
        await client.orders.submit(mine, save=saved_to(stored))
        await client.orders.submit(Order.from_json(mine.to_json()), resubmit=True)
    assert lucca.requests == [*CREATING]
    assert not stored


async def test_submit_after_correction_of_commitment_continues() -> None:
    lucca = Lucca()
    stored: list[bytes] = []
    mine = sample_order("PO-1", commitment=evolve(ONE_TIME, attachment_ids=[UUID(int=4)]))
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine, save=saved_to(stored)))
        assert isinstance(error.__cause__, errors.BadRequest)
        assert (error.step, error.needs) == ("commitment", "correction")
        assert (mine.step, mine.pending) == (Step.COMMITMENT, None)
        assert Order.from_json(stored[-1]) == mine
        mine.commitment = ONE_TIME
        await client.orders.submit(mine, save=saved_to(stored))
    assert [each for each in lucca.requests if each in CREATING] == [CREATING[0], CREATING[1], CREATING[1], CREATING[2]]
    assert Order.from_json(stored[-1]).step is Step.SUBMITTED


# ---- A rejection of the second or third step: an earlier try or a person may have done it

REJECTED = (400, 401, 403, 404, 405, 409, 410, 411, 413, 414, 415, 422, 431, 501, 505)


async def step_done(client: LuccaProcurement, mine: Order) -> int:
    """Do the order's step as a person in Lucca does. Returns the id of the commitment."""
    assert mine.purchase_id is not None
    if mine.step is Step.COMMITMENT:
        return (await client.commitments.create(mine.purchase_id, ONE_TIME)).id
    assert mine.commitment_id is not None
    await client.requests.create(mine.commitment_id)
    return mine.commitment_id


@pytest.mark.parametrize("status", REJECTED)
@pytest.mark.parametrize("step", [Step.COMMITMENT, Step.REQUEST])
async def test_submit_after_rejection_takes_step_done_by_person(step: Step, status: int) -> None:
    """Row 8: any status may be the server's way to say so."""
    lucca = Lucca()
    operation = CREATING[1] if step is Step.COMMITMENT else CREATING[2]
    done: list[int] = []
    async with lucca.opened(commitment_path="purchase") as client:
        mine = await order_before(client, step)

        async def overtake(name: str) -> None:
            if name == operation and not done:
                done.append(0)
                done[0] = await step_done(client, mine)
                lucca.reply(operation, status, {"title": "No", "status": status})

        lucca.before = overtake
        first = len(lucca.requests)
        await client.orders.submit(mine)
    assert (mine.step, mine.commitment_id, mine.pending) == (Step.SUBMITTED, done[0], None)
    assert lucca.requests[first:].count("get_purchase") <= 2
    assert len(lucca.emulator.tenant.requests) == 1


@pytest.mark.parametrize("status", REJECTED)
@pytest.mark.parametrize("step", [Step.COMMITMENT, Step.REQUEST])
async def test_submit_after_rejection_of_undone_step_needs_correction(step: Step, status: int) -> None:
    lucca = Lucca()
    operation = CREATING[1] if step is Step.COMMITMENT else CREATING[2]
    async with lucca.opened(commitment_path="purchase") as client:
        mine = await order_before(client, step)
        lucca.reply(operation, status, {"title": "No", "status": status})
        error = await incomplete(client.orders.submit(mine))
        assert isinstance(error.__cause__, errors.ResponseError)
        assert error.__cause__.status == status
        assert error.needs == ("time" if status in (501, 505) else "correction")
        assert (mine.step, mine.pending) == (step, None)
        await client.orders.submit(mine)
    assert mine.step is Step.SUBMITTED


@pytest.mark.parametrize("status", REJECTED)
async def test_submit_after_rejected_purchase_does_not_look(status: int) -> None:
    lucca = Lucca()
    lucca.reply("create_purchase", status, {"title": "No", "status": status})
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine))
        assert isinstance(error.__cause__, errors.ResponseError)
        assert (mine.step, mine.pending, lucca.requests) == (Step.PURCHASE, None, [])
        await client.orders.submit(mine)
    assert lucca.requests == [*CREATING]


@pytest.mark.parametrize("step", [Step.COMMITMENT, Step.REQUEST])
async def test_submit_after_rejection_and_failed_look_keeps_cause(step: Step) -> None:
    lucca = Lucca()
    operation = CREATING[1] if step is Step.COMMITMENT else CREATING[2]
    async with lucca.opened() as client:
        mine = await order_before(client, step)

        async def revoke(name: str) -> None:
            if name == operation:
                lucca.reply(operation, 401)
                lucca.reply("get_purchase", 401, times=9)

        lucca.before = revoke
        error = await incomplete(client.orders.submit(mine))
    assert isinstance(error.__cause__, errors.Unauthorized)
    assert error.__cause__.operation in CREATING
    assert (error.needs, mine.pending) == ("correction", None)


# ---- Somebody else's commitment


@pytest.mark.parametrize("when", ["before", "between"])
async def test_submit_with_commitment_of_person_needs_person(when: str) -> None:
    """Row 2: a person adds a commitment of 99,999 USD between step 1 and 2."""
    lucca = Lucca()
    theirs = evolve(
        ONE_TIME,
        amount_including_taxes=models.TaxedAmount(
            excluding_taxes=models.Amount(value=99_999, currency=models.Currency("USD")), taxes=[]
        ),
    )
    mine = sample_order("PO-1")
    async with lucca.opened() as client:

        async def interfere(name: str) -> None:
            if name == "create_commitment" and (not mine.commitment_id) and not interfered:
                interfered.append(name)
                assert mine.purchase_id is not None
                await client.commitments.create(mine.purchase_id, theirs)

        interfered: list[str] = []
        if when == "between":
            lucca.before = interfere
        else:
            purchase = await client.purchases.create(mine.to_create())
            await client.commitments.create(purchase.id, theirs)
            mine.step, mine.purchase_id = Step.COMMITMENT, purchase.id
        for _ in range(2):
            error = await incomplete(client.orders.submit(mine))
            assert error.needs == "person"
            said = f"{error} {error.__cause__}"
            assert "has another commitment than the order's" in said
            assert "99999 USD instead of" in said
    assert not lucca.emulator.tenant.requests
    assert (mine.step, mine.pending) == (Step.COMMITMENT, None)


@pytest.mark.parametrize("resumed", ["same process", "new process"])
async def test_submit_after_edit_of_commitment_needs_person(resumed: str) -> None:
    lucca = Lucca()
    lucca.fail(CREATING[2], "429", retry_after="300")
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        assert (await incomplete(client.orders.submit(mine))).needs == "time"
        net = lucca.stored(mine.purchase_id)["commitment"]["amountIncludingTaxes"]["base"]["excludingTaxes"]
        before = net["value"]
        net["value"] = 99_999
        await lucca.clock.sleep(300)
        first = len(lucca.requests)
    if resumed == "new process":
        forget_orders()
        mine = Order.from_json(mine.to_json())
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine))
        assert (error.needs, error.step) == ("person", "request")
        assert lucca.requests[first:] == ["get_purchase"]
        net = lucca.stored(mine.purchase_id)["commitment"]["amountIncludingTaxes"]["base"]["excludingTaxes"]
        net["value"] = before
        await client.orders.submit(mine)
    assert lucca.requests[first:] == ["get_purchase", "get_purchase", CREATING[2]]


async def test_submit_after_request_of_person_takes_request() -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        mine = await order_before(client, Step.REQUEST)
        await step_done(client, mine)
        first = len(lucca.requests)
        await client.orders.submit(mine)
    assert (mine.step, mine.approval_request_id) == (Step.SUBMITTED, None)
    assert lucca.requests[first:] == ["get_purchase"]


# ---- The needs of the order


@pytest.mark.parametrize("operation", CREATING)
async def test_submit_after_long_throttle_needs_time(operation: str) -> None:
    lucca = Lucca()
    lucca.fail(operation, "429", retry_after="300")
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine))
        assert (error.needs, type(error.__cause__)) == ("time", errors.RateLimited)
        assert (mine.pending, error.order) == (None, mine)
        await lucca.clock.sleep(300)
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_submit_without_connection_needs_time() -> None:
    async with LuccaProcurement("http://127.0.0.1:9", "key", rate=None, retries=0) as client:
        mine = sample_order("PO-1")
        error = await incomplete(client.orders.submit(mine))
    assert (error.needs, type(error.__cause__), mine.pending) == ("time", errors.NotSent, None)


async def test_submit_on_closed_client_needs_correction() -> None:
    client = Lucca().opened()
    await client.aclose()
    mine = sample_order("PO-1")
    error = await incomplete(client.orders.submit(mine))
    assert (error.needs, type(error.__cause__), mine.pending) == ("correction", errors.ConfigurationError, None)


@pytest.mark.parametrize("operation", CREATING[1:])
async def test_submit_after_repeatedly_lost_step_needs_time(operation: str) -> None:
    lucca = Lucca()
    lucca.fail(operation, "drop", times=None)
    mine = sample_order("PO-1")
    async with lucca.opened(retries=1) as client:
        error = await incomplete(client.orders.submit(mine))
        assert (error.needs, mine.pending) == ("time", None)
        assert lucca.counts[operation] == 2
        lucca.emulator.faults.clear()
        await client.orders.submit(mine)
    assert mine.step is Step.SUBMITTED


async def test_submit_of_cancelled_order_is_refused() -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
        await client.orders.cancel(mine, comment="No")
        with pytest.raises(errors.InvalidArgument, match="was cancelled: make another one, with another reference"):
            await client.orders.submit(mine)


async def test_order_incomplete_does_not_repeat_text_of_cause() -> None:
    lucca = Lucca()
    lucca.reply("create_purchase", 400, {"title": "Blue moon", "status": 400})
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(sample_order("PO-1")))
    assert "Blue moon" in str(error.__cause__)
    assert "Blue moon" not in str(error)
    assert "order PO-1 stopped at step purchase: BadRequest." in str(error)


# ----


async def test_submit_after_internal_error_stays_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the purchase would be created a second time."""
    lucca = Lucca()
    stored: list[bytes] = []
    mine = sample_order("PO-1")

    async def broken(*args: Any, **kwargs: Any) -> None:
        await create_purchase(*args, **kwargs)
        raise RuntimeError("a mistake")

    async with lucca.opened() as client:
        with monkeypatch.context() as patch:
            patch.setattr(api, "create_purchase", broken)
            with pytest.raises(RuntimeError, match="a mistake"):
                await client.orders.submit(mine, save=saved_to(stored))
        assert mine.pending is not None
        assert Order.from_json(stored[-1]) == mine
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_submit_reports_each_step_as_event() -> None:
    lucca = Lucca()
    events: list[OrderStep] = []
    lucca.fail("create_commitment_request", "commit-then-drop")

    def hear(event: object) -> None:
        if isinstance(event, OrderStep):
            events.append(event)

    async with lucca.opened(on_event=hear) as client:
        mine = await client.orders.submit(sample_order("PO-1"))
    ids: Any = {"reference": "PO-1", "purchase_id": mine.purchase_id}
    assert events == [
        OrderStep(step="commitment", **ids, commitment_id=None, approval_request_id=None),
        OrderStep(step="request", **ids, commitment_id=mine.commitment_id, approval_request_id=None),
        OrderStep(step="submitted", **ids, commitment_id=mine.commitment_id, approval_request_id=None),
    ]


async def test_submit_of_three_stored_copies_creates_one_order() -> None:
    lucca = Lucca()
    first = sample_order()
    async with lucca.opened() as client:
        lucca.fail("create_commitment", "429", retry_after="100")
        lucca.fail("create_commitment", "429", retry_after="300")
        await incomplete(client.orders.submit(first))
        copies = [Order.from_json(first.to_json()) for _ in range(3)]
        await lucca.clock.sleep(300)
        results = await asyncio.gather(*(client.orders.submit(each) for each in copies), return_exceptions=True)
        assert all(isinstance(each, Order | errors.InvalidArgument) for each in results)
        for each in copies:
            await client.orders.submit(each)
        await settled()
    assert len(lucca.titles) == 1
    assert {each.commitment_id for each in copies} == {lucca.emulator.created()[0]["commitment"]["id"]}
    assert len(lucca.emulator.tenant.requests) == 1
