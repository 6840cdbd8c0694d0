"""The tasks of orders: retries, sweeps, kills and stops of workers, and the content of the queue's tables."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import pytest
from attrs import evolve
from procrastinate.jobs import Job

import lucca_procurement.procrastinate as jobs
from lucca_procurement import LuccaProcurement, Step, errors
from lucca_procurement.emulator import Emulator
from lucca_procurement.stores import PostgresOrders, SQLiteOrders, State
from support import modules
from support.careful_caller import Books
from support.databases import PostgresServer, Server, serving
from support.orders import CREATING, forget_orders, numbered_orders, sample_order

TABLES = ("procrastinate_jobs", "procrastinate_events", "procrastinate_workers", "procrastinate_periodic_defers")
PATIENCE = 60.0
# A worker that starts may run a refresh at once. The states must not depend on it.
pytestmark = pytest.mark.lucca_emulator(approve="manual")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(PostgresServer) as server:
        yield server


@pytest.fixture
def database(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """Empty the database, and yield a connection to it."""
    with psycopg.connect(server.address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        yield connection


class Fleet:
    """An app, a store and a client in this process, with the tasks."""

    def __init__(self, app: procrastinate.App, store: PostgresOrders, lucca: LuccaProcurement) -> None:
        self.app = app
        self.store = store
        self.tasks = jobs.register(app, lucca, store)

    async def work(self) -> None:
        """Run the jobs that wait, and those that they queued or held back by their lock."""
        for _ in range(2):
            await self.app.run_worker_async(queues=[self.tasks.queue], wait=False, install_signal_handlers=False)

    async def jobs(self, task: str = "place") -> list[Job]:
        found = await self.app.job_manager.list_jobs_async(queue=self.tasks.queue)
        return [job for job in found if job.task_name == f"{self.tasks.queue}:{task}"]

    async def states(self) -> dict[str, State]:
        return {record.reference: record.state async for record in self.store.records()}


@asynccontextmanager
async def opened(server: Server, url: str, key: str) -> AsyncIterator[Fleet]:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=server.address))
    async with (
        app.open_async(),
        PostgresOrders(server.address) as store,
        LuccaProcurement(url, key, rate=None, settle=0.1) as lucca,
    ):
        yield Fleet(app, store, lucca)


@pytest.fixture
async def fleet(server: Server, database: psycopg.Connection[Any], lucca_emulator: Emulator) -> AsyncIterator[Fleet]:
    async with opened(server, str(lucca_emulator.url), lucca_emulator.key) as fleet:
        await fleet.app.schema_manager.apply_schema_async()
        yield fleet


@contextmanager
def worker(server: Server, emulator: Emulator, log: Path, key: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker in a process of its own, and kill it when the block ends."""
    command = modules.command("jobs.worker", server.address, emulator.url, key or emulator.key)
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=modules.environment(), stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(round(PATIENCE / 0.05)):
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come about")


async def queued(fleet: Fleet, count: int) -> None:
    for order in numbered_orders(count):
        await fleet.store.add(order)
        await fleet.tasks.place(order.reference)


def age(database: psycopg.Connection[Any], seconds: float) -> None:
    """Make all records older."""
    database.execute("UPDATE lucca_orders SET changed_at = changed_at - %s * interval '1 second'", [seconds])


def hold(database: psycopg.Connection[Any], lock: str, *, alive: bool) -> None:
    """Leave the job of a lock `doing`. Its worker is alive, or its row was pruned after its death (issue 1518)."""
    insert = "INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id"
    found = database.execute(insert).fetchone() if alive else None
    id = found[0] if found else None
    database.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE lock = %s", [id, lock])


async def test_place_submits_order_of_store(fleet: Fleet, lucca_emulator: Emulator) -> None:
    await queued(fleet, 3)
    await fleet.work()
    assert set((await fleet.states()).values()) == {State.SUBMITTED}
    assert {job.status for job in await fleet.jobs()} == {"succeeded"}
    assert [job.task_kwargs for job in await fleet.jobs()] == [{"reference": f"PO-{number}"} for number in range(3)]
    assert len(lucca_emulator.created()) == 3


async def test_place_twice_creates_once(fleet: Fleet, lucca_emulator: Emulator) -> None:
    await queued(fleet, 1)
    await fleet.tasks.place("po-1")
    await fleet.tasks.place("Po-0")
    await fleet.work()
    first, unknown, again = await fleet.jobs()
    assert (first.status, unknown.status, again.status) == ("succeeded", "failed", "succeeded")
    assert first.lock == again.lock == f"{fleet.tasks.queue}:po-0"
    assert len(lucca_emulator.created()) == 1


