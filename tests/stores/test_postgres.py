"""What only the PostgreSQL store promises: restarts of the server, the loss of the lead, its connection string."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from lucca_procurement import errors
from lucca_procurement.stores import PostgresOrders, State, _postgres
from stores.kinds import HOST
from support.databases import PostgresServer, Server, serving
from support.lucca import Lucca
from support.orders import sample_order

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(PostgresServer) as server:
        yield server


@pytest.fixture
async def store(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PostgresOrders]:
    monkeypatch.setattr(_postgres, "POLL", 0.05)
    with psycopg.connect(server.address, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS lucca_orders, lucca_orders_version")
    async with PostgresOrders(server.address, host=HOST, patience=20) as store:
        yield store


def cut(server: Server) -> None:
    """End all connections of stores, as a network that fails does."""
    with psycopg.connect(server.address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lucca-procurement'"
        )


async def test_save_waits_for_the_restart_of_the_server(server: Server, store: PostgresOrders) -> None:
    record = await store.add(sample_order())
    server.stop()
    saving = asyncio.create_task(store.replace(record, record.order, "after the restart"))
    try:
        await asyncio.sleep(0.3)
        assert not saving.done()
    finally:
        await asyncio.to_thread(server.start)
    changed = await saving
    assert await store.load("PO-1") == changed
    assert changed.version == 2


async def test_server_that_stays_away_raises_store_failed_in_time(server: Server, store: PostgresOrders) -> None:
    record = await store.add(sample_order())
    store._patience = 0.5
    server.stop()
    try:
        saves = [store.replace(record, record.order) for _ in range(8)]
        async with asyncio.timeout(10):
            results = await asyncio.gather(*saves, return_exceptions=True)
        assert [type(each) for each in results] == [errors.StoreFailed] * 8
    finally:
        server.start()
    assert (await store.replace(record, record.order)).version == 2


async def test_save_whose_answer_was_lost_is_not_superseded(
    server: Server, store: PostgresOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await store.add(sample_order())
    rows, done = _postgres._rows, 0

    async def lose_the_answer(connection: psycopg.AsyncConnection, *query: object) -> object:
        nonlocal done
        found = await rows(connection, *query)  # type: ignore[arg-type]
        if "UPDATE" in str(query[0]) and not done:
            done += 1
            await connection.close()
            raise psycopg.OperationalError("the connection is lost")
        return found

    monkeypatch.setattr(_postgres, "_rows", lose_the_answer)
    changed = await store.replace(record, record.order)
    assert done == 1
    assert await store.load("PO-1") == changed
    assert changed.version == 2


async def test_lead_survives_a_cut_connection_if_it_is_still_free(server: Server, store: PostgresOrders) -> None:
    async with PostgresOrders(server.address, host=HOST) as other:
        async with store.lead():
            record = await store.add(sample_order())
            cut(server)
            assert (await store.replace(record, record.order)).version == 2
            with pytest.raises(errors.StoreInUse):
                async with other.lead():
                    pass
        async with other.lead():
            pass


async def test_save_raises_store_in_use_if_another_import_took_the_lead(server: Server, store: PostgresOrders) -> None:
    async with PostgresOrders(server.address, host=HOST) as other, store.lead():
        record = await store.add(sample_order())
        cut(server)
        async with other.lead():
            with pytest.raises(errors.StoreInUse, match="took the lead"):
                await store.replace(record, record.order)
        assert (await store.replace(record, record.order)).version == 2


async def test_import_and_refresh_work_on_postgres(server: Server, store: PostgresOrders) -> None:
    lucca = Lucca()
    store.host = None
    async with lucca.opened() as client:
        orders = [(sample_order(f"PO-{number}"), f"orders.csv:{number}") for number in range(10)]
        results = [each async for each in client.orders.submit_many(orders, store=store)]
        assert not [each.error for each in results if each.error]
        assert len(await client.orders.refresh(store)) == 10
    assert (await store.counts())[State.APPROVED] == 10
    assert len(lucca.titles) == 10


async def test_leads_of_two_hosts_are_two(server: Server, store: PostgresOrders) -> None:
    async with PostgresOrders(server.address, host="other.ilucca.net") as other, store.lead(), other.lead():
        pass


async def test_times_are_those_of_the_database(store: PostgresOrders) -> None:
    record = await store.add(sample_order())
    assert abs(record.created_at - datetime.now(UTC)) < timedelta(seconds=30)


async def test_default_loop_of_windows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "ProactorEventLoop", type(asyncio.get_running_loop()), raising=False)
    async with PostgresOrders("host=/nowhere", host=HOST) as store:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", "win32")
            with pytest.raises(errors.ConfigurationError, match=r"loop_factory=asyncio\.SelectorEventLoop"):
                await store.load("PO-1")
        monkeypatch.setattr(asyncio, "ProactorEventLoop", type("ProactorEventLoop", (), {}))
        with pytest.raises(errors.StoreFailed):
            await store.load("PO-1")


async def test_first_connection_that_fails_is_reported_at_once(tmp_path: object) -> None:
    async with PostgresOrders(f"host={tmp_path} user=nobody", host=HOST) as store, asyncio.timeout(10):
        with pytest.raises(errors.StoreFailed):
            await store.load("PO-1")


async def test_synchronous_commit_is_on_if_the_database_has_it_off(server: Server, store: PostgresOrders) -> None:
    async with PostgresOrders(f"{server.address} options='-c synchronous_commit=off'", host=HOST) as other:
        await other.add(sample_order())
        assert other._connection
        shown = await other._connection.execute("SHOW synchronous_commit")
        assert await shown.fetchone() == ("on",)


def test_wrong_connection_string_raises_configuration_error_without_it() -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        PostgresOrders("password=secret host")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_store_without_psycopg_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(errors.ConfigurationError, match=r"lucca-procurement\[postgres\]"):
        PostgresOrders("")


def test_stores_import_no_psycopg() -> None:
    import subprocess

    code = (
        "import sys, lucca_procurement; assert 'lucca_procurement.stores' not in sys.modules; "
        "import lucca_procurement.stores; assert 'psycopg' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
