"""The rates that several processes share, on a real Redis and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from pyrate_limiter import RateItem

from lucca_procurement import LuccaProcurement, errors, rates
from lucca_procurement.emulator import Emulator
from rates.share import KINDS
from support import modules
from support.databases import PostgresServer, RedisServer, Server, serving
from support.example_programs import Runner, environment_of

PAGE = (Path(__file__).parents[2] / "docs" / "sharing-the-rate.md").read_text()

LIMIT, WINDOW = 10, 3.0
"""Requests, and seconds of the window: two more than the emulator's minute, as a machine under load sends late."""
STARTED = time.monotonic()

SharedRate = rates.RedisRate | rates.PostgresRate


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


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(request: pytest.FixtureRequest, kind: str) -> Server:
    found: Server = request.getfixturevalue(f"{kind}_server")
    return found


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def opened(
    stack: ExitStack, kind: str, server: Server, name: str, limit: int, window: float | None = None
) -> SharedRate:
    """Return a rate that is closed at the end of the test."""
    rate = KINDS[kind](server.address, name, limit=limit)
    rate._window = window or rate._window
    stack.callback(rate._close)
    return rate


def count(kind: str, server: Server, name: str) -> int:
    """Return the number of requests that a window has on its server."""
    if kind == "redis":
        with closing(redis.Redis.from_url(server.address)) as client:
            return int(str(client.zcard(f"lucca-rate:{name}")))
    with psycopg.connect(server.address) as connection:
        row = connection.execute(f'SELECT count(*) FROM "ratelimit___lucca_{name}"'.encode()).fetchone()
        return int(row[0]) if row else 0


async def natures(lucca: LuccaProcurement) -> list[Any]:
    return [each async for each in lucca.natures.iterate()]


# ---- Counted together


@pytest.mark.slow
@pytest.mark.lucca_emulator(rate=LIMIT, clock=fast_clock)
def test_two_processes_sharing_a_rate_get_no_429(lucca_emulator: Emulator, kind: str, server: Server) -> None:
    calls = 15
    settings = [kind, server.address, "processes", LIMIT, WINDOW, lucca_emulator.url]
    operations = ["list_natures", "list_cost_centers"]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    modules.command("rates.share", *settings, operation, calls),
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


