"""Cancelled calls and many calls at once: no connection is lost, and never more than eight calls are under way."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Awaitable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import trustme

from lucca_procurement import errors
from support.client import Call
from support.clock import HurriedClock
from support.loop import settled
from support.raw_server import Connection, RawServer, answer, certified, sends
from support.wire_calls import BOTH, post, read, retrying_once

SEED = 20251121
MAX_IN_FLIGHT = 8


async def cancelled(call: Awaitable[Any], moments: int, times: int) -> bool:
    """Cancel a call after so many turns of the loop, so many times. Return True if it had not finished yet."""
    task = asyncio.ensure_future(call)
    for _ in range(moments):
        await asyncio.sleep(0)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    return isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("scheme", "rounds"), [("http", 5), *(pytest.param(each, 50, marks=pytest.mark.slow) for each in ("http", "https"))]
)
@BOTH
async def test_client_after_cancelled_calls_works(
    call: Call, scheme: str, rounds: int, clock: HurriedClock, authority: trustme.CA
) -> None:
    chance = random.Random(SEED)
    server = RawServer(sends(answer()))
    through = 0
    async with (
        server.serve(certified(authority, "127.0.0.1") if scheme == "https" else None) as url,
        retrying_once(url, clock) as lucca,
    ):
        for _ in range(rounds):
            calls = [cancelled(call(lucca), chance.randrange(60), chance.randrange(1, 3)) for _ in range(20)]
            through += (await asyncio.gather(*calls)).count(False)
        assert through < 18 * rounds
        # A stream that nobody closed would be closed here, with a ResourceWarning, which is an error.
        gc.collect()
        await server.until(lambda server: server.connected <= MAX_IN_FLIGHT)
        found = await asyncio.gather(*(call(lucca) for _ in range(100)))
        assert [each.id for each in found] == [1] * 100
        assert server.connected <= MAX_IN_FLIGHT
    await server.until(lambda server: not server.connected)


async def test_cancelled_call_does_not_disturb_calls_in_flight(clock: HurriedClock) -> None:
    go_on = asyncio.Event()

    async def waits(connection: Connection) -> None:
        await connection.request()
        await go_on.wait()
        await connection.send(answer())

    server = RawServer(waits)
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        tasks = [asyncio.ensure_future(read(lucca)) for _ in range(MAX_IN_FLIGHT)]
        await server.until(lambda server: len(server.requests) == MAX_IN_FLIGHT)
        tasks[3].cancel()
        await asyncio.wait([tasks[3]])
        await settled()
        go_on.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(found.pop(3), asyncio.CancelledError)
        assert [each.id for each in found if not isinstance(each, BaseException)] == [1] * 7
        await server.until(lambda server: not server.connected)


async def test_call_after_timeout_leaves_no_connection(clock: HurriedClock) -> None:
    server = RawServer(sends(b""))
    async with server.serve() as url, retrying_once(url, clock, timeout=0.1) as lucca:
        with pytest.raises(errors.OutcomeUnknown, match="no whole answer"):
            await read(lucca)
        assert server.reached == 2
        await server.until(lambda server: not server.connected)


@pytest.mark.slow
@BOTH
async def test_client_with_1500_calls_sends_eight_at_once(
    call: Call, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: list[int] = [0]
    handle_request = httpx.AsyncHTTPTransport.handle_async_request

    async def counted(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        under_way.append(under_way[-1] + 1)
        try:
            return await handle_request(self, request)
        finally:
            under_way.append(under_way[-1] - 1)

    # A slow machine may leave a connection idle until it expires, and another is opened then.
    monkeypatch.setattr("httpcore._async.http11.time", SimpleNamespace(monotonic=clock.monotonic))
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", counted)
    server = RawServer(sends(answer()))
    done: list[int] = []

    async def numbered(number: int) -> None:
        assert (await call(lucca)).id == 1
        done.append(number)

    async with server.serve() as url, retrying_once(url, clock) as lucca:
        await asyncio.gather(*(numbered(number) for number in range(1500)))
    assert server.reached == 1500
    assert max(under_way) == MAX_IN_FLIGHT
    # Each request that is not a read has a connection of its own.
    assert server.accepted == 1500 if call is post else server.accepted <= MAX_IN_FLIGHT
    # First come, first served: nobody is done before all that came eight places earlier have begun.
    assert all(number - place < MAX_IN_FLIGHT for place, number in enumerate(done))
