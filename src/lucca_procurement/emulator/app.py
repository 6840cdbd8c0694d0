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

    Args:
        key: The API key that the emulator accepts.
        rate: The number of requests that it lets through within a minute; None lets all through.
        approve: "auto" approves each request at once, "manual" waits for `approve()` or `deny()`, "after=SECONDS"
            approves when that time has passed.
        seed: The number from which the data is made. The same number makes the same data.
        purchases: The number of purchases at the start.
        quirks: The switches of everything that the documentation leaves open.
        hosts: Names that the emulator answers to, besides those of loopback and the host that it is served at.
        clock: Returns the seconds since 1970.
        sleep: Waits for a number of seconds.

    Raises:
        ValueError: A setting has a value that it cannot have.
        TypeError: `hosts` is one text.
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
        """The address at which it is served; None while it is not."""
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
