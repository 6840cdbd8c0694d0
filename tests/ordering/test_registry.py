"""The registry of a host: the references, objects and requests that this process knows."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lucca_procurement import LuccaProcurement, Order, errors
from lucca_procurement._ordering.registry import Registry
from lucca_procurement.emulator import Emulator
from lucca_procurement.order import PendingRequest, Step
from support.loop import settled
from support.lucca import Lucca
from support.orders import CREATING, forget_orders, incomplete, sample_order, saved_to


async def test_registry_with_active_reference_refuses_second_call() -> None:
    lucca = Lucca()
    mine = sample_order("PO-1")
    goes_on = asyncio.Event()

    async def save(_: Order) -> None:
        await goes_on.wait()

    async with lucca.opened() as client, lucca.opened() as another:
        running = asyncio.create_task(client.orders.submit(mine, save=save))
        await settled()
        for attempt in (
            client.orders.submit(mine),
            another.orders.submit(mine),
            client.orders.cancel(mine, comment="No"),
            client.orders.adopt(sample_order("PO-1"), 1_001),
            another.orders.submit(Order.from_json(mine.to_json())),
            another.orders.submit(sample_order("po-1")),
        ):
            with pytest.raises(errors.InvalidArgument, match="another call processes an order with the reference"):
                await attempt
        goes_on.set()
        await running
    assert lucca.requests == [*CREATING]


@pytest.mark.parametrize("reference", ["PO-1", "po-1"])
async def test_registry_with_known_reference_names_purchase_id(reference: str) -> None:
    """Row 9: two objects with one reference, one after the other."""
    lucca = Lucca()
    async with lucca.opened() as client, lucca.opened() as another:
        mine = await client.orders.submit(sample_order("PO-1"))
        for each in (client, another):
            with pytest.raises(errors.InvalidArgument, match=f"has the purchase {mine.purchase_id} already") as caught:
                await each.orders.submit(sample_order(reference))
            assert caught.value.purchase_id == mine.purchase_id
    assert lucca.requests == [*CREATING]


async def test_registry_after_denial_refuses_same_reference() -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
        assert mine.approval_request_id is not None
        lucca.emulator.deny(mine.approval_request_id)
        with pytest.raises(errors.OrderNotApproved):
            await client.orders.wait(mine)
        with pytest.raises(errors.InvalidArgument, match="a new order needs a new reference"):
            await client.orders.submit(sample_order("PO-1"))
    assert len(lucca.titles) == 1


async def test_registry_of_other_host_is_separate() -> None:
    first, second = Registry.of("https://a.ilucca.net"), Registry.of("https://b.ilucca.net")
    assert first is not second
    assert Registry.of("https://A.ilucca.net") is first
    with first.claim(sample_order("PO-1")), second.claim(sample_order("PO-1")):
        pass


async def test_registry_with_purchase_of_other_order_refuses_submit() -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        mine = await client.orders.submit(sample_order("PO-1"))
        thief = sample_order("PO-2", step=Step.COMMITMENT, purchase_id=mine.purchase_id)
        with pytest.raises(errors.InvalidArgument, match="belongs to the order po-1"):
            await client.orders.submit(thief)
    assert lucca.requests == [*CREATING]


@pytest.mark.parametrize("operation", CREATING)
async def test_submit_after_answer_with_known_id_looks_up_outcome(operation: str) -> None:
    """Row 10: bytes after a response may be taken for the next one."""
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        first = await client.orders.submit(sample_order("PO-1"))
        created = (first.purchase_id, first.commitment_id, first.approval_request_id)
        ids: dict[str, int | None] = dict(zip(CREATING, created, strict=True))
        body: dict[str, Any] = {"id": ids[operation]}
        if operation == CREATING[1]:
            body["type"] = "OneTimeCommitment"
        lucca.reply(operation, 201, body, done=True)
        stored: list[bytes] = []
        second = await client.orders.submit(sample_order("PO-2"), save=saved_to(stored))
    assert second.purchase_id not in (None, first.purchase_id)
    assert second.commitment_id not in (None, first.commitment_id)
    assert second.approval_request_id != first.approval_request_id
    states = [Order.from_json(each) for each in stored]
    assert [each.pending.accepted for each in states if each.pending].count(True) == 1
    assert lucca.titles == ["[PO-1] Laptops", "[PO-2] Laptops"]
    assert len(lucca.emulator.tenant.requests) == 2


async def test_submit_after_lost_request_takes_no_purchase_of_other() -> None:
    """Row 3: ERP-1 was not created, and ERP-2's purchase resembles it."""
    lucca = Lucca()
    lucca.fail("create_purchase", "drop")
    lucca.fail("create_purchase", "commit-then-drop")
    one, two = sample_order("ERP-1"), sample_order("ERP-2", title="Docks for [ERP-1]")
    async with lucca.opened() as client:
        results = {each.order.key: each async for each in client.orders.submit_many([one, two], concurrency=2)}
    assert results["erp-2"].error is None
    error = results["erp-1"].error
    assert isinstance(error, errors.OrderIncomplete)
    assert (error.needs, one.purchase_id) == ("person", None)
    assert two.purchase_id is not None
    assert lucca.titles == ["[ERP-2] Docks for [ERP-1]"]


