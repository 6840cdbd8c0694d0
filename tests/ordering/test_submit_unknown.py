"""How `orders.submit` determines the outcome of a request: by identity, by settle times, and with few requests."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from lucca_procurement import LuccaProcurement, Order, errors
from lucca_procurement.order import PendingRequest, Step
from lucca_procurement_api import api
from lucca_procurement_api.api import create_purchase
from support.clock import MovingClock
from support.ordering import PATHS, Lucca, incomplete, new_process, order, saved_to


async def unknown(client: LuccaProcurement, mine: Order, **options: Any) -> errors.OutcomeUnknown:
    """Submit an order that stays in doubt, and return the cause."""
    error = await incomplete(client.orders.submit(mine, **options))
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert (error.needs, mine.pending is not None) == ("person", True)
    return error.__cause__


class SteppableClock:
    """The clock of a machine whose time of day is wrong by some seconds, and can be stepped."""

    def __init__(self, right: MovingClock, wrong: float = 0.0) -> None:
        self.monotonic, self.sleep = right.monotonic, right.sleep
        self.wrong = wrong
        self._right = right

    def time(self) -> float:
        return self._right.now + self.wrong


# ---- Titles that a server changed (row 6)

TITLE = "Écrans \N{PERSONAL COMPUTER} für Søren & Łukasz <東京>"
CHANGES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "NFD": lambda title: unicodedata.normalize("NFD", title),
    "upper case": str.upper,
    "no emoji": lambda title: title.replace("\N{PERSONAL COMPUTER}", ""),
    "? for other scripts": lambda title: title.encode("latin-1", "replace").decode("latin-1"),
    "other brackets": lambda title: title.replace("[", "(").replace("]", ")"),
    "no brackets": lambda title: title.replace("[", "").replace("]", ""),
    "escaped": lambda title: title.replace("&", "&amp;").replace("<", "&lt;"),
    "trimmed and doubled spaces": lambda title: f" {title.replace(' ', '  ')} ",
    "cut": lambda title: title[:12],
}


@pytest.mark.parametrize("change", CHANGES)
async def test_submit_after_lost_answer_adopts_the_purchase_whose_title_the_server_changed(change: str) -> None:
    lucca = Lucca()
    create = lucca.emulator.tenant.create_purchase

    def change_title(body: Any, **options: Any) -> Any:
        return create(body | {"title": CHANGES[change](body["title"])}, **options)

    lucca.emulator.tenant.create_purchase = change_title  # type: ignore[method-assign]
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        mine = await client.orders.submit(order("PO-1", title=TITLE))
        assert [each["id"] for each in lucca.emulator.created()] == [mine.purchase_id]
        assert [each.id for each in await client.orders.find("PO-1")] == [mine.purchase_id]


@pytest.mark.parametrize("title", ["Laptops", None], ids=["without the reference", "without a title"])
async def test_submit_never_creates_again_a_purchase_that_lost_its_reference(title: str | None) -> None:
    lucca = Lucca()
    create = lucca.emulator.tenant.create_purchase

    def lose(body: Any, **options: Any) -> Any:
        made = create(body, **options)
        lucca.stored(made["id"])["title"] = title
        return made

    lucca.emulator.tenant.create_purchase = lose  # type: ignore[method-assign]
    lucca.fail("create_purchase", "commit-then-drop")
    mine = order("PO-1")
    async with lucca.opened() as client:
        for _ in range(2):
            error = await unknown(client, mine)
            assert [each.id for each in error.candidates] == [each["id"] for each in lucca.emulator.created()]
            assert "purchases that may be the order's, none of which is certain" in str(error)
    assert lucca.counts["create_purchase"] == 1


async def test_submit_with_two_purchases_of_the_reference_needs_a_person() -> None:
    """A person copied the purchase."""
    lucca = Lucca()
    mine = order("PO-1")
    async with lucca.opened() as client:
        await client.purchases.create(mine.to_create())
        lucca.fail("create_purchase", "commit-then-drop")
        error = await unknown(client, mine)
        assert {each.id for each in error.candidates} == {each["id"] for each in lucca.emulator.created()}
        # A copy keeps the purchase from being created again.
        await unknown(client, mine, resubmit=True)
    assert lucca.counts["create_purchase"] == 2


# ---- Clocks


@pytest.mark.parametrize("ahead", [-600.0, -90.0, 0.0, 90.0, 600.0])
@pytest.mark.parametrize("heard", [True, False], ids=["heard", "unheard"])
async def test_submit_on_a_machine_whose_clock_is_wrong_finds_the_purchase(ahead: float, heard: bool) -> None:
    lucca = Lucca(ahead=ahead)
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        if heard:
            await client.purchases.get(1_001)
        mine = await client.orders.submit(order("PO-1"))
    (purchase,) = lucca.emulator.created()
    assert mine.purchase_id == purchase["id"]


@pytest.mark.parametrize("step", [-3_600.0, 3_600.0])
@pytest.mark.parametrize("fault", ["drop", "late"])
async def test_clock_that_is_set_during_the_lookup_changes_no_settle_time(step: float, fault: str) -> None:
    """Row 16: only the monotonic clock measures time."""
    lucca = Lucca()
    lucca.fail("create_purchase", fault)
    clock = SteppableClock(lucca.clock)
    mine, begun = order("PO-1"), lucca.clock.now

    async def set_clock(name: str) -> None:
        if name == "list_purchases":
            clock.wrong = step

    lucca.before = set_clock
    async with lucca.opened(clock=clock) as client:
        await client.purchases.get(1_001)
        if fault == "drop":
            await unknown(client, mine)
            assert 30.0 <= lucca.clock.now - begun <= 37.5
        else:
            await client.orders.submit(mine)
    assert len(lucca.titles) == (fault == "late")
    assert lucca.counts["create_purchase"] == 1


# ---- The settle time


@pytest.mark.parametrize("operation", PATHS)
@pytest.mark.parametrize("settle", [30.0, 12.0, 0.0])
async def test_object_that_is_not_there_is_looked_for_until_the_settle_time_has_passed(
    operation: str, settle: float
) -> None:
    lucca = Lucca()
    mine = order("PO-1")
    lucca.fail(operation, "drop")
    asked: list[tuple[str, float]] = []

    async def note(name: str) -> None:
        asked.append((name, lucca.clock.now - begun))

    begun, lucca.before = lucca.clock.now, note
    async with lucca.opened(settle=settle) as client:
        if operation == PATHS[0]:
            error = await unknown(client, mine)
            assert (error.candidates, "resubmit=True" in str(error)) == ((), True)
        else:
            await client.orders.submit(mine)
    read = "list_purchases" if operation == PATHS[0] else "get_purchase"
    looks = [moment for name, moment in asked if name == read]
    # The order of a list that did not reach back to the start is read whole at the end.
    assert len({*looks}) == (2 if settle else 1)
    assert settle <= looks[-1] <= settle * 1.25
    assert [name for name, moment in asked if name == operation and moment < settle] == [operation] * bool(settle)


@pytest.mark.parametrize("operation", PATHS)
async def test_work_that_is_done_late_is_not_done_twice(operation: str) -> None:
    """The server may do a request up to 5 s after its connection is gone."""
    lucca = Lucca()
    lucca.fail(operation, "late")
    async with lucca.opened() as client:
        await client.orders.submit(order("PO-1"))
    (purchase,) = lucca.emulator.created()
    assert purchase["state"] == "Ongoing"
    assert len(lucca.emulator.tenant.requests) == 1


@pytest.mark.parametrize("operation", PATHS)
async def test_object_that_the_server_reported_done_is_never_created_again(operation: str) -> None:
    """The server said so, and does not show it: not even the settle time proves that it is absent."""
    lucca = Lucca()
    lucca.reply(operation, 201, {})
    mine = order("PO-1")
    async with lucca.opened() as client:
        error = await unknown(client, mine)
        assert error.accepted
        assert mine.pending is not None
        assert mine.pending.accepted
        await unknown(client, Order.from_json(mine.to_json()))
    assert operation not in lucca.requests


# ---- Creating again


async def test_purchase_is_created_again_only_on_request_and_after_the_whole_list_was_read() -> None:
    lucca = Lucca(purchases=1_500)
    lucca.fail("create_purchase", "drop", times=2)
    mine = order("PO-1")
    async with lucca.opened() as client:
        await unknown(client, mine)
        await unknown(client, mine)
        assert lucca.counts["create_purchase"] == 1
        before = len(lucca.requests)
        await unknown(client, mine, resubmit=True)
        again = lucca.requests.index("create_purchase", before)
        assert lucca.requests[before:again].count("list_purchases") >= 2
        assert lucca.counts["create_purchase"] == 2
        await client.orders.submit(mine, resubmit=True)
    assert lucca.titles == ["[PO-1] Laptops"]


@pytest.mark.parametrize("sent", [True, False])
async def test_resubmit_while_a_purchase_carries_the_reference_creates_none(sent: bool) -> None:
    """It is taken if this order sent it. Otherwise a person decides."""
    lucca = Lucca(purchases=1_500)
    mine = order("PO-1")
    async with lucca.opened() as client:
        made = await client.purchases.create(mine.to_create())
        if sent:
            mine.pending = PendingRequest(intended_at=lucca.clock.now)
            await client.orders.submit(mine, resubmit=True)
            assert mine.purchase_id == made.id
        else:
            error = await incomplete(client.orders.submit(mine, resubmit=True))
            assert isinstance(error.__cause__, errors.OutcomeUnknown)
            assert (error.needs, [each.id for each in error.__cause__.candidates]) == ("person", [made.id])
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_resubmit_is_refused_while_the_list_cannot_be_read_whole() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "drop")
    mine = order("PO-1")
    async with lucca.opened() as client:
        await unknown(client, mine)
        for count in range(20, 50):
            lucca.reply("list_purchases", 200, {"items": [], "count": count, "next": None})
        error = await incomplete(client.orders.submit(mine, resubmit=True))
    assert "changed while it was read" in str(error.__cause__)
    assert (error.needs, lucca.counts["create_purchase"]) == ("time", 1)
    assert mine.pending is not None


async def test_resubmit_is_refused_while_the_list_hides_purchases() -> None:
    """Time does not help: somebody looks in Lucca, and adopts a purchase."""
    lucca = Lucca()
    lucca.fail("create_purchase", "drop")
    mine = order("PO-1")
    async with lucca.opened() as client:
        await unknown(client, mine)
        lucca.reply("list_purchases", 200, {"items": [], "count": 20, "next": None}, times=30)
        error = await unknown(client, mine, resubmit=True)
        assert "counts 20 more purchases than it shows" in error.reason
        assert lucca.counts["create_purchase"] == 1
        made = await client.purchases.create(mine.to_create())
        await client.orders.adopt(mine, made.id)
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_purchase_whose_list_leaves_out_the_difference_is_read_before_it_is_adopted() -> None:
    """Another program's purchase of the same reference differs in a member that the list does not return."""
    lucca = Lucca()
    mine = order("PO-1")
    async with lucca.opened() as client:
        other = await client.purchases.create(evolve(mine.to_create(), nature_id=2))
        shown = {name: lucca.stored(other.id)[name] for name in ("id", "title", "createdAt")}
        lucca.reply("list_purchases", 200, {"items": [shown], "count": 1, "next": None}, times=2)
        lucca.fail("create_purchase", "drop")
        error = await unknown(client, mine)
    assert [each.id for each in error.candidates] == [other.id]
    assert lucca.counts["create_commitment"] == 0