async def test_place_refuses_text_that_is_no_reference(fleet: Fleet) -> None:
    with pytest.raises(errors.InvalidArgument):
        await fleet.tasks.place("a b")
    assert await fleet.jobs() == []


async def test_order_that_needs_time_is_queued_again_later(fleet: Fleet, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("list_purchases", "503", times=None)
    await queued(fleet, 1)
    before = datetime.now(UTC)
    await fleet.work()
    (job,) = await fleet.jobs()
    assert job.status == "todo"
    assert job.scheduled_at
    assert 5 < (job.scheduled_at - before).total_seconds() <= jobs.LONGEST_PAUSE


async def test_rejected_order_is_not_queued_again(
    fleet: Fleet, lucca_emulator: Emulator, database: psycopg.Connection[Any]
) -> None:
    order = sample_order("PO-0")
    await fleet.store.add(evolve(order, purchase=evolve(order.purchase, owner_id=999_999)))
    await fleet.tasks.place("PO-0")
    await fleet.work()
    assert await fleet.states() == {"PO-0": State.FAILED}
    age(database, 1000)
    await fleet.tasks.sweep()
    await fleet.work()
    assert [job.status for job in await fleet.jobs()] == ["failed"]


async def test_purchase_in_doubt_is_not_queued_again(fleet: Fleet, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "500")
    await queued(fleet, 1)
    await fleet.work()
    assert await fleet.states() == {"PO-0": State.NEEDS_A_LOOK}
    assert [job.status for job in await fleet.jobs()] == ["failed"]


async def test_invalid_order_of_store_fails_with_note(fleet: Fleet, lucca_emulator: Emulator) -> None:
    order = sample_order("PO-0")
    await fleet.store.add(evolve(order, purchase=evolve(order.purchase, title="\ud800")))
    await fleet.tasks.place("PO-0")
    await fleet.work()
    record = await fleet.store.load("PO-0")
    assert record
    assert record.state is State.FAILED
    assert record.note
    assert lucca_emulator.created() == []


async def test_wrong_key_holds_all_orders_back_after_few_requests(
    server: Server, fleet: Fleet, lucca_emulator: Emulator
) -> None:
    await queued(fleet, 50)
    async with opened(server, str(lucca_emulator.url), "wrong") as wrong:
        await wrong.work()
        assert len(lucca_emulator.log) <= jobs.CONCURRENCY
        assert {job.status for job in await wrong.jobs()} == {"todo"}
        assert set((await wrong.states()).values()) == {State.WAITING}


async def test_sweep_queues_stale_order_without_job(
    fleet: Fleet, database: psycopg.Connection[Any], lucca_emulator: Emulator
) -> None:
    for order in numbered_orders(2):
        await fleet.store.add(order)
    await fleet.tasks.sweep()
    await fleet.work()
    assert await fleet.jobs() == []
    age(database, 121)
    await fleet.tasks.place("PO-1")
    await fleet.tasks.sweep()
    await fleet.work()
    assert len(await fleet.jobs()) == 2
    assert set((await fleet.states()).values()) == {State.SUBMITTED}
    assert len(lucca_emulator.created()) == 2


async def test_sweep_frees_job_whose_worker_was_pruned(
    fleet: Fleet, database: psycopg.Connection[Any], lucca_emulator: Emulator
) -> None:
    await queued(fleet, 1)
    hold(database, f"{fleet.tasks.queue}:po-0", alive=False)
    await fleet.tasks.sweep()
    await fleet.work()
    assert await fleet.states() == {"PO-0": State.SUBMITTED}
    assert len(lucca_emulator.created()) == 1


async def test_sweep_frees_job_that_living_worker_lost_only_late(
    fleet: Fleet, database: psycopg.Connection[Any], lucca_emulator: Emulator
) -> None:
    await queued(fleet, 1)
    hold(database, f"{fleet.tasks.queue}:po-0", alive=True)
    age(database, 200)
    await fleet.tasks.sweep()
    await fleet.work()
    assert await fleet.states() == {"PO-0": State.WAITING}
    age(database, 120 * jobs.HELD)
    await fleet.tasks.sweep()
    await fleet.work()
    assert await fleet.states() == {"PO-0": State.SUBMITTED}


async def test_dead_sweep_does_not_stop_sweeps(fleet: Fleet, database: psycopg.Connection[Any]) -> None:
    await fleet.tasks.sweep()
    database.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    await fleet.tasks.sweep()
    await fleet.tasks.sweep()
    await fleet.work()
    # The worker itself may queue another one.
    statuses = {job.status for job in await fleet.jobs("sweep")}
    assert "succeeded" in statuses
    assert "doing" not in statuses


async def test_sweep_deletes_old_jobs(fleet: Fleet, database: psycopg.Connection[Any]) -> None:
    await queued(fleet, 1)
    await fleet.work()
    database.execute("UPDATE procrastinate_events SET at = at - interval '25 hours'")
    await fleet.tasks.sweep()
    await fleet.work()
    assert await fleet.jobs() == []


async def test_refresh_stores_decisions(fleet: Fleet, lucca_emulator: Emulator) -> None:
    await queued(fleet, 1)
    await fleet.work()
    lucca_emulator.approve(reference="PO-0")
    await fleet.tasks.refresh()
    await fleet.work()
    assert await fleet.states() == {"PO-0": State.APPROVED}


async def test_refresh_that_fails_is_a_failed_job(fleet: Fleet, lucca_emulator: Emulator) -> None:
    await queued(fleet, 1)
    await fleet.work()
    lucca_emulator.faults.add("get_purchase", "500", times=None)
    await fleet.tasks.refresh()
    await fleet.work()
    assert (await fleet.jobs("refresh"))[-1].status == "failed"


async def test_workers_of_two_hosts_take_their_own_jobs(server: Server, fleet: Fleet, lucca_emulator: Emulator) -> None:
    await queued(fleet, 1)
    async with opened(server, "https://other.ilucca.net", "key") as other:
        assert other.tasks.queue == "lucca:other.ilucca.net"
        await other.work()
    assert [job.status for job in await fleet.jobs()] == ["todo"]


async def test_long_host_has_queue_that_can_be_notified(fleet: Fleet, server: Server) -> None:
    async with opened(server, f"https://{'a' * 60}.ilucca.net", "key") as other:
        await other.tasks.sweep()
        assert len(await other.jobs("sweep")) == 1


@pytest.mark.slow
async def test_worker_killed_with_orders_in_hand_is_taken_over(
    server: Server, fleet: Fleet, lucca_emulator: Emulator, tmp_path: Path
) -> None:
    lucca_emulator.faults.add("create_commitment", "commit-then-hang", times=4)
    lucca_emulator.faults.add("create_commitment_request", "hang", times=4)
    await queued(fleet, 16)
    with worker(server, lucca_emulator, tmp_path / "log") as first:

        async def in_hand() -> bool:
            orders = [record.order async for record in fleet.store.records(State.SUBMITTING)]
            return len([order for order in orders if order.pending and order.step is not Step.PURCHASE]) == 8

        await until(in_hand)
        first.send_signal(signal.SIGKILL)
        first.wait()
    lucca_emulator.faults.clear()
    assert State.SUBMITTING in (await fleet.states()).values()
    with worker(server, lucca_emulator, tmp_path / "log"):

        async def done() -> bool:
            return set((await fleet.states()).values()) == {State.SUBMITTED}

        await until(done)
    orders = [record.order async for record in fleet.store.records()]
    books = Books(lucca_emulator)
    assert all(books.count(order) == 1 for order in orders)
    assert len(lucca_emulator.created()) == 16


@pytest.mark.slow
async def test_worker_stopped_with_orders_in_hand_leaves_none_in_doubt(
    server: Server, fleet: Fleet, lucca_emulator: Emulator, tmp_path: Path
) -> None:
    for operation in CREATING:
        lucca_emulator.faults.add(operation, "slow", times=None, seconds=2.0)
    await queued(fleet, 16)
    with worker(server, lucca_emulator, tmp_path / "log") as process:

        async def in_hand() -> bool:
            return len([job for job in await fleet.jobs() if job.status == "doing"]) == 8

        await until(in_hand)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, PATIENCE) == 0
    records = [record async for record in fleet.store.records()]
    assert [record.order.pending for record in records] == [None] * 16
    assert {record.state for record in records} <= {State.WAITING, State.SUBMITTING, State.SUBMITTED}
    assert {job.status for job in await fleet.jobs()} <= {"todo", "succeeded"}
    lucca_emulator.faults.clear()
    forget_orders()
    await fleet.work()
    assert set((await fleet.states()).values()) == {State.SUBMITTED}
    assert len(lucca_emulator.created()) == 16


