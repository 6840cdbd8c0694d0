"""The saves of `orders.submit`, and the results of a `save` that fails, is slow or is overtaken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lucca_procurement import Order, errors
from lucca_procurement._ordering.submission import FRESH
from lucca_procurement.order import Step
from support.lucca import Lucca
from support.orders import CREATING, forget_orders, incomplete, sample_order, saved_to

State = tuple[int, Step, bool, tuple[bool, ...]]
"""The requests that were sent, the step, whether a request is pending, and which ids are known."""


def state_of(lucca: Lucca, saved: Order) -> State:
    """Return the state that a `save` stores."""
    stored = Order.from_json(saved.to_json())
    ids = (stored.purchase_id, stored.commitment_id, stored.approval_request_id)
    return len(lucca.requests), stored.step, stored.pending is not None, tuple(each is not None for each in ids)


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_submit_saves_before_and_after_each_request(asynchronous: bool) -> None:
    lucca = Lucca()
    saves: list[State] = []

    def save(saved: Order) -> None:
        saves.append(state_of(lucca, saved))

    async def save_later(saved: Order) -> None:
        await asyncio.sleep(0)
        save(saved)

    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1"), save=save_later if asynchronous else save)
    assert saves == [
        (0, Step.PURCHASE, True, (False, False, False)),
        (1, Step.COMMITMENT, False, (True, False, False)),
        (1, Step.COMMITMENT, True, (True, False, False)),
        (2, Step.REQUEST, False, (True, True, False)),
        (2, Step.REQUEST, True, (True, True, False)),
        (3, Step.SUBMITTED, False, (True, True, True)),
    ]


@pytest.mark.parametrize("operation", CREATING)
async def test_submit_after_429_saves_intent_before_each_try(operation: str) -> None:
    """Row 21: each try is a request that another worker has to know of."""
    lucca = Lucca()
    lucca.fail(operation, "429", times=2, retry_after="1")
    tries: list[int] = []
    tokens: set[str] = set()

    def save(saved: Order) -> None:
        if saved.pending and saved.step == [*Step][CREATING.index(operation)]:
            tries.append(lucca.counts[operation])
            tokens.add(saved.pending.token)

    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1"), save=save)
    assert tries == [0, 1, 2]
    assert len(tokens) == 3


async def test_submit_with_rate_saves_intent_after_turn() -> None:
    """Row 21: between the mark and the request, there must be no wait for the rate."""
    lucca = Lucca()
    moments: list[tuple[str, float]] = []

    def save(saved: Order) -> None:
        if saved.pending:
            moments.append(("save", lucca.clock.now))

    async def sent(name: str) -> None:
        if name in CREATING:
            moments.append(("sent", lucca.clock.now))

    lucca.before = sent
    async with lucca.opened(rate=1) as client:
        await client.orders.submit(sample_order("PO-1"), save=save)
    assert [name for name, _ in moments] == ["save", "sent"] * 3
    assert all(moments[index][1] == moments[index + 1][1] for index in range(0, 6, 2))
    assert moments[-1][1] - moments[0][1] >= 120


async def test_intent_holds_time_and_clock_offset() -> None:
    lucca = Lucca(ahead=90.0)
    pending: list[Any] = []

    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1"), save=lambda saved: pending.append(saved.pending))
    assert [each.intended_at for each in pending if each] == [lucca.clock.now] * 3
    assert [each.clock_offset for each in pending if each] == [None, 90.0, 90.0]


# ---- A `save` that fails


class FailingSave:
    """A `save` that fails once, after or before it has stored the order."""

    def __init__(self, mine: Order, failing: int, error: BaseException, *, stores: bool = False) -> None:
        self.stored = [mine.to_json()]
        self._failing = failing
        self._error = error
        self._stores = stores
        self._calls = 0

    def __call__(self, saved: Order) -> None:
        self._calls += 1
        fails = self._calls - 1 == self._failing
        if not fails or self._stores:
            self.stored.append(saved.to_json())
        if fails:
            raise self._error


@pytest.mark.parametrize("failing", range(6))
@pytest.mark.parametrize("stores", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("from_memory", [True, False])
async def test_submit_after_failed_save_creates_no_duplicate(failing: int, stores: bool, from_memory: bool) -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    save = FailingSave(mine, failing, OSError("the disk is full"), stores=stores)
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine, save=save))
        assert (error.order, error.needs) == (mine, "time")
        assert isinstance(error.__cause__, errors.StoreFailed)
        assert isinstance(error.__cause__.__cause__, OSError)
        assert "the disk is full" in str(error.__cause__)
        assert mine.pending is None
        # A save that fails before a request stops the request. After it, the order object knows the result.
        assert len(lucca.requests) == (failing + 1) // 2
    if from_memory:
        again = mine
    else:
        forget_orders()
        again = Order.from_json(save.stored[-1])
    # A stored intent alone does not say whether the purchase was sent.
    resubmit = not from_memory and stores and failing == 0
    async with lucca.opened() as client:
        await client.orders.submit(again, save=save, resubmit=resubmit)
    assert lucca.titles == ["[PO-1] Laptops"]
    assert again.step is Step.SUBMITTED
    assert len(lucca.emulator.tenant.requests) == 1


@pytest.mark.parametrize("failing", [0, 2, 4])
@pytest.mark.parametrize(
    "error", [errors.Superseded("version 7"), asyncio.CancelledError()], ids=["superseded", "cancelled"]
)
async def test_submit_after_refused_save_of_intent_does_not_send(failing: int, error: BaseException) -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        stopped = await incomplete(client.orders.submit(mine, save=FailingSave(mine, failing, error)))
        expected = errors.Superseded if isinstance(error, errors.Superseded) else errors.StoreFailed
        assert isinstance(stopped.__cause__, expected)
        assert (stopped.needs, mine.pending) == ("time", None)
        assert lucca.requests == [*CREATING[: failing // 2]]
        assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]
        await client.orders.submit(mine)
    assert [lucca.counts[each] for each in CREATING] == [1, 1, 1]


@pytest.mark.parametrize("failing", [1, 3, 5])
async def test_submit_after_superseded_save_keeps_result_in_order(failing: int) -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        save = FailingSave(mine, failing, errors.Superseded("version 7"))
        error = await incomplete(client.orders.submit(mine, save=save))
    assert isinstance(error.__cause__, errors.Superseded)
    assert mine.step is [*Step][(failing + 1) // 2]
    assert lucca.requests == [*CREATING[: (failing + 1) // 2]]


# ---- A slow `save`


def slow(lucca: Lucca, seconds: list[float]) -> Callable[[Order], Awaitable[None]]:
    """Return a `save` that takes these seconds, one after the other, and then none."""

    async def save(_: Order) -> None:
        if seconds:
            await lucca.clock.sleep(seconds.pop(0))

    return save


@pytest.mark.parametrize(("seconds", "saves"), [([FRESH], 6), ([FRESH + 0.1], 7), ([FRESH + 0.1] * 2, 8)])
async def test_intent_after_slow_save_is_stored_again(seconds: list[float], saves: int) -> None:
    lucca = Lucca()
    calls = 0
    pause = slow(lucca, seconds)

    async def save(saved: Order) -> None:
        nonlocal calls
        calls += 1
        await pause(saved)

    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"), save=save)
    assert (calls, mine.step, lucca.requests) == (saves, Step.SUBMITTED, [*CREATING])


async def test_submit_with_slow_saves_raises_store_failed() -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine, save=slow(lucca, [6.0] * 3)))
        assert isinstance(error.__cause__, errors.StoreFailed)
        assert "more than 5 s, 3 times" in str(error.__cause__)
        assert (lucca.requests, mine.pending, error.needs) == ([], None, "time")
        await client.orders.submit(mine)
    assert lucca.requests == [*CREATING]


async def test_intent_after_pause_of_process_is_stored_again() -> None:
    """It learns in this way that another one went ahead. The limiter is before the save, the connection after it."""
    lucca = Lucca()
    saves = 0

    def save(_: Order) -> None:
        nonlocal saves
        saves += 1
        if saves == 1:
            # The process sleeps right after it has stored the intent.
            lucca.clock.now += 3_600
        elif saves == 2:
            raise errors.Superseded("another worker went ahead")

    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        error = await incomplete(client.orders.submit(mine, save=save))
    assert isinstance(error.__cause__, errors.Superseded)
    assert (lucca.requests, mine.pending) == ([], None)


# ---- Found objects are saved as well


@pytest.mark.parametrize("operation", CREATING)
async def test_submit_after_lost_answer_saves_found_object(operation: str) -> None:
    lucca = Lucca()
    lucca.fail(operation, "commit-then-drop")
    stored: list[bytes] = []
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"), save=saved_to(stored))
    assert Order.from_json(stored[-1]) == mine
    assert mine.step is Step.SUBMITTED
    assert (mine.approval_request_id is None) == (operation == CREATING[2])


@pytest.mark.parametrize("operation", CREATING)
async def test_submit_after_lost_answer_saves_outcome_before_lookup(operation: str) -> None:
    lucca = Lucca()
    lucca.fail(operation, "commit-then-drop")
    stored: list[bytes] = []
    looks: list[Order] = []

    async def look(name: str) -> None:
        if name in ("list_purchases", "get_purchase"):
            looks.append(Order.from_json(stored[-1]))

    lucca.before = look
    async with lucca.opened() as client:
        await client.orders.submit(sample_order("PO-1"), save=saved_to(stored))
    assert looks[0].pending is not None
    assert looks[0].pending.ended_at == lucca.clock.now


@pytest.mark.parametrize("operation", CREATING)
async def test_submit_after_rejection_saves_order_without_pending(operation: str) -> None:
    lucca = Lucca()
    lucca.reply(operation, 400, {"title": "No", "status": 400})
    stored: list[bytes] = []
    mine = sample_order("PO-1")
    async with lucca.opened() as client:
        await incomplete(client.orders.submit(mine, save=saved_to(stored)))
    assert Order.from_json(stored[-1]) == mine
    assert mine.pending is None