async def test_lost_answer_with_resubmit_finds_the_purchase() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        await client.orders.submit(order("PO-1"), resubmit=True)
    assert lucca.titles == ["[PO-1] Laptops"]


# ---- Sharing


def far_away() -> Lucca:
    """Return a Lucca to which every request takes a while."""
    lucca = Lucca()

    async def travel(_: str) -> None:
        await lucca.clock.sleep(0.05)

    lucca.before = travel
    return lucca


@pytest.mark.parametrize(("fault", "in_doubt"), [("commit-then-drop", 0), ("drop", 8)])
async def test_orders_in_doubt_at_the_same_time_share_their_lookups(fault: str, in_doubt: int) -> None:
    lucca = far_away()
    lucca.fail("create_purchase", fault, times=8)
    async with lucca.opened() as client:
        orders = [order(f"PO-{number}") for number in range(8)]
        results = [each async for each in client.orders.submit_many(orders)]
    assert len([each for each in results if each.error]) == in_doubt
    assert lucca.counts["create_purchase"] == 8
    assert lucca.counts["list_purchases"] <= 4


# ---- Lookups that fail or prove nothing


async def test_lookup_that_fails_leaves_the_order_pending() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    lucca.fail("list_purchases", "500", times=None)
    mine = order("PO-1")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine))
        assert (error.needs, type(error.__cause__)) == ("time", errors.ServerError)
        assert mine.pending is not None
        lucca.emulator.faults.clear()
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]


