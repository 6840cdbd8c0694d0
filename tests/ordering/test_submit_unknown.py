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
from support.lucca import Lucca
from support.orders import CREATING, forget_orders, incomplete, sample_order, saved_to


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
async def test_submit_after_changed_title_adopts_purchase(change: str) -> None:
    lucca = Lucca()
    create = lucca.emulator.tenant.create_purchase

    def change_title(body: Any, **options: Any) -> Any:
        return create(body | {"title": CHANGES[change](body["title"])}, **options)

    lucca.emulator.tenant.create_purchase = change_title  # type: ignore[method-assign]
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1", title=TITLE))
        assert [each["id"] for each in lucca.emulator.created()] == [mine.purchase_id]
        assert [each.id for each in await client.orders.find("PO-1")] == [mine.purchase_id]


@pytest.mark.parametrize("title", ["Laptops", None], ids=["without the reference", "without a title"])
async def test_submit_after_title_lost_reference_never_creates_again(title: str | None) -> None:
    lucca = Lucca()
    create = lucca.emulator.tenant.create_purchase

    def lose(body: Any, **options: Any) -> Any:
        made = create(body, **options)
        lucca.stored(made["id"])["title"] = title
        return made

    lucca.emulator.tenant.create_purchase = lose  # type: ignore[method-assign]
    lucca.fail("create_purchase", "commit-then-drop")
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        for _ in range(2):
            error = await unknown(client, mine)
            assert [each.id for each in error.candidates] == [each["id"] for each in lucca.emulator.created()]
            assert "purchases that may be the order's, none of which is certain" in str(error)
    assert lucca.counts["create_purchase"] == 1


async def test_submit_with_two_purchases_of_reference_needs_person() -> None:
    """A person copied the purchase."""
    lucca = Lucca()
    mine = sample_order("PO-1")
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
async def test_submit_with_wrong_clock_finds_purchase(ahead: float, heard: bool) -> None:
    lucca = Lucca(ahead=ahead)
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        if heard:
            await client.purchases.get(1_001)
        mine = await client.orders.submit(sample_order("PO-1"))
    (purchase,) = lucca.emulator.created()
    assert mine.purchase_id == purchase["id"]


@pytest.mark.parametrize("step", [-3_600.0, 3_600.0])
@pytest.mark.parametrize("fault", ["drop", "late"])
async def test_settle_time_with_clock_set_during_lookup_is_unchanged(step: float, fault: str) -> None:
    """Row 16: only the monotonic clock measures time."""
    lucca = Lucca()
    lucca.fail("create_purchase", fault)
    clock = SteppableClock(lucca.clock)
    mine, begun = sample_order("PO-1"), lucca.clock.now

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


@pytest.mark.parametrize("operation", CREATING)
@pytest.mark.parametrize("settle", [30.0, 12.0, 0.0])
async def test_submit_after_lost_request_looks_until_settle_time(operation: str, settle: float) -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    lucca.fail(operation, "drop")
    asked: list[tuple[str, float]] = []

    async def note(name: str) -> None:
        asked.append((name, lucca.clock.now - begun))

    begun, lucca.before = lucca.clock.now, note
    async with lucca.opened(settle=settle) as client:
        if operation == CREATING[0]:
            error = await unknown(client, mine)
            assert (error.candidates, "resubmit=True" in str(error)) == ((), True)
        else:
            await client.orders.submit(mine)
    read = "list_purchases" if operation == CREATING[0] else "get_purchase"
    looks = [moment for name, moment in asked if name == read]
    # The order of a list that did not reach back to the start is read whole at the end.
    assert len({*looks}) == (2 if settle else 1)
    assert settle <= looks[-1] <= settle * 1.25
    assert [name for name, moment in asked if name == operation and moment < settle] == [operation] * bool(settle)


@pytest.mark.parametrize("operation", CREATING)
async def test_submit_after_late_request_creates_one_object(operation: str) -> None:
    """The server may do a request up to 5 s after its connection is gone."""
    lucca = Lucca()
    lucca.fail(operation, "late")
    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1"))
    (purchase,) = lucca.emulator.created()
    assert purchase["state"] == "Ongoing"
    assert len(lucca.emulator.tenant.requests) == 1


@pytest.mark.parametrize("operation", CREATING)
async def test_submit_after_201_without_id_never_creates_again(operation: str) -> None:
    """The server said so, and does not show it: not even the settle time proves that it is absent."""
    lucca = Lucca()
    lucca.reply(operation, 201, {})
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        error = await unknown(client, mine)
        assert error.accepted
        assert mine.pending is not None
        assert mine.pending.accepted
        await unknown(client, Order.from_json(mine.to_json()))
    assert operation not in lucca.requests


# ---- Creating again


