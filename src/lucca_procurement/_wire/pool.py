"""A pool of connections that loses none when a task is cancelled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Generic, Protocol, TypeVar

__all__ = ("Closable", "Opened", "Pool")


class Closable(Protocol):
    """An object that holds connections, or one connection."""

    async def aclose(self) -> None:
        """Close all connections of the object."""
        ...


class Opened(Protocol):
    """An exchange with the connection that it opened, if any."""

    stream: Closable | None


C = TypeVar("C", bound=Closable)


class Pool(Generic[C]):
    """Hold a client with its connections, and replace it after a cancellation.

    httpcore 1.0.9 loses the connection of a task that is cancelled before its request starts, during the TLS handshake,
    or while it returns the connection. The connection stays open, and in the pool, until somebody closes the pool
    (https://github.com/encode/httpcore/issues/1093, and 658 and 830 before it). A client that lost one is closed
    as soon as no other exchange uses it.

    Args:
        make: Returns a new client.
        loses: True if the client has the defect. A transport of the caller has connections of its own, if any.
    """

    def __init__(self, make: Callable[[], C], *, loses: bool) -> None:
        self._make = make
        self._loses = loses
        self._client = make()
        self._under_way: Counter[C] = Counter()
        self._closing: set[asyncio.Task[None]] = set()
        self.closed = False

    @asynccontextmanager
    async def client(self, opened: Opened) -> AsyncIterator[C]:
        """Yield the client for an exchange."""
        client = self._client
        self._under_way[client] += 1
        try:
            yield client
        except (asyncio.CancelledError, TimeoutError):
            if opened.stream is not None:
                self._close(opened.stream)
            if client is self._client and self._loses and not self.closed:
                self._client = self._make()
            raise
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]
                if client is not self._client:
                    self._close(client)

    def _close(self, what: Closable) -> None:
        # The close has its own task, because the cancelled task may be cancelled again.
        task = asyncio.create_task(what.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        """Close all connections. The exchanges under way fail."""
        self.closed = True
        for client in {self._client, *self._under_way}:
            await client.aclose()
        await asyncio.gather(*self._closing, return_exceptions=True)