async def test_tables_and_log_of_queue_hold_no_key_and_no_order(
    server: Server, fleet: Fleet, database: psycopg.Connection[Any], lucca_emulator: Emulator, tmp_path: Path
) -> None:
    lucca_emulator.faults.add("create_purchase", "500")
    lucca_emulator.faults.add("create_commitment", "garbage")
    lucca_emulator.faults.add("list_purchases", "html")
    for number in range(4):
        await fleet.store.add(sample_order(f"PO-{number}", title="canary-title"))
        await fleet.tasks.place(f"PO-{number}")
    await fleet.work()
    log = tmp_path / "log"
    with worker(server, lucca_emulator, log, key="canary-key"):
        await fleet.store.add(sample_order("PO-9", title="canary-title"))
        await fleet.tasks.place("PO-9")

        async def refused() -> bool:
            return any(job.attempts for job in await fleet.jobs() if job.task_kwargs == {"reference": "PO-9"})

        await until(refused)
    rows = [row for table in TABLES for row in database.execute(f"SELECT * FROM {table}").fetchall()]
    written = str(rows) + log.read_text()
    assert "PO-9" in written
    assert "Unauthorized" in written
    assert "canary" not in written
    assert lucca_emulator.key not in str(rows)


@pytest.mark.parametrize(
    ("needs", "attempts", "pause", "expected"),
    [
        ("time", 0, 0.0, (11, 15)),
        ("time", 3, 0.0, (90, 120)),
        ("time", 99, 0.0, (225, 300)),
        ("time", 0, 100.0, (100, 101)),
        ("correction", 0, 0.0, None),
        ("person", 0, 0.0, None),
    ],
)
def test_pause_before_retry_follows_need(
    needs: errors.Needs, attempts: int, pause: float, expected: tuple[int, int] | None
) -> None:
    job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name="t", attempts=attempts)
    before = datetime.now(UTC)
    decision = jobs._Retry().get_retry_decision(exception=jobs.JobStopped("PO-1", "X", needs, pause), job=job)
    if expected is None:
        assert decision is None
    else:
        assert decision
        assert decision.retry_at
        assert expected[0] <= (decision.retry_at - before).total_seconds() <= expected[1] + 1