@pytest.mark.slow
async def test_resubmit_reads_whole_list_before_create() -> None:
    lucca = Lucca(purchases=1_500)
    lucca.fail("create_purchase", "drop", times=2)
    mine = sample_order("PO-1")
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
async def test_resubmit_with_purchase_of_reference_creates_none(sent: bool) -> None:
    """It is taken if this order sent it. Otherwise a person decides."""
    lucca = Lucca(purchases=1_500)
    mine = sample_order("PO-1")
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


async def test_resubmit_with_changing_list_needs_time() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "drop")
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        await unknown(client, mine)
        for count in range(20, 50):
            lucca.reply("list_purchases", 200, {"items": [], "count": count, "next": None})
        error = await incomplete(client.orders.submit(mine, resubmit=True))
    assert "changed while it was read" in str(error.__cause__)
    assert (error.needs, lucca.counts["create_purchase"]) == ("time", 1)
    assert mine.pending is not None


async def test_resubmit_with_hidden_purchases_needs_person() -> None:
    """Time does not help: somebody looks in Lucca, and adopts a purchase."""
    lucca = Lucca()
    lucca.fail("create_purchase", "drop")
    mine = sample_order("PO-1")
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


async def test_submit_with_partial_list_item_reads_purchase_first() -> None:
    """Another program's purchase of the same reference differs in a member that the list does not return."""
    lucca = Lucca()
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        other = await client.purchases.create(evolve(mine.to_create(), nature_id=2))
        shown = {name: lucca.stored(other.id)[name] for name in ("id", "title", "createdAt")}
        lucca.reply("list_purchases", 200, {"items": [shown], "count": 1, "next": None}, times=2)
        lucca.fail("create_purchase", "drop")
        error = await unknown(client, mine)
    assert [each.id for each in error.candidates] == [other.id]
    assert lucca.counts["create_commitment"] == 0


async def test_resubmit_after_lost_answer_finds_purchase() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1"), resubmit=True)
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
async def test_lookup_for_several_orders_in_doubt_is_shared(fault: str, in_doubt: int) -> None:
    lucca = far_away()
    lucca.fail("create_purchase", fault, times=8)
    async with lucca.opened() as client:
        orders = [sample_order(f"PO-{number}") for number in range(8)]
        results = [each async for each in client.orders.submit_many(orders)]
    assert len([each for each in results if each.error]) == in_doubt
    assert lucca.counts["create_purchase"] == 8
    assert lucca.counts["list_purchases"] <= 4


# ---- Lookups that fail or prove nothing


async def test_lookup_after_server_error_leaves_order_pending() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    lucca.fail("list_purchases", "500", times=None)
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine))
        assert (error.needs, type(error.__cause__)) == ("time", errors.ServerError)
        assert mine.pending is not None
        lucca.emulator.faults.clear()
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]


@pytest.mark.parametrize(("fault", "made"), [("drop", 0), ("commit-then-drop", 1)])
async def test_submit_with_unknown_commitment_state_needs_person(fault: str, made: int) -> None:
    """An order that was taken for submitted would wait for a decision on a request that nobody sent."""
    lucca = Lucca(approve="manual")
    lucca.fail(CREATING[2], fault)
    lucca.fail("get_purchase", "unknown-enum", times=None)
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        error = await unknown(client, mine)
        assert "which does not say whether its approval was requested" in error.reason
        assert (mine.step, len(lucca.emulator.tenant.requests)) == (Step.REQUEST, made)
        lucca.emulator.faults.clear()
        await client.orders.submit(mine)
    assert len(lucca.emulator.tenant.requests) == 1


@pytest.mark.parametrize("operation", CREATING[1:])
async def test_submit_after_rejected_second_try_finds_first(operation: str) -> None:
    """The first try is done after the settle time, and a rule of the server rejects the second one."""
    lucca = Lucca()
    lucca.fail(operation, "late", seconds=40)

    async def late(name: str) -> None:
        if name == operation and lucca.counts[operation] == 1:
            lucca.clock.now += 20

    lucca.before = late
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
    assert (mine.step, lucca.counts[operation]) == (Step.SUBMITTED, 2)
    assert len(lucca.emulator.tenant.requests) == 1


# ---- Another process


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("operation", CREATING)
@pytest.mark.parametrize("fault", ["commit-then-drop", "late"])
@pytest.mark.parametrize("wrong", [3_600.0, 600.0, -600.0, -3_600.0])
async def test_submit_on_machine_with_other_clock_creates_once(
    wrong: float, fault: str, operation: str, killed: bool
) -> None:
    lucca = Lucca()
    lucca.fail(operation, fault)
    stored: list[bytes] = []
    async with lucca.opened(clock=SteppableClock(lucca.clock, wrong), settle=0.0) as client:
        await client.purchases.get(1_001)
        lucca.fail("list_purchases", "500")
        lucca.fail("get_purchase", "500")
        await incomplete(client.orders.submit(sample_order("PO-1"), save=saved_to(stored)))
    lucca.emulator.faults.clear()
    mine = Order.from_json(stored[-1])
    assert mine.pending is not None
    if killed:
        mine.pending = evolve(mine.pending, ended_at=None)
    forget_orders()
    async with lucca.opened() as client:
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]
    assert [lucca.counts[each] for each in CREATING] == [1, 1, 1]


