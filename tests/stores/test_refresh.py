"""`orders.refresh`: the decisions on many orders, in few requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lucca_procurement import errors
from lucca_procurement._ordering import refresh
from lucca_procurement.order import Step
from lucca_procurement.stores import Record, SQLiteOrders, State
from support.lucca import Lucca
from support.orders import sample_order


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SQLiteOrders]:
    async with SQLiteOrders(tmp_path / "orders.sqlite", host="127.0.0.1") as store:
        yield store


async def pending(store: SQLiteOrders, ids: list[int]) -> None:
    """Store submitted orders with these purchases."""
    adding = (store.add(sample_order(f"PO-{id}", purchase_id=id, commitment_id=1, step=Step.SUBMITTED)) for id in ids)
    await asyncio.gather(*adding)


async def all_ids(lucca: Lucca) -> list[int]:
    async with lucca.opened() as client:
        ids = [purchase.id async for purchase in client.purchases.iterate(page_size=1_000)]
    lucca.emulator.log.clear()
    return ids


@pytest.mark.slow
async def test_3000_orders_behind_2000_newer_purchases_cost_5_requests(store: SQLiteOrders) -> None:
    lucca = Lucca(purchases=5_000)
    ids = await all_ids(lucca)
    await pending(store, ids[2_000:])
    async with lucca.opened() as client:
        decided = await client.orders.refresh(store)
    assert lucca.requests == ["list_purchases"] * 5
    assert (await store.counts())[State.SUBMITTED] == 3_000 - len(decided) < 1_000


@pytest.mark.parametrize(
    ("newer", "number", "lists", "gets"),
    [(200, 10, 3, 0), (0, 50, 1, 0), (0, 1, 0, 1), (400, 1, 0, 1), (450, 2, 1, 2), (450, 5, 5, 0)],
)
async def test_pass_reads_pages_or_purchases(
    store: SQLiteOrders, monkeypatch: pytest.MonkeyPatch, newer: int, number: int, lists: int, gets: int
) -> None:
    monkeypatch.setattr(refresh, "LARGEST_PAGE", 100)
    lucca = Lucca(purchases=500)
    ids = await all_ids(lucca)
    await pending(store, ids[newer : newer + number])
    async with lucca.opened() as client:
        decided = await client.orders.refresh(store)
    assert (lucca.counts["list_purchases"], lucca.counts["get_purchase"]) == (lists, gets)
    assert (await store.counts())[State.SUBMITTED] == number - len(decided)


@pytest.mark.parametrize("way", ["ascending", "shuffled"])
async def test_pass_over_a_list_in_another_order_reads_it_or_the_purchases(
    store: SQLiteOrders, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(refresh, "LARGEST_PAGE", 100)
    lucca = Lucca(purchases=500, order=way)
    ids = await all_ids(lucca)
    await pending(store, ids[-3:])
    async with lucca.opened() as client:
        await client.orders.refresh(store)
        assert (lucca.counts["list_purchases"], lucca.counts["get_purchase"]) == (1, 3)
        lucca.emulator.log.clear()
        await pending(store, ids)
        await client.orders.refresh(store)
        assert lucca.requests == ["list_purchases"] * 5


async def test_decisions_are_stored_and_returned(store: SQLiteOrders) -> None:
    lucca = Lucca(approve="manual")
    async with lucca.opened() as client:
        for number in range(4):
            await client.orders.ensure(sample_order(f"PO-{number}"), store)
        assert await client.orders.refresh(store) == []
        lucca.emulator.approve(reference="PO-1")
        lucca.emulator.deny(reference="PO-2")
        decided = await client.orders.refresh(store)
        assert {each.reference: each.state for each in decided} == {"PO-1": State.APPROVED, "PO-2": State.DENIED}
        assert all(each.order.decided_by for each in decided)
        assert await client.orders.refresh(store) == []
    assert (await store.counts())[State.SUBMITTED] == 2


async def test_pass_without_pending_orders_sends_nothing(store: SQLiteOrders) -> None:
    lucca = Lucca()
    async with lucca.opened() as client:
        assert await client.orders.refresh(store) == []
    assert not lucca.requests


async def test_purchase_that_cannot_be_read_is_noted_and_stops_no_other(store: SQLiteOrders) -> None:
    lucca = Lucca(purchases=50)
    ids = await all_ids(lucca)
    await pending(store, [5, *ids[:10]])
    async with lucca.opened() as client:
        await client.orders.refresh(store)
        await client.orders.refresh(store)
    record = await store.load("PO-5")
    assert record
    assert (record.state, record.version) == (State.SUBMITTED, 2)
    assert record.note.startswith("purchase 5 cannot be read: ")


async def test_error_of_the_list_is_raised_after_what_was_read_is_stored(
    store: SQLiteOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "LARGEST_PAGE", 100)
    lucca = Lucca(purchases=300)
    await pending(store, await all_ids(lucca))

    async def fail_later(name: str) -> None:
        lucca.after = lucca.before
        lucca.fail(name, "500", times=None)

    lucca.after = fail_later
    async with lucca.opened() as client:
        with pytest.raises(errors.ServerError):
            await client.orders.refresh(store)
    assert 200 <= (await store.counts())[State.SUBMITTED] < 300


async def test_newer_version_of_another_process_counts(store: SQLiteOrders) -> None:
    lucca = Lucca(purchases=50)
    ids = await all_ids(lucca)
    await pending(store, ids[:20])

    async def overtake(name: str) -> None:
        async for record in store.records(State.SUBMITTED):
            await store.replace(record, record.order, "faster")

    lucca.before = overtake
    async with lucca.opened() as client:
        assert await client.orders.refresh(store) == []
    assert {record.note async for record in store.records()} == {"faster"}


async def test_pass_after_failed_pass_returns_its_decisions(
    store: SQLiteOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "LARGEST_PAGE", 100)
    lucca = Lucca(purchases=500)
    ids = await all_ids(lucca)
    await pending(store, [*ids[:5], ids[450]])
    async with lucca.opened(retries=0) as client:
        lucca.fail("get_purchase", "503")
        with pytest.raises(errors.ServerError):
            await client.orders.refresh(store)
        decided = await client.orders.refresh(store)
    stored = [each.reference async for each in store.records(State.APPROVED, State.DENIED, State.CANCELLED)]
    assert sorted(each.reference for each in decided) == sorted(stored) != []


async def test_pass_returns_decisions_that_were_stored_while_another_save_failed(
    store: SQLiteOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    lucca = Lucca(purchases=20)
    ids = await all_ids(lucca)
    await pending(store, ids)
    replace, failed = store.replace, asyncio.Event()

    async def fail_once(record: Record, *state: Any) -> Record:
        if not failed.is_set():
            failed.set()
            raise errors.StoreFailed("the disk is full")
        return await replace(record, *state)

    monkeypatch.setattr(store, "replace", fail_once)
    async with lucca.opened() as client:
        with pytest.raises(errors.StoreFailed):
            await client.orders.refresh(store)
        decided = await client.orders.refresh(store)
    stored = [each.reference async for each in store.records(State.APPROVED, State.DENIED, State.CANCELLED)]
    assert len(stored) > 1
    assert sorted(each.reference for each in decided) == sorted(stored)