@pytest.mark.parametrize(("fault", "made"), [("drop", 0), ("commit-then-drop", 1)])
async def test_unknown_state_of_the_commitment_proves_no_request(fault: str, made: int) -> None:
    """An order that was taken for submitted would wait for a decision on a request that nobody sent."""
    lucca = Lucca(approve="manual")
    lucca.fail(PATHS[2], fault)
    lucca.fail("get_purchase", "unknown-enum", times=None)
    mine = order("PO-1")
    async with lucca.opened() as client:
        error = await unknown(client, mine)
        assert "which does not say whether its approval was requested" in error.reason
        assert (mine.step, len(lucca.emulator.tenant.requests)) == (Step.REQUEST, made)
        lucca.emulator.faults.clear()
        await client.orders.submit(mine)
    assert len(lucca.emulator.tenant.requests) == 1


@pytest.mark.parametrize("operation", PATHS[1:])
async def test_rejection_of_the_second_try_finds_the_first_one(operation: str) -> None:
    """The first try is done after the settle time, and a rule of the server rejects the second one."""
    lucca = Lucca()
    lucca.fail(operation, "late", seconds=40)

    async def late(name: str) -> None:
        if name == operation and lucca.counts[operation] == 1:
            lucca.clock.now += 20

    lucca.before = late
    async with lucca.opened() as client:
        mine = await client.orders.submit(order("PO-1"))
    assert (mine.step, lucca.counts[operation]) == (Step.SUBMITTED, 2)
    assert len(lucca.emulator.tenant.requests) == 1