def test_defect_is_not_retried_and_stop_is_retried_at_once() -> None:
    job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name="t")
    retry = jobs._Retry()
    assert retry.get_retry_decision(exception=ZeroDivisionError(), job=job) is None
    assert retry.get_retry_decision(exception=asyncio.CancelledError(), job=job)


def test_brake_doubles_until_an_order_succeeds() -> None:
    now = 0.0
    brake = jobs._Brake(lambda: now)
    assert brake.wait() == 0
    assert brake.pull() == jobs.FIRST_PAUSE
    now = 5.0
    assert brake.pull() == jobs.FIRST_PAUSE - 5
    now = 20.0
    assert brake.pull() == 2 * jobs.FIRST_PAUSE
    brake.release()
    assert brake.wait() == 0
    assert brake.pull() == jobs.FIRST_PAUSE


@pytest.mark.parametrize("stale_after", [0, -1, True, float("nan"), "60"])
async def test_register_refuses_invalid_stale_after(stale_after: Any, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(SQLiteOrders(tmp_path / "orders"))
        lucca = await stack.enter_async_context(LuccaProcurement("https://a.ilucca.net", "key"))
        app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        with pytest.raises(errors.InvalidArgument):
            jobs.register(app, lucca, store, stale_after=stale_after)


async def test_register_refuses_default_loop_of_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    monkeypatch.setattr(asyncio, "ProactorEventLoop", type(asyncio.get_running_loop()), raising=False)
    async with SQLiteOrders(tmp_path / "orders") as store, LuccaProcurement("https://a.ilucca.net", "key") as lucca:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", "win32")
            with pytest.raises(errors.ConfigurationError, match=r"loop_factory=asyncio\.SelectorEventLoop"):
                jobs.register(app, lucca, store)
        assert app.worker_defaults == {}


async def test_register_keeps_settings_of_app_and_refuses_store_of_other_host(tmp_path: Path) -> None:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(), worker_defaults={"concurrency": 2})
    async with (
        SQLiteOrders(tmp_path / "orders", host="other.ilucca.net") as other,
        SQLiteOrders(tmp_path / "mine") as store,
        LuccaProcurement("https://a.ilucca.net", "key") as lucca,
    ):
        with pytest.raises(errors.ConfigurationError):
            jobs.register(app, lucca, other)
        assert jobs.register(app, lucca, store).queue == "lucca:a.ilucca.net"
    assert app.worker_defaults == {"concurrency": 2, "shutdown_graceful_timeout": jobs.GRACE}