@pytest.mark.parametrize("lost", [False, True])
async def test_submit_with_equal_order_of_other_program_needs_person(lost: bool) -> None:
    """Row 5: another program orders the same thing at the same time, and one request is lost."""
    lucca = Lucca()
    lucca.fail("create_purchase", "drop")
    if lost:
        lucca.fail("create_purchase", "commit-then-drop")
    ours = sample_order("A-1")
    client = lucca.opened()
    forget_orders()
    async with client, lucca.opened() as another:
        doing = asyncio.create_task(incomplete(client.orders.submit(ours)))
        await lucca.clock.sleep(1)
        theirs = await another.orders.submit(sample_order("B-1"))
        error = await doing
    assert isinstance(error.__cause__, errors.OutcomeUnknown)
    assert (error.needs, ours.purchase_id) == ("person", None)
    assert [each.id for each in error.__cause__.candidates] == [theirs.purchase_id]
    assert lucca.titles == ["[B-1] Laptops"]


def test_over_since_called_again_returns_first_time() -> None:
    registry, pending = Registry(), PendingRequest(intended_at=1.0)
    assert [registry.over_since(pending, now) for now in (5.0, 9.0, 2.0)] == [5.0] * 3
    assert registry.over_since(PendingRequest(intended_at=1.0), 9.0) == 9.0


def test_claim_after_error_frees_reference() -> None:
    registry, mine = Registry(), sample_order("PO-1")
    with pytest.raises(RuntimeError), registry.claim(mine):
        raise RuntimeError
    with registry.claim(mine):
        pass


def test_registry_in_threads_admits_one_order_per_reference() -> None:
    registry, active, most, lock = Registry(), 0, 0, threading.Lock()
    barrier = threading.Barrier(8)

    def claim(_: int) -> int:
        nonlocal active, most
        barrier.wait()
        won = 0
        for number in range(300):
            mine = sample_order(f"PO-{number % 3}")
            try:
                with registry.claim(mine):
                    with lock:
                        active += 1
                        most = max(most, active)
                    registry.remember(
                        sample_order(f"X-{threading.get_ident()}-{number}", purchase_id=threading.get_ident())
                    )
                    with lock:
                        active -= 1
                    won += 1
            except errors.InvalidArgument:
                continue
        return won

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(8))) > 0
    assert most <= 3


def test_submit_many_in_threads_creates_no_duplicate(lucca_emulator: Emulator) -> None:
    """Row 11: a third of the references is wanted by every thread."""
    for operation in CREATING:
        lucca_emulator.faults.add(operation, "500-after-commit", times=3, skip=3)
    failed: list[BaseException] = []

    async def submit(thread: int) -> None:
        async with LuccaProcurement(lucca_emulator.url, lucca_emulator.key, rate=None, settle=0.0) as client:
            own = [sample_order(f"T{thread}-{number}") for number in range(8)]
            shared = [sample_order(f"S-{number}") for number in range(4)]
            async for result in client.orders.submit_many([*shared, *own]):
                # Another thread has the reference.
                if result.error and not isinstance(result.error, errors.InvalidArgument):
                    failed.append(result.error)

    def run(thread: int) -> None:
        try:
            asyncio.run(submit(thread))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failed
    titles = [purchase["title"] for purchase in lucca_emulator.created()]
    assert len(titles) == len({*titles}) == 6 * 8 + 4
    assert {purchase["state"] for purchase in lucca_emulator.created()} == {"Ongoing"}


async def test_submit_of_second_object_with_first_in_doubt_is_refused() -> None:
    lucca = Lucca()
    lucca.fail("create_purchase", "drop")
    async with lucca.opened() as client:
        first = sample_order("PO-1")
        await incomplete(client.orders.submit(first))
        with pytest.raises(errors.InvalidArgument, match="earlier request"):
            await client.orders.submit(sample_order("PO-1"))
        with pytest.raises(errors.NotFound):
            await client.orders.adopt(sample_order("PO-1"), 999_999)
        with pytest.raises(errors.InvalidArgument, match="earlier request"):
            await client.orders.submit(sample_order("PO-1"))
        await client.orders.submit(first, resubmit=True)
    assert lucca.titles == ["[PO-1] Laptops"]


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://a.example", "https://A.example:443/"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
        ("https://a.example", "https://a.example/lucca"),
    ],
)
def test_registry_with_other_url_of_same_host_is_same(url: str, other: str) -> None:
    assert Registry.of(url) is Registry.of(other)
    assert Registry.of(url) is not Registry.of("https://b.example")