# ---- Another process


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("operation", PATHS)
@pytest.mark.parametrize("fault", ["commit-then-drop", "late"])
@pytest.mark.parametrize("wrong", [3_600.0, 600.0, -600.0, -3_600.0])
async def test_order_that_another_machine_with_another_time_resumes_is_created_once(
    wrong: float, fault: str, operation: str, killed: bool
) -> None:
    lucca = Lucca()
    lucca.fail(operation, fault)
    stored: list[bytes] = []
    async with lucca.opened(clock=SteppableClock(lucca.clock, wrong), settle=0.0) as client:
        await client.purchases.get(1_001)
        lucca.fail("list_purchases", "500")
        lucca.fail("get_purchase", "500")
        await incomplete(client.orders.submit(order("PO-1"), save=saved_to(stored)))
    lucca.emulator.faults.clear()
    mine = Order.from_json(stored[-1])
    assert mine.pending is not None
    if killed:
        mine.pending = evolve(mine.pending, ended_at=None)
    new_process()
    async with lucca.opened() as client:
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]
    assert [lucca.counts[each] for each in PATHS] == [1, 1, 1]


@pytest.mark.parametrize("wrong", [-86_400.0, 0.0, 86_400.0])
@pytest.mark.parametrize("step", [Step.COMMITMENT, Step.REQUEST])
async def test_resumed_order_waits_a_full_settle_time_before_it_believes_in_absence(step: Step, wrong: float) -> None:
    """The request of the dead process may still be done. Its clock says nothing here."""
    lucca = Lucca()
    long_ago = lucca.clock.now + wrong - 7_200
    async with lucca.opened() as client:
        purchase = await client.purchases.create(order("PO-1").to_create())
        mine = order("PO-1", step=step, purchase_id=purchase.id)
        if step is Step.REQUEST:
            mine.commitment_id = (await client.commitments.create(purchase.id, mine.commitment)).id
        mine.pending = PendingRequest(intended_at=long_ago, ended_at=long_ago + 5, clock_offset=0.0)
        begun = lucca.clock.now
        await client.orders.submit(mine)
    assert mine.step is Step.SUBMITTED
    assert 30.0 <= lucca.clock.now - begun <= 37.5