def test_take_by_many_at_once_fills_the_window_exactly(kind: str, server: Server, stack: ExitStack) -> None:
    asking = [opened(stack, kind, server, "many", 3) for _ in range(6)]

    def take(rate: SharedRate) -> bool:
        wait: float | None = 0.0
        # PostgreSQL's bucket returns no wait if another one is in the middle of asking.
        while wait is not None and wait < 1:
            time.sleep(wait)
            wait = rate._take()
        return wait is None

    with ThreadPoolExecutor(len(asking)) as threads:
        assert sum(threads.map(take, asking)) == 3
    assert count(kind, server, "many") == 3


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_take_in_another_time_zone_counts_the_same_window(
    kind: str, server: Server, zone: str, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = zone.lower().replace("/", ".")
    assert opened(stack, kind, server, name, 1)._take() is None
    monkeypatch.setenv("PGTZ", zone)
    assert 0 < (opened(stack, kind, server, name, 1)._take() or 0) <= 61.001


def test_take_on_a_machine_with_a_late_clock_counts_all(
    kind: str, server: Server, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened(stack, kind, server, "late", 1)._take() is None
    late = time.time_ns() - 10**10
    for module in ("buckets.redis_bucket", "clocks"):
        monkeypatch.setattr(f"pyrate_limiter.{module}.time_ns", lambda: late)
    assert 50 < (opened(stack, kind, server, "late", 1)._take() or 0) <= 61.001


def test_take_in_redis_waits_while_another_one_takes(redis_server: Server, stack: ExitStack) -> None:
    rate = opened(stack, "redis", redis_server, "turns", 1)
    with closing(redis.Redis.from_url(redis_server.address)) as client, ThreadPoolExecutor() as threads:
        with client.lock("lucca-rate:turns:lock"):
            asking = threads.submit(rate._take)
            time.sleep(0.2)
            assert not asking.done()
        assert asking.result() is None


def test_entry_in_postgres_counts_entries_of_a_later_time(postgres_server: Server, stack: ExitStack) -> None:
    # Another process may look at the clock later, and put its entry earlier.
    rate = opened(stack, "postgres", postgres_server, "overtaken", 1)
    now = time.time_ns() // 1_000_000
    assert rate._take() is None
    assert not rate._bucket.put(RateItem("request", now - 5))


def test_take_discards_entries_that_left_the_window(kind: str, server: Server, stack: ExitStack) -> None:
    rate = opened(stack, kind, server, "discarded", 100)
    assert [rate._take() for _ in range(3)] == [None] * 3
    assert count(kind, server, "discarded") == 3
    time.sleep(0.01)
    assert opened(stack, kind, server, "discarded", 100, 0.001)._take() is None
    assert count(kind, server, "discarded") == 1


def test_default_window_is_50_requests_in_61_seconds(kind: str, server: Server, stack: ExitStack) -> None:
    rate = KINDS[kind](server.address, "minute")
    stack.callback(rate._close)
    assert rate._take() is None
    (found,) = rate._bucket.rates
    assert (found.limit, found.interval) == (50, 61_000)


# ---- In one process


async def test_acquire_serves_in_the_order_of_arrival(redis_server: Server, stack: ExitStack) -> None:
    rate = opened(stack, "redis", redis_server, "queue", 2, 0.05)
    order: list[int] = []

    async def take(number: int) -> None:
        await rate.acquire()
        order.append(number)

    await asyncio.gather(*(take(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]


async def test_two_clients_of_a_process_share_one_rate(lucca_emulator: Emulator, kind: str, server: Server) -> None:
    url, key = lucca_emulator.url, lucca_emulator.key
    async with (
        KINDS[kind](server.address, "clients") as rate,
        LuccaProcurement(url, key, rate=rate) as one,
        LuccaProcurement(url, key, rate=rate) as other,
    ):
        await asyncio.gather(*(natures(lucca) for lucca in (one, other) * 5))
    assert len(lucca_emulator.log) == 10
    assert count(kind, server, "clients") == 10


def test_one_rate_works_in_several_event_loops(kind: str, server: Server, stack: ExitStack) -> None:
    rate = opened(stack, kind, server, "loops", 100)

    async def several() -> None:
        await asyncio.gather(*(rate.acquire() for _ in range(3)))

    for _ in range(2):
        asyncio.run(several())
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(asyncio.run, several()) for _ in range(2)]:
            done.result()
    assert count(kind, server, "loops") == 12


async def test_acquire_after_aclose_raises(kind: str, server: Server) -> None:
    rate = KINDS[kind](server.address, "closed")
    async with rate:
        await rate.acquire()
    await rate.aclose()
    with pytest.raises(errors.ConfigurationError, match="the rate is closed"):
        await rate.acquire()


async def test_aclose_of_an_unused_rate_connects_to_nothing(kind: str) -> None:
    async with KINDS[kind](UNREACHABLE[kind], "unused"):
        pass


# ---- Failures

UNREACHABLE = {"redis": "redis://:canary@127.0.0.1:1", "postgres": "postgresql://u:canary@127.0.0.1:1/d"}


@pytest.mark.slow
async def test_call_without_the_server_is_not_sent_and_works_after_its_return(
    lucca_emulator: Emulator, kind: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PostgreSQL's pool waits longer after each failure, unless it is told not to.
    monkeypatch.setattr("psycopg_pool.base.AttemptWithBackoff.INITIAL_DELAY", 60.0)
    async with (
        KINDS[kind](server.address, "gone") as rate,
        LuccaProcurement(lucca_emulator.url, lucca_emulator.key, rate=rate) as lucca,
    ):
        assert await natures(lucca)
        server.stop()
        try:
            for _ in range(2):
                with pytest.raises(errors.NotSent, match="the limiter that was passed as `rate` failed: "):
                    await natures(lucca)
        finally:
            server.start()
        assert len(lucca_emulator.log) == 1
        assert await natures(lucca)


async def test_unreachable_server_raises_without_the_password(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with KINDS[kind](UNREACHABLE[kind], "unreachable") as rate:
        with pytest.raises((redis.ConnectionError, psycopg.OperationalError)) as raised:
            await rate.acquire()
        assert repr(rate) == f"{type(rate).__name__}(name='unreachable', limit=50)"
    assert "canary" not in str(raised.value) + caplog.text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "Acme"}, "name must be 1 to 40 characters: lower-case letters"),
        ({"name": ""}, "name must be"),
        ({"name": "a" * 41}, "name must be"),
        ({"name": None}, "name must be"),
        ({"limit": 0}, "limit must be a number of requests per minute from 1"),
        ({"limit": True}, "limit must be"),
        ({"limit": 1.5}, "limit must be"),
    ],
)
def test_invalid_setting_raises_configuration_error(kind: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=message):
        KINDS[kind](UNREACHABLE[kind], **{"name": "acme", **settings})


@pytest.mark.parametrize("address", ["http://:canary@localhost", "redis://:can#ary@localhost:x", "canary", "", None, 6])
def test_bad_redis_url_raises_without_the_password(address: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"^url cannot be read; it must be as redis://") as raised:
        rates.RedisRate(address, "acme")
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("address", ["postgresql://u:can ary@[host/d", "canary", "host", None, 6])
def test_bad_conninfo_raises_without_the_password(address: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"^conninfo cannot be read; it must be as ") as raised:
        rates.PostgresRate(address, "acme")
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "module"),
    [
        ("redis", "pyrate_limiter"),
        ("redis", "redis"),
        ("postgres", "pyrate_limiter"),
        ("postgres", "psycopg"),
        ("postgres", "psycopg_pool"),
    ],
)
def test_missing_extra_is_named(kind: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    needs = f"{KINDS[kind].__name__} needs the extra {kind}: install lucca-procurement[{kind}] ("
    with pytest.raises(errors.ConfigurationError, match="^" + re.escape(needs)):
        KINDS[kind](UNREACHABLE[kind], "acme")


def test_importing_rates_imports_no_extra() -> None:
    code = "import sys, lucca_procurement.rates; print(*(each.partition('.')[0] for each in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pyrate_limiter", "redis", "psycopg", "psycopg_pool"} & {*done.stdout.split()}


