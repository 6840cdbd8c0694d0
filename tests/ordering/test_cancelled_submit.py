"""An order that is cancelled in the middle: what is under way is finished and saved, and nothing is created twice."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lucca_procurement import LuccaProcurement, Order, errors
from lucca_procurement._ordering import grace
from lucca_procurement.order import Step
from support.loop import forbidden_tasks, go_through, nothing_forgotten, settled, skip
from support.lucca import Lucca, no_hook
from support.orders import CREATING, incomplete, sample_order, saved_to

STEPS: dict[str, Step] = dict(zip(CREATING, (Step.COMMITMENT, Step.REQUEST, Step.SUBMITTED), strict=True))


class Holding:
    """Hold the requests of one operation until they are let go, before or after their work is done."""

    def __init__(self, lucca: Lucca, operation: str, *, when: str = "after") -> None:
        self._operation = operation
        self.arrived, self.gone = asyncio.Event(), asyncio.Event()
        setattr(lucca, when, self._hold)

    async def _hold(self, name: str) -> None:
        if name == self._operation:
            self.arrived.set()
            await self.gone.wait()


def cancelled_in(task: asyncio.Task[Any]) -> Awaitable[None]:
    """Await a task that must end as cancelled."""

    async def ended() -> None:
        with pytest.raises(asyncio.CancelledError):
            await task

    return ended()


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("operation", CREATING)
async def test_cancelled_submit_finishes_and_saves_request_in_flight(operation: str, times: int) -> None:
    lucca = Lucca()
    held = Holding(lucca, operation)
    stored: list[bytes] = []
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        task = asyncio.create_task(client.orders.submit(mine, save=saved_to(stored)))
        await held.arrived.wait()
        for _ in range(times):
            task.cancel()
            await settled()
            assert not task.done()
        held.gone.set()
        await cancelled_in(task)
        assert (mine.step, mine.pending) == (STEPS[operation], None)
        assert Order.from_json(stored[-1]) == mine
        assert lucca.requests == [*CREATING[: CREATING.index(operation) + 1]]
        await client.orders.submit(Order.from_json(stored[-1]))
    assert [each for each in lucca.requests if each in CREATING] == [*CREATING]
    assert not await forbidden_tasks()


@pytest.mark.parametrize("operation", CREATING)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_cancelled_submit_after_grace_period_stays_pending(
    operation: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grace, "GRACE_PERIOD", 0.02)
    lucca = Lucca()
    held = Holding(lucca, operation, when=when)
    stored: list[bytes] = []
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        task = asyncio.create_task(client.orders.submit(mine, save=saved_to(stored)))
        await held.arrived.wait()
        task.cancel()
        await cancelled_in(task)
        assert mine.pending is not None
        assert mine.pending.ended_at is not None
        # The intent is stored, and nothing else is known.
        in_store = Order.from_json(stored[-1]).pending
        assert in_store is not None
        assert in_store.token == mine.pending.token
        assert not await forbidden_tasks()
        held.gone.set()
        if (operation, when) == (CREATING[0], "before"):
            assert not lucca.requests
            await incomplete(client.orders.submit(mine))
        await client.orders.submit(mine, resubmit=True)
    assert lucca.titles == ["[PO-1] Laptops"]
    assert len(lucca.emulator.tenant.requests) == 1


async def test_submit_after_timeout_finishes_request_in_flight() -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    deadline = asyncio.timeout(None)

    async def over(name: str) -> None:
        if name == "create_commitment":
            deadline.reschedule(asyncio.get_running_loop().time())
            await settled()

    lucca.before = over
    async with lucca.opened() as client:
        with pytest.raises(TimeoutError):
            async with deadline:
                await client.orders.submit(mine)
        assert (mine.step, mine.pending) == (Step.REQUEST, None)
        await client.orders.submit(mine)
    assert [each for each in lucca.requests if each in CREATING] == [*CREATING]


class Never:
    """A limiter that lets a few requests through, and no more."""

    def __init__(self, many: int) -> None:
        self._left = many
        self.waiting = asyncio.Event()

    async def acquire(self) -> None:
        if not self._left:
            self.waiting.set()
            await asyncio.Event().wait()
        self._left -= 1


@pytest.mark.parametrize("sent", [0, 1, 2])
async def test_cancelled_submit_during_rate_wait_ends_at_once(sent: int) -> None:
    lucca = Lucca()
    limiter = Never(sent)
    stored: list[bytes] = []
    mine = sample_order("PO-1")
    async with lucca.opened(rate=limiter) as client:
        task = asyncio.create_task(client.orders.submit(mine, save=saved_to(stored)))
        await limiter.waiting.wait()
        task.cancel()
        await settled()
        assert task.cancelled()
        assert mine.pending is None
        assert not stored or Order.from_json(stored[-1]) == mine
    assert not await forbidden_tasks()
    before = lucca.clock.now
    async with lucca.opened() as client:
        await client.orders.submit(mine)
    assert [each for each in lucca.requests if each in CREATING] == [*CREATING]
    assert lucca.clock.now == before


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("number", range(6))
async def test_cancelled_submit_during_save_sends_no_further_request(number: int, times: int) -> None:
    """Row 13."""
    lucca = Lucca()
    mine = sample_order("PO-1")
    stored: list[bytes] = []
    saving, saved = asyncio.Event(), asyncio.Event()

    async def save(each: Order) -> None:
        stored.append(each.to_json())
        if len(stored) == number + 1:
            saving.set()
            await saved.wait()

    async with lucca.opened() as client:
        task = asyncio.create_task(client.orders.submit(mine, save=save))
        await saving.wait()
        for _ in range(times):
            task.cancel()
            await settled()
        saved.set()
        await cancelled_in(task)
        assert len(lucca.requests) == (number + 1) // 2
        assert mine.pending is None
        assert Order.from_json(stored[-1]) == mine
        before = lucca.clock.now
        await client.orders.submit(mine)
        assert lucca.clock.now == before
    assert [each for each in lucca.requests if each in CREATING] == [*CREATING]
    assert not await forbidden_tasks()


@pytest.mark.parametrize("operation", CREATING)
async def test_grace_period_lasts_five_seconds_of_loop_time(operation: str) -> None:
    lucca = Lucca()
    held = Holding(lucca, operation)
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        task = asyncio.create_task(client.orders.submit(mine))
        await held.arrived.wait()
        task.cancel()
        await settled()
        await go_through(4.75)
        assert not task.done()
        task.cancel()
        await go_through(0.25)
        await cancelled_in(task)
        assert mine.pending is not None
        held.gone.set()
    assert not await forbidden_tasks()


async def test_grace_period_after_suspended_process_continues() -> None:
    """A process that was suspended in the grace period gets the rest of it: nothing of it is left running."""
    lucca = Lucca()
    held = Holding(lucca, "create_purchase", when="after")
    mine = sample_order("PO-1")

    async def submit_many() -> None:
        async for _ in client.orders.submit_many([mine]):
            pass

    async with lucca.opened() as client:
        task = asyncio.create_task(submit_many())
        await held.arrived.wait()
        task.cancel()
        await settled()
        skip(20.0)
        await settled()
        assert not task.done()
        held.gone.set()
        await cancelled_in(task)
    assert (mine.step, mine.pending) == (Step.COMMITMENT, None)
    assert not await forbidden_tasks()


async def test_grace_period_with_hanging_save_ends() -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    saving = asyncio.Event()

    async def save(_: Order) -> None:
        saving.set()
        await asyncio.Event().wait()

    async with lucca.opened() as client:
        task = asyncio.create_task(client.orders.submit(mine, save=save))
        await saving.wait()
        task.cancel()
        await settled()
        await go_through(5.0)
        # The order is stored once more, as nothing was sent, for half a second at most.
        await go_through(0.5)
        await cancelled_in(task)
    assert (lucca.requests, mine.pending) == ([], None)
    await settled()


async def test_cancelled_submit_during_retry_pause_ends_at_once() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "429", retry_after="100")
    stored: list[bytes] = []
    mine = sample_order("PO-1")
    paused = asyncio.Event()
    sleep = lucca.clock.sleep

    async def pause(seconds: float) -> None:
        paused.set()
        await asyncio.Event().wait()

    lucca.clock.sleep = pause  # type: ignore[method-assign]
    async with lucca.opened() as client:
        task = asyncio.create_task(client.orders.submit(mine, save=saved_to(stored)))
        await paused.wait()
        task.cancel()
        await settled()
        assert task.cancelled()
        assert mine.pending is None
        assert Order.from_json(stored[-1]) == mine
    lucca.clock.sleep = sleep  # type: ignore[method-assign]
    assert len(lucca.requests) == 1


async def test_cancelled_submit_during_lookup_ends_at_once() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "commit-then-drop")
    held = Holding(lucca, "list_purchases", when="before")
    mine, other = sample_order("PO-1"), sample_order("PO-2")
    async with lucca.opened() as client:
        task = asyncio.create_task(client.orders.submit(mine))
        await held.arrived.wait()
        lucca.fail("create_purchase", "commit-then-drop")
        another = asyncio.create_task(client.orders.submit(other))
        await settled()
        task.cancel()
        await settled()
        assert task.cancelled()
        assert mine.pending is not None
        held.gone.set()
        # Another order that waits for the same look gets it.
        await another
        await client.orders.submit(mine)
    assert sorted(lucca.titles) == ["[PO-1] Laptops", "[PO-2] Laptops"]
    assert not await forbidden_tasks()


async def rounds(many: int) -> None:
    for _ in range(many):
        await asyncio.sleep(0)


def fate(lucca: Lucca, chance: random.Random) -> None:
    """Have requests take some rounds of the event loop, and one of them, perhaps, for ever."""
    hung = chance.choice([None, *CREATING])
    side = chance.choice(["before", "after"])

    def passing(here: str) -> Callable[[str], Awaitable[None]]:
        async def passed(name: str) -> None:
            await rounds(chance.randrange(20))
            if (name, here) == (hung, side):
                await asyncio.Event().wait()

        return passed

    lucca.before, lucca.after = passing("before"), passing("after")


async def resumed(client: LuccaProcurement, mine: Order) -> None:
    """Submit an order that was cancelled, as a careful caller does."""
    try:
        await client.orders.submit(mine)
    except errors.OrderIncomplete as error:
        if not isinstance(error.__cause__, errors.OutcomeUnknown) or error.__cause__.candidates:
            raise
        await client.orders.submit(mine, resubmit=True)


@pytest.mark.slow
@pytest.mark.parametrize("loaded", [False, True], ids=["from memory", "stored"])
async def test_cancelled_submit_at_any_moment_creates_no_duplicate(
    loaded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grace, "GRACE_PERIOD", 0.002)
    lucca = Lucca()
    told: list[Step] = []
    with nothing_forgotten():
        async with lucca.opened() as client:
            for seed in range(120):
                chance = random.Random(seed)
                # So that no lookup has to read the purchases of the orders before.
                lucca.clock.now += 3_600
                mine = sample_order(f"PO-{seed}", title="Laptops")
                stored = [mine.to_json()]
                fate(lucca, chance)
                task = asyncio.create_task(client.orders.submit(mine, save=saved_to(stored)))
                await rounds(chance.randrange(250))
                for _ in range(chance.randrange(1, 4)):
                    task.cancel()
                    await rounds(chance.randrange(3))
                await asyncio.wait([task])
                told.append(mine.step)
                lucca.before = lucca.after = no_hook
                await resumed(client, Order.from_json(stored[-1]) if loaded else mine)
    assert len(lucca.titles) == len({*lucca.titles}) == 120
    assert {purchase["state"] for purchase in lucca.emulator.created()} == {"Ongoing"}
    assert len(lucca.emulator.tenant.requests) == 120
    # Each step was cancelled at some time.
    assert {*told} == {*Step}
    assert not await forbidden_tasks()


async def test_error_of_task_whose_caller_was_cancelled_is_not_reported() -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context["message"]))
    go_on = asyncio.Event()

    async def fails() -> None:
        await go_on.wait()
        raise ValueError("as the test says")

    task = asyncio.create_task(fails())
    caller = asyncio.create_task(grace.result_of(task))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    assert caller.cancelled()
    assert not task.done()
    go_on.set()
    await asyncio.wait([task])
    del task, caller
    gc.collect()
    await asyncio.sleep(0)
    assert reported == []
