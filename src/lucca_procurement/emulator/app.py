"""The emulator: the procurement API, its status page and its controls, as one ASGI application."""

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
    """A Lucca on this machine: an ASGI application, which `serve` serves on a port of loopback.

    Args:
        key: The API key that the emulator accepts.
        rate: The number of requests that the emulator accepts within a minute. None accepts all requests.
        approve: "auto" approves each request at once. "manual" waits for `approve()` or `deny()`. "after=SECONDS"
            approves each request when that time has passed.
        seed: The number that determines the data. The same number makes the same data.
        purchases: The number of purchases at the start.
        quirks: The switches for the points that the documentation leaves open.
        hosts: More host names that the emulator accepts, besides those of loopback and the host of `serve`.
        clock: Returns the seconds since 1970.
        sleep: Waits for a number of seconds.

    Raises:
        ValueError: A setting is invalid.
        TypeError: `hosts` is a string.
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
        """The URL of the emulator. None while it is not served."""
        self._hosts = {host.lower() for host in hosts}
        # Mounted, because a route would refuse other methods itself, in plain text.
        routes = [*control.routes(self), Mount("/", request_response(self.answer))]
        self._app = OwnHost(Starlette(routes=routes), self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serve over HTTP until the `async with` block ends. Yields the URL. Port 0 selects a free port."""
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
