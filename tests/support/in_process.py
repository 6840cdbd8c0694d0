"""Transports that answer the facade in its tests: the emulator, checked against the contract, or a function."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator
from support.clock import HurriedClock
from support.conformance import checking


class Checked(httpx.ASGITransport):
    """An emulator in this process. It keeps the requests and their bodies, and fails if an answer is not documented."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.emulator = emulator
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []
        self._checks = checking(emulator)["response"]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(await request.aread())
        response = await super().handle_async_request(request)
        response.request = request
        for check in self._checks:
            await check(response)
        return response


class Direct(httpx.AsyncBaseTransport):
    """A transport that calls a function before the request's body is read. httpx's MockTransport reads it first."""

    def __init__(self, answer: Callable[[httpx.Request], Awaitable[httpx.Response]]) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._answer(request)


def client_of(transport: Any, **settings: Any) -> LuccaProcurement:
    """Return a client that uses a transport, without a pace and without real pauses."""
    return LuccaProcurement(
        "http://127.0.0.1", "emulator", transport=transport, **{"rate": None, "clock": HurriedClock(), **settings}
    )


@contextmanager
def nothing_forgotten() -> Iterator[None]:
    """Fail if a task ended with an error that nobody retrieved. asyncio reports such an error only to its loop."""
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    try:
        yield
        gc.collect()
    finally:
        loop.set_exception_handler(None)
    assert not told
