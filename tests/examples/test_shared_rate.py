"""The recipe for a rate that several processes share, on a real Redis and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pyrate_limiter import RateItem

from examples.share import WINDOWS
from lucca_procurement import LuccaProcurement, errors
from lucca_procurement.emulator import Emulator
from postgres_rate import in_postgres
from redis_rate import in_redis
from shared_rate import SharedRate
from support import modules
from support.databases import PostgresServer, RedisServer, Server, serving
from support.folders import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "sharing-the-rate.md").read_text()

LIMIT, WINDOW = 10, 1.5
"""Requests, and seconds for the recipe: half a second more than what the emulator takes for a minute."""
STARTED = time.monotonic()


def fast_clock() -> float:
    """Return a time that runs 60 times as fast as the real one."""
    return 1_750_000_000 + (time.monotonic() - STARTED) * 60


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Server]:
    with serving(RedisServer) as server:
        yield server


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[Server]:
    with serving(PostgresServer) as server:
        yield server


@pytest.fixture(params=WINDOWS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(request: pytest.FixtureRequest, kind: str) -> Server:
    found: Server = request.getfixturevalue(f"{kind}_server")
    return found


async def natures(lucca: LuccaProcurement) -> list[Any]:
    return [each async for each in lucca.natures.iterate()]


@pytest.mark.lucca_emulator(rate=LIMIT, clock=fast_clock)
def test_shared_rate_in_two_processes_avoids_429(lucca_emulator: Emulator, kind: str, server: Server) -> None:
    calls = 15
    settings = [kind, server.address, "processes", str(LIMIT), str(WINDOW), str(lucca_emulator.url)]
    operations = ["list_natures", "list_cost_centers"]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    modules.command("examples.share", *settings, operation, calls),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=modules.environment(),
                )
            )
            for operation in operations
        ]
        for process in processes:
            stack.callback(process.kill)
        assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * 2
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert [entry.status for entry in lucca_emulator.log] == [200] * 2 * calls
    done = [entry.operation for entry in lucca_emulator.log]
    assert all(done.count(operation) == calls for operation in operations)
    # Neither process had to wait until the other one had finished.
    assert set(done[:-calls]) == set(operations)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_bucket_filled_by_one_client_refuses_other(
    kind: str, server: Server, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = WINDOWS[kind]
    with ExitStack() as stack:
        one = stack.enter_context(window(server.address, zone, 1, 600))
        # Two machines need not be set to the same zone.
        monkeypatch.setenv("PGTZ", zone)
        other = stack.enter_context(window(server.address, zone, 1, 600))
        assert one.put(RateItem("request", one.now()))
        refused = RateItem("request", other.now())
        assert not other.put(refused)
        assert 0 < int(str(other.waiting(refused))) <= 600_001


def test_redis_bucket_with_late_clock_refuses_request(redis_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_redis(redis_server.address, "late", 1, 600) as one, in_redis(redis_server.address, "late", 1, 600) as other:
        assert one.put(RateItem("request", one.now()))
        late = time.time_ns() - 10**10
        monkeypatch.setattr("pyrate_limiter.buckets.redis_bucket.time_ns", lambda: late)
        assert not other.put(RateItem("request", other.now()))


def test_bucket_with_overtaken_request_counts_newer_request(kind: str, server: Server) -> None:
    with WINDOWS[kind](server.address, "overtaken", 1, 600) as bucket:
        slow = RateItem("request", bucket.now() - 5)
        assert bucket.put(RateItem("request", bucket.now()))
        assert not bucket.put(slow)


def test_bucket_drops_requests_outside_window(kind: str, server: Server) -> None:
    with WINDOWS[kind](server.address, "thrown", 100, 600) as bucket:
        for _ in range(3):
            assert bucket.put(RateItem("request", bucket.now()))
    with WINDOWS[kind](server.address, "thrown", 100, 0.001) as bucket:
        time.sleep(0.01)
        asyncio.run(SharedRate(bucket).acquire())
        assert bucket.count() == 1


async def test_shared_rate_without_server_raises_not_sent_and_recovers(
    lucca_emulator: Emulator, kind: str, server: Server
) -> None:
    with WINDOWS[kind](server.address, "gone") as bucket:
        async with LuccaProcurement(lucca_emulator.url, lucca_emulator.key, rate=SharedRate(bucket)) as lucca:
            assert await natures(lucca)
            server.stop()
            try:
                with pytest.raises(errors.NotSent, match="the limiter that was passed as `rate` failed: "):
                    await natures(lucca)
            finally:
                server.start()
            assert len(lucca_emulator.log) == 1
            assert await natures(lucca)


async def test_shared_rate_with_waiters_serves_in_order_of_arrival(redis_server: Server) -> None:
    with in_redis(redis_server.address, "queue", 2, 0.05) as bucket:
        rate = SharedRate(bucket)
        order: list[int] = []

        async def take(number: int) -> None:
            await rate.acquire()
            order.append(number)

        await asyncio.gather(*(take(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]


def test_bucket_window_is_longer_than_one_minute(redis_server: Server, postgres_server: Server) -> None:
    with in_redis(redis_server.address, "minute") as one, in_postgres(postgres_server.address, "minute") as other:
        for bucket in (one, other):
            (rate,) = bucket.rates
            assert (rate.limit, rate.interval) == (50, 61_000)


def test_page_shows_example_files_unchanged() -> None:
    shown = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
    for name in ("shared_rate", "redis_rate", "postgres_rate"):
        assert (ROOT / "examples" / f"{name}.py").read_text() in shown


async def test_page_snippets_of_use_work(
    lucca_emulator: Emulator, redis_server: Server, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUCCA_BASE_URL", str(lucca_emulator.url))
    monkeypatch.setenv("LUCCA_API_KEY", lucca_emulator.key)
    monkeypatch.setenv("REDIS_URL", redis_server.address)
    monkeypatch.setenv("DATABASE_URL", postgres_server.address)
    uses = [code for code in re.findall(r"(?ms)^```python\n(.*?)^```", PAGE) if "def count_natures" in code]
    for code in uses:
        names: dict[str, Any] = {}
        exec(code, names)
        assert await names["count_natures"]() == len(lucca_emulator.tenant.seed.natures)
    assert len(uses) == len(lucca_emulator.log) == 2