@pytest.mark.parametrize("wrong", [-86_400.0, 0.0, 86_400.0])
@pytest.mark.parametrize("step", [Step.COMMITMENT, Step.REQUEST])
async def test_submit_of_resumed_order_waits_full_settle_time(step: Step, wrong: float) -> None:
    """The request of the dead process may still be done. Its clock says nothing here."""
    lucca = Lucca()
    long_ago = lucca.clock.now + wrong - 7_200
    async with lucca.opened() as client:
        purchase = await client.purchases.create(sample_order("PO-1").to_create())
        mine = sample_order("PO-1", step=step, purchase_id=purchase.id)
        if step is Step.REQUEST:
            mine.commitment_id = (await client.commitments.create(purchase.id, mine.commitment)).id
        mine.pending = PendingRequest(intended_at=long_ago, ended_at=long_ago + 5, clock_offset=0.0)
        begun = lucca.clock.now
        await client.orders.submit(mine)
    assert mine.step is Step.SUBMITTED
    assert 30.0 <= lucca.clock.now - begun <= 37.5


async def test_submit_many_of_resumed_orders_waits_one_settle_time() -> None:
    lucca = Lucca()
    pending = [PendingRequest(intended_at=lucca.clock.now - 3_600) for _ in range(20)]
    async with lucca.opened() as client:
        orders = []
        for number, each in enumerate(pending):
            mine = sample_order(f"PO-{number}", step=Step.COMMITMENT, pending=each)
            mine.purchase_id = (await client.purchases.create(mine.to_create())).id
            orders.append(mine)
        begun = lucca.clock.now
        results = [each async for each in client.orders.submit_many(orders, concurrency=2)]
    assert [each.error for each in results] == [None] * 20
    assert 30.0 <= lucca.clock.now - begun <= 37.5


async def test_submit_of_resumed_order_with_purchase_does_not_wait() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = sample_order("PO-1")
        await client.purchases.create(mine.to_create())
        mine.pending = PendingRequest(intended_at=lucca.clock.now)
        begun = lucca.clock.now
        await client.orders.submit(mine)
    assert lucca.clock.now == begun
    assert lucca.titles == ["[PO-1] Laptops"]


async def test_submit_of_resumed_order_ignores_future_timestamps() -> None:
    lucca = Lucca()
    later = lucca.clock.now + 3_600
    mine = sample_order("PO-1", pending=PendingRequest(intended_at=later, ended_at=later, clock_offset=-3_600.0))
    begun = lucca.clock.now
    async with lucca.opened() as client:
        await unknown(client, mine)
    assert lucca.clock.now - begun <= 37.5


async def test_lookup_after_timeout_leaves_no_task() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    lucca.fail("list_purchases", "hang")
    mine = sample_order("PO-1")
    async with lucca.opened(timeout=0.5, retries=0) as client:
        error = await incomplete(client.orders.submit(mine))
        assert error.needs == "time"
        await client.orders.submit(mine)
    assert lucca.titles == ["[PO-1] Laptops"]
    assert len(asyncio.all_tasks()) == 1


async def test_submit_cancelled_during_parsing_stays_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")

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


async def test_submit_at_third_step_with_other_commitment_needs_person() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        purchase = await client.purchases.create(sample_order("PO-1").to_create())
        commitment = await client.commitments.create(purchase.id, sample_order("PO-1").commitment)
        mine = sample_order("PO-1", step=Step.REQUEST, purchase_id=purchase.id, commitment_id=commitment.id + 1)
        error = await incomplete(client.orders.submit(mine))
    assert error.needs == "person"
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert lucca.counts["create_commitment_request"] == 0


async def test_resubmit_with_new_unknown_outcome_needs_person() -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        purchase = await client.purchases.create(mine.to_create())
        mine.step, mine.purchase_id = Step.COMMITMENT, purchase.id
        lucca.reply("create_commitment", 201, {"something": "else"})
        error = await incomplete(client.orders.submit(mine, resubmit=True))
    assert error.needs == "person"
    assert mine.pending is not None
    assert mine.pending.accepted


async def test_resubmit_of_stale_copy_creates_no_second_purchase() -> None:
    lucca = Lucca()
    stored: list[bytes] = []
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"), save=saved_to(stored))
        lucca.stored(mine.purchase_id)["title"] = "Something else"
        stale = Order.from_json(stored[0])
        assert stale.pending is not None
        error = await incomplete(client.orders.submit(stale, resubmit=True))
    assert error.needs == "person"
    assert len(lucca.titles) == 1
