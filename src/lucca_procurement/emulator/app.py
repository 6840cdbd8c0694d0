"""The emulator: the procurement API, its status page and what steers it, as one ASGI application."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Mount, request_response
from starlette.types import Receive, Scope, Send

from . import control, server
from .guard import OwnHost
from .limit import Limit
from .procurement import Procurement
from .quirks import Quirks
from .seed import Seed
from .tenant import Clock, Tenant


class Emulator(Procurement):
    """A Lucca on this machine: an ASGI application, which `serve` puts on a port of loopback.

    `key` is the API key it takes. `rate` is how many requests a minute it lets through (None: all). `approve` says what
    becomes of requests for approval: "auto" approves at once, "manual" waits for `approve()` or `deny()`,
    "after=SECONDS" approves when that time has passed. `seed` and `purchases` make the data it starts with, the same
    each time. The emulator answers to the names of loopback, to the host that it is served at, and to `hosts`. `clock`
    returns the seconds since 1970, `sleep` waits: tests pass their own. Raises ValueError for a setting that cannot be,
    and TypeError if `hosts` is one text.
    """

    def __init__(
        self,
        *,
        key: str = "emulator",
        rate: int | None = 50,
        approve: str = "auto",
        seed: int = 1,
        purchases: int = 300,
        quirks: Quirks | None = None,
        hosts: Collection[str] = (),
        clock: Clock = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if purchases < 0:
            raise ValueError("purchases must be 0 or more")
        if rate is not None and rate < 1:
            raise ValueError("rate must be 1 or more a minute, or None for no limit")
        if isinstance(hosts, str):
            raise TypeError(f"hosts must be a list of names: [{hosts!r}]")
        quirks = quirks or Quirks()
        data = Seed(seed, purchases, territory_numbers=quirks.territory_ids == "integer")
        tenant = Tenant(data, clock, _seconds(approve))
        super().__init__(tenant, quirks, Limit(rate, clock), key=key, clock=clock, sleep=sleep)
        self.url: str | None = None
        """Where it is served, while it is."""
        self._hosts = {host.lower() for host in hosts}
        # Mounted, because a route would refuse methods by itself, and in plain text.
        routes = [*control.routes(self), Mount("/", request_response(self.answer))]
        self._app = OwnHost(Starlette(routes=routes), self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serve over HTTP for the length of an `async with`, which returns the URL. Port 0 is any that is free."""
        self._hosts.add(host.lower())
        async with server.serve(self, host, port) as url:
            self.url = url
            try:
                yield url
            finally:
                self.url = None


def _seconds(approve: str) -> float | None:
    if approve in ("auto", "manual"):
        return 0.0 if approve == "auto" else None
    try:
        name, _, seconds = approve.partition("=")
        if name == "after" and float(seconds) >= 0:
            return float(seconds)
    except ValueError:
        pass
    raise ValueError(f"approve must be auto, manual or after=SECONDS, not {approve!r}")
