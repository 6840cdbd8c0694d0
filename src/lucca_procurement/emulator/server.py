"""The emulator on a port of this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from itertools import count
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

GRACE_PERIOD = 0.1
"""In seconds. When the server stops, an answer that is under way has this time to end. Then it is broken."""
_LEAST_TURNS = 5
"""A connection that was accepted last appears some turns of the event loop later."""


class _Protocol(H11Protocol):
    """Passes each connection to the application, which can then break it. ASGI itself has no message for that.

    It also passes the event `stopping`, which ends the answers that hang on purpose when the server stops.
    """

    stopping: asyncio.Event

    def connection_made(self, transport: Any) -> None:
        self.app_state = {**self.app_state, "transport": transport, "stopping": self.stopping}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    """Starts and stops at once. uvicorn looks every 0.1 s, and each test of a user starts an emulator."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def main_loop(self) -> None:
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._close_listeners()
        connections, answers = self.server_state.connections, self.server_state.tasks
        end = time.monotonic() + GRACE_PERIOD
        for turn in count(1):
            for connection in [*connections]:
                if not connection.transport.is_closing():
                    connection.shutdown()
            await asyncio.sleep(0.001)
            if (turn >= _LEAST_TURNS and not connections and not answers) or time.monotonic() > end:
                break
        for connection in [*connections]:
            connection.transport.abort()
        # uvicorn reports an answer that ends without a response, unless its connection is closed.
        await asyncio.sleep(0)
        for answer in answers:
            answer.cancel()
        await asyncio.gather(*answers, return_exceptions=True)

    async def _close_listeners(self) -> None:
        loop = asyncio.get_running_loop()
        for listener in self.servers:
            for each in listener.sockets:
                # The event loop of Windows has no readers.
                with suppress(NotImplementedError):
                    loop.remove_reader(each.fileno())
        # A connection is accepted in one turn of the loop. In the next two, its listener must still be open.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for listener in self.servers:
            listener.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture no signals, because the program around the emulator handles them."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for a socket with an explicit TCP protocol. With that algorithm, each
    # answer waits 40 ms for an acknowledgement of its headers.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(512)
    except OSError:
        sock.close()
        raise
    return sock


@asynccontextmanager
async def serve(app: ASGIApp, host: str, port: int) -> AsyncIterator[str]:
    """Serve an application until the block ends. Yields its URL."""
    sock = listen(host, port)
    stopping = asyncio.Event()

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            # The server stops, and the connection is closed. uvicorn would report the cancellation as an error.
            if not stopping.is_set():
                raise

    config = uvicorn.Config(
        answered,
        http=type("_Protocol", (_Protocol,), {"stopping": stopping}),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
    )
    server = _Server(config, stopping)
    running = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started:
            if running.done():
                await running
            await asyncio.sleep(0)
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{sock.getsockname()[1]}"
    finally:
        stopping.set()
        await running
        sock.close()


@contextmanager
def in_thread(serving: AbstractAsyncContextManager[str]) -> Iterator[str]:
    """Serve in a thread with its own event loop until the block ends. Yields the URL."""
    started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        stop = asyncio.Event()
        try:
            async with serving as url:
                started.set_result((url, asyncio.get_running_loop(), stop))
                await stop.wait()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="lucca-emulator", daemon=True)
    thread.start()
    url, loop, stop = started.result()
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