# ---- The page and the example


async def test_use_shown_on_the_page_works(
    lucca_emulator: Emulator, redis_server: Server, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUCCA_BASE_URL", str(lucca_emulator.url))
    monkeypatch.setenv("LUCCA_API_KEY", lucca_emulator.key)
    monkeypatch.setenv("REDIS_URL", redis_server.address)
    monkeypatch.setenv("DATABASE_URL", postgres_server.address)
    uses = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
    for code in uses:
        names: dict[str, Any] = {}
        exec(code, names)
        assert await names["count_natures"]() == len(lucca_emulator.tenant.seed.natures)
    assert len(uses) == len(lucca_emulator.log) == 2


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["REDIS_URL", "DATABASE_URL"])
def test_example_counts_natures_at_a_shared_rate(
    lucca_emulator: Emulator, tmp_path: Path, request: pytest.FixtureRequest, variable: str
) -> None:
    kind = {"REDIS_URL": "redis", "DATABASE_URL": "postgres"}[variable]
    server: Server = request.getfixturevalue(f"{kind}_server")
    env = environment_of(lucca_emulator, **{variable: server.address})
    code, out, err = Runner(tmp_path)("shared_rate.py", env=env)
    assert (code, out, err) == (0, f"{len(lucca_emulator.tenant.seed.natures)} natures\n", "")
    assert count(kind, server, "example") == 1
