"""Transports that answer a client in this process: an emulator, checked against the contract, or a function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

from lucca_procurement.emulator import Emulator
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
