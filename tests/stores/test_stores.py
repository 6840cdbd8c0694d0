"""One suite for all stores: records, versions, states, corrections, hosts, the lead."""

from __future__ import annotations

import asyncio
import importlib
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from attrs import evolve

from lucca_procurement import Order, errors, models
from lucca_procurement.order import Decision, PendingRequest, Step
from lucca_procurement.stores import PostgresOrders, Record, SQLiteOrders, State, _table
from stores.kinds import HOST, KINDS
from stores.version_1 import STORED, VERSION_1
from support import modules
from support.databases import PostgresServer, Server, serving
from support.orders import sample_order
from support.samples import ONE_TIME

Store = SQLiteOrders | PostgresOrders
PENDING = PendingRequest(intended_at=1.0)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(PostgresServer) as server:
        yield server


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def address(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return str(tmp_path / "orders.sqlite")
    found: Server = request.getfixturevalue("server")
    with psycopg.connect(found.address, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS lucca_orders, lucca_orders_version, lucca_uploads")
    return found.address


@pytest.fixture
async def store(kind: str, address: str) -> AsyncIterator[Store]:
    async with KINDS[kind](address) as store:
        yield store


@pytest.fixture
def execute(kind: str, address: str) -> Callable[[str], list[Any]]:
    """Return a function that runs SQL beside the store."""

    def sqlite(statement: str) -> list[Any]:
        with closing(sqlite3.connect(address)) as connection, connection:
            return connection.execute(statement).fetchall()

    def postgres(statement: str) -> list[Any]:
        with psycopg.connect(address) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    return sqlite if kind == "sqlite" else postgres


@contextmanager
def program(kind: str, address: str, act: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program of `stores.kinds`, and kill it at the end."""
    command = modules.command("stores.kinds", kind, address, act)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=modules.environment()
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str], text: str | None = None) -> str:
    """Write a line to a program if there is one, and read its next line."""
    assert process.stdin
    assert process.stdout
    if text is not None:
        process.stdin.write(f"{text}\n")
        process.stdin.flush()
    return process.stdout.readline().strip()


async def test_add_stores_order_and_load_returns_it(store: Store) -> None:
    mine = sample_order("PO-1")
    record = await store.add(mine, "orders.csv:17")
    loaded = await store.load("po-1")
    assert loaded == record
    assert record.order == mine
    assert record.order is not mine
    assert (record.reference, record.version, record.state) == ("PO-1", 1, State.WAITING)
    assert (record.note, record.source, record.differences) == ("", "orders.csv:17", ())
    assert record.created_at == record.changed_at
    assert record.created_at.utcoffset() is not None


async def test_load_of_unknown_reference_returns_none(store: Store) -> None:
    assert await store.load("PO-1") is None
    with pytest.raises(errors.InvalidArgument):
        await store.load("PO 1")


async def test_replace_stores_next_version(store: Store) -> None:
    record = await store.add(sample_order(), "a.csv:1")
    record.order.purchase_id, record.order.step = 17, Step.COMMITMENT
    changed = await store.replace(record, record.order, "a note")
    assert (changed.version, changed.state, changed.note, changed.source) == (2, State.SUBMITTING, "a note", "a.csv:1")
    assert changed.created_at == record.created_at <= changed.changed_at
    assert await store.load("PO-1") == changed


async def test_replace_of_old_version_raises_superseded_and_changes_nothing(store: Store) -> None:
    record = await store.add(sample_order())
    newer = await store.replace(record, record.order, "first")
    with pytest.raises(errors.Superseded):
        await store.replace(record, record.order, "first")
    assert await store.load("PO-1") == newer


async def test_replace_by_other_order_raises_invalid_argument(store: Store) -> None:
    record = await store.add(sample_order("PO-1"))
    with pytest.raises(errors.InvalidArgument):
        await store.replace(record, sample_order("PO-2"))


async def test_concurrent_replaces_of_one_version_store_one(store: Store) -> None:
    record = await store.add(sample_order())
    results = await asyncio.gather(
        *(store.replace(record, record.order, str(number)) for number in range(20)), return_exceptions=True
    )
    won = [result for result in results if isinstance(result, Record)]
    assert len(won) == 1
    assert sum(isinstance(result, errors.Superseded) for result in results) == 19
    assert await store.load("PO-1") == won[0]


@pytest.mark.parametrize(
    ("members", "needs", "state"),
    [
        ({}, None, State.WAITING),
        ({}, "time", State.WAITING),
        ({}, "correction", State.FAILED),
        ({"pending": PENDING}, None, State.SUBMITTING),
        ({"pending": PENDING}, "person", State.NEEDS_A_LOOK),
        ({"purchase_id": 1, "step": Step.REQUEST}, "time", State.SUBMITTING),
        ({"purchase_id": 1, "step": Step.SUBMITTED}, None, State.SUBMITTED),
        ({"purchase_id": 1, "step": Step.SUBMITTED, "decision": Decision.APPROVED}, None, State.APPROVED),
        ({"purchase_id": 1, "step": Step.SUBMITTED, "decision": Decision.DENIED}, "person", State.DENIED),
        ({"decision": Decision.CANCELLED}, None, State.CANCELLED),
    ],
)
async def test_state_follows_from_order_and_needs(store: Store, members: Any, needs: Any, state: State) -> None:
    record = await store.add(sample_order())
    assert (await store.replace(record, sample_order(**members), needs=needs)).state is state
    assert [record.state async for record in store.records(state)] == [state]
    assert await store.counts() == {each: int(each is state) for each in State}


async def test_records_come_in_order_of_their_addition(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_table, "PAGE", 3)
    references = [f"PO-{number}" for number in (5, 3, 9, 1, 7, 2, 8)]
    for reference in references:
        record = await store.add(sample_order(reference))
        if reference == "PO-9":
            await store.replace(record, sample_order(reference, pending=PENDING))
    assert [record.reference async for record in store.records()] == references
    assert [record.reference async for record in store.records(State.SUBMITTING)] == ["PO-9"]
    waiting = [record.reference async for record in store.records(State.WAITING, State.SUBMITTED)]
    assert waiting == [each for each in references if each != "PO-9"]


async def test_add_corrects_order_that_was_not_sent(store: Store) -> None:
    record = await store.add(sample_order(), "a.csv:1")
    await store.replace(record, record.order, "rejected", "correction")
    corrected = await store.add(sample_order(title="Desks"), "left.csv:2")
    assert (corrected.order.purchase.title, corrected.state, corrected.note) == ("Desks", State.WAITING, "")
    assert (corrected.version, corrected.source, corrected.differences) == (3, "left.csv:2", ())
    assert await store.load("PO-1") == corrected


async def test_add_of_equal_order_changes_nothing(store: Store) -> None:
    record = await store.add(sample_order())
    failed = await store.replace(record, record.order, "rejected", "correction")
    assert await store.add(sample_order()) == failed


MORE = evolve(
    ONE_TIME,
    amount_including_taxes=models.TaxedAmount(
        excluding_taxes=models.Amount(value=Decimal(999), currency=models.Currency.EUR), taxes=[]
    ),
)


async def test_add_reports_correction_of_purchase_that_was_sent(store: Store) -> None:
    await store.add(sample_order(purchase_id=17, step=Step.COMMITMENT))
    record = await store.add(sample_order(title="Desks", commitment=MORE))
    assert record.differences == ("title is Laptops, not Desks",)
    assert (record.order.purchase.title, record.order.commitment) == ("Laptops", MORE)
    assert (record.version, record.order.purchase_id) == (2, 17)


@pytest.mark.parametrize(
    "members",
    [
        {"purchase_id": 17, "step": Step.COMMITMENT, "pending": PENDING},
        {"purchase_id": 17, "commitment_id": 18, "step": Step.REQUEST},
        {"purchase_id": 17, "commitment_id": 18, "step": Step.SUBMITTED},
        {"decision": Decision.CANCELLED},
    ],
)
async def test_add_reports_correction_of_commitment_that_was_sent(store: Store, members: Any) -> None:
    first = await store.add(sample_order(**members))
    record = await store.add(sample_order(commitment=MORE))
    assert record.order == first.order
    assert record.version == 1
    assert any("excludingTaxes.value is" in each and "not 999" in each for each in record.differences)


async def test_add_of_same_reference_at_once_inserts_one(store: Store) -> None:
    records = await asyncio.gather(*(store.add(sample_order("PO-1", title=f"T{number % 2}")) for number in range(10)))
    assert len({record.created_at for record in records}) == 1
    assert sum((await store.counts()).values()) == 1


async def test_stores_of_two_hosts_share_no_order(kind: str, address: str, store: Store) -> None:
    await store.add(sample_order())
    async with KINDS[kind](address) as other:
        other.host = "other.ilucca.net"
        assert await other.load("PO-1") is None
        assert await other.counts() == dict.fromkeys(State, 0)
        assert [record async for record in other.records()] == []
        assert (await other.add(sample_order(title="Desks"))).version == 1


async def test_store_without_host_raises_configuration_error(store: Store) -> None:
    store.host = None
    with pytest.raises(errors.ConfigurationError, match="host"):
        await store.load("PO-1")


async def test_closed_store_raises_store_failed(kind: str, address: str) -> None:
    store = KINDS[kind](address)
    await store.add(sample_order())
    await store.aclose()
    await store.aclose()
    with pytest.raises(errors.StoreFailed, match="closed"):
        await store.load("PO-1")
    async with KINDS[kind](address) as again:
        assert await again.load("PO-1") is not None


async def test_table_is_readable_with_sql(store: Store, execute: Callable[[str], list[Any]]) -> None:
    record = await store.add(sample_order("PO-A"), "orders.csv:2")
    await store.replace(record, sample_order("PO-A", purchase_id=17, step=Step.COMMITMENT), "a note")
    rows = execute("SELECT host, key, reference, version, state, note, purchase_id, source FROM lucca_orders")
    assert [tuple(row) for row in rows] == [(HOST, "po-a", "PO-A", 2, "submitting", "a note", 17, "orders.csv:2")]
    assert execute("SELECT stored ->> 'reference' FROM lucca_orders")[0][0] == "PO-A"


async def test_store_of_newer_version_is_refused(kind: str, address: str, execute: Callable[[str], list[Any]]) -> None:
    async with KINDS[kind](address) as store:
        await store.add(sample_order())
    execute("DROP TABLE lucca_uploads")
    execute("PRAGMA user_version = 99" if kind == "sqlite" else "UPDATE lucca_orders_version SET version = 99")
    async with KINDS[kind](address) as store:
        for _ in range(2):
            with pytest.raises(
                errors.ConfigurationError, match=r"newer lucca-procurement \(version 99, known are up to"
            ):
                await store.load("PO-1")
    # Nothing was migrated.
    assert version_of(kind, execute) == 99
    with pytest.raises((sqlite3.Error, psycopg.Error)):
        execute("SELECT * FROM lucca_uploads")


def version_of(kind: str, execute: Callable[[str], list[Any]]) -> int:
    found = "PRAGMA user_version" if kind == "sqlite" else "SELECT version FROM lucca_orders_version"
    return int(execute(found)[0][0])


@pytest.fixture
def version_1(kind: str, execute: Callable[[str], list[Any]]) -> None:
    """Make a store as the first version of the table did."""
    for statement in VERSION_1[kind]:
        execute(statement)


@pytest.mark.usefixtures("version_1")
async def test_store_of_version_1_is_migrated(kind: str, address: str, execute: Callable[[str], list[Any]]) -> None:
    file = uuid4()
    stores = [KINDS[kind](address) for _ in range(4)]
    try:
        # Several processes may open it at the same time.
        found = await asyncio.gather(*(each.load("PO-1") for each in stores))
        record = found[0]
        assert record
        assert found == [record] * 4
        assert (record.version, record.state, record.note, record.source) == (3, "submitting", "a note", "orders.csv:2")
        assert record.created_at == datetime(2026, 11, 1, 10, 0, 0, 1, tzinfo=UTC)
        assert (record.order.purchase_id, record.order.step, record.differences) == (17, Step.COMMITMENT, ())
        assert record.order.to_dict() == Order.from_json(STORED).to_dict()
        await stores[1].keep_upload("digest", file, "offer.pdf")
        assert await stores[2].upload_of("digest") == file
        assert (await stores[3].replace(record, record.order, "newer")).version == 4
        assert [each.note async for each in stores[0].records()] == ["newer"]
    finally:
        for each in stores:
            await each.aclose()
    assert version_of(kind, execute) == 2


@pytest.mark.usefixtures("version_1")
async def test_migration_that_fails_changes_nothing(
    kind: str, address: str, execute: Callable[[str], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(f"lucca_procurement.stores._{kind}")
    second = module._MIGRATIONS[1]
    with monkeypatch.context() as patch:
        patch.setattr(module, "_MIGRATIONS", (*module._MIGRATIONS, "DROP TABLE lucca_nothing"))
        async with KINDS[kind](address) as store:
            with pytest.raises(errors.StoreFailed, match="lucca_nothing"):
                await store.load("PO-1")
    assert version_of(kind, execute) == 1
    execute(second.replace("IF NOT EXISTS", ""))
    execute("DROP TABLE lucca_uploads")
    async with KINDS[kind](address) as store:
        assert await store.load("PO-1")
    assert version_of(kind, execute) == 2


async def test_store_of_older_version_is_migrated(kind: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with KINDS[kind](address) as store:
        await store.add(sample_order())
    module = f"lucca_procurement.stores._{kind}._MIGRATIONS"
    one = __import__(module.rpartition(".")[0], fromlist=["_MIGRATIONS"])._MIGRATIONS
    monkeypatch.setattr(module, (*one, "UPDATE lucca_orders SET note = 'migrated'"))
    async with KINDS[kind](address) as store, KINDS[kind](address) as other:
        found = await asyncio.gather(store.load("PO-1"), other.load("PO-1"))
        assert [record and record.note for record in found] == ["migrated"] * 2


async def test_stores_that_are_opened_at_once_make_one_table(kind: str, address: str) -> None:
    stores = [KINDS[kind](address) for _ in range(8)]
    try:
        await asyncio.gather(*(each.add(sample_order(f"PO-{number}")) for number, each in enumerate(stores)))
        assert (await stores[0].counts())[State.WAITING] == 8
    finally:
        for each in stores:
            await each.aclose()


async def test_lead_that_is_held_is_refused(kind: str, address: str, store: Store) -> None:
    async with KINDS[kind](address) as other:
        async with store.lead():
            with pytest.raises(errors.StoreInUse, match="another import"):
                async with other.lead():
                    pass
            with pytest.raises(errors.StoreInUse):
                async with store.lead():
                    pass
            assert await other.add(sample_order())
        async with other.lead():
            pass


async def test_lead_with_wait_is_taken_when_it_is_free(
    kind: str, address: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"lucca_procurement.stores._{kind}.POLL", 0.05)
    taken = asyncio.Event()

    async def wait(other: Store) -> None:
        async with other.lead(wait=True):
            taken.set()

    async with KINDS[kind](address) as other:
        async with store.lead():
            waiting = asyncio.create_task(wait(other))
            await asyncio.sleep(0.2)
            assert not taken.is_set()
        await asyncio.wait_for(waiting, 20)
        assert taken.is_set()


@pytest.mark.slow
async def test_lead_of_killed_process_is_free(
    kind: str, address: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"lucca_procurement.stores._{kind}.POLL", 0.05)
    with program(kind, address, "lead") as other:
        assert line(other) == "ready"
        with pytest.raises(errors.StoreInUse):
            async with store.lead():
                pass
        other.kill()
        async with asyncio.timeout(20), store.lead(wait=True):
            pass


@pytest.mark.slow
async def test_two_processes_replace_each_record_once(kind: str, address: str, store: Store) -> None:
    number = 100
    await asyncio.gather(*(store.add(sample_order(f"PO-{each}")) for each in range(number)))
    with program(kind, address, "race") as one, program(kind, address, "race") as other:
        assert [line(one), line(other)] == ["ready", "ready"]
        for process in (one, other):
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        assert int(line(one)) + int(line(other)) == number
    assert {record.version async for record in store.records()} == {2}


@pytest.mark.slow
async def test_kill_loses_no_record_that_was_stored(kind: str, address: str, store: Store) -> None:
    with program(kind, address, "add") as other:
        printed = [line(other) for _ in range(30)]
        other.kill()
        assert other.stdout
        printed += [each.strip() for each in other.stdout if each.endswith("\n")]
    stored = [record.reference async for record in store.records()]
    assert stored[: len(printed)] == printed
    assert len(stored) - len(printed) in (0, 1)


async def test_order_with_other_members_survives_the_store(store: Store) -> None:
    mine = Order.from_dict({**sample_order(title="Büro \U0001f4bb").to_dict(), "later": {"a": 1}})
    assert (await store.add(mine)).order == mine
    loaded = await store.load("PO-1")
    assert loaded
    assert loaded.order == mine