async def test_resumed_orders_of_a_list_wait_for_one_settle_time() -> None:
    lucca = Lucca()
    pending = [PendingRequest(intended_at=lucca.clock.now - 3_600) for _ in range(20)]
    async with lucca.opened() as client:
        orders = []
        for number, each in enumerate(pending):
            mine = order(f"PO-{number}", step=Step.COMMITMENT, pending=each)
            mine.purchase_id = (await client.purchases.create(mine.to_create())).id
            orders.append(mine)
        begun = lucca.clock.now
        results = [each async for each in client.orders.submit_many(orders, concurrency=2)]
    assert [each.error for each in results] == [None] * 20
    assert 30.0 <= lucca.clock.now - begun <= 37.5


async def test_resumed_order_whose_request_was_done_does_not_wait() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = order("PO-1")
        await client.purchases.create(mine.to_create())
        mine.pending = PendingRequest(intended_at=lucca.clock.now)
        begun = lucca.clock.now
        await client.orders.submit(mine)
    assert lucca.clock.now == begun
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_resumed_order_of_a_future_clock_does_not_wait_for_that_time() -> None:
    lucca = Lucca()
    later = lucca.clock.now + 3_600
    mine = order("PO-1", pending=PendingRequest(intended_at=later, ended_at=later, clock_offset=-3_600.0))
    begun = lucca.clock.now
    async with lucca.opened() as client:
        await unknown(client, mine)
    assert lucca.clock.now - begun <= 37.5


async def test_lookup_that_other_orders_wait_for_ends_with_the_client() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    lucca.fail("list_purchases", "hang")
    mine = order("PO-1")
    async with lucca.opened(timeout=0.05, retries=0) as client:
        error = await incomplete(client.orders.submit(mine))
        assert error.needs == "time"
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]
    assert len(asyncio.all_tasks()) == 1


async def test_submit_cancelled_while_a_large_answer_is_parsed_stays_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    lucca = Lucca()
    mine = order("PO-1")

    async def create(*args: Any, **kwargs: Any) -> None:
        await create_purchase(*args, **kwargs)
        raise asyncio.CancelledError

    async with lucca.opened() as client:
        with monkeypatch.context() as patch:
            patch.setattr(api, "create_purchase", create)
            with pytest.raises(asyncio.CancelledError):
                await client.orders.submit(mine)
        assert mine.pending is not None
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_submit_at_third_step_with_another_commitment_on_the_purchase_needs_a_person() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        purchase = await client.purchases.create(order("PO-1").to_create())
        commitment = await client.commitments.create(purchase.id, order("PO-1").commitment)
        mine = order("PO-1", step=Step.REQUEST, purchase_id=purchase.id, commitment_id=commitment.id + 1)
        error = await incomplete(client.orders.submit(mine))
    assert error.needs == "person"
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert lucca.counts["create_commitment_request"] == 0


async def test_resubmit_allows_nothing_that_becomes_unknown_in_the_same_run() -> None:
    lucca = Lucca()
    mine = order("PO-1")
    async with lucca.opened() as client:
        purchase = await client.purchases.create(mine.to_create())
        mine.step, mine.purchase_id = Step.COMMITMENT, purchase.id
        lucca.reply("create_commitment", 201, {"something": "else"})
        error = await incomplete(client.orders.submit(mine, resubmit=True))
    assert error.needs == "person"
    assert mine.pending is not None
    assert mine.pending.accepted


async def test_resubmit_of_a_stale_copy_creates_no_second_purchase() -> None:
    lucca = Lucca()
    stored: list[bytes] = []
    async with lucca.opened() as client:
        mine = await client.orders.submit(order("PO-1"), save=saved_to(stored))
        lucca.stored(mine.purchase_id)["title"] = "Something else"
        stale = Order.from_json(stored[0])
        assert stale.pending is not None
        error = await incomplete(client.orders.submit(stale, resubmit=True))
    assert error.needs == "person"
    assert len(lucca.titles) == 1
