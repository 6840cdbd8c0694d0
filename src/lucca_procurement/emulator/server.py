"""The emulator on a port of this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from .app import Emulator


class _Protocol(H11Protocol):
    """Hands each connection to the application, which can then break it: ASGI itself has no word for that."""

    def connection_made(self, transport: Any) -> None:
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the program that the emulator is a part of."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket. Raises OSError if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, because asyncio turns Nagle's algorithm off only for a socket that says it is TCP: without
    # that each answer waits 40 ms for an acknowledgement of its headers.
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
async def serve(emulator: Emulator, host: str, port: int) -> AsyncIterator[str]:
    """Serve an emulator until the block ends; give its URL."""
    sock = listen(host, port)
    config = uvicorn.Config(
        emulator,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    emulator.stopping.clear()
    running = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started:
            if running.done():
                await running
            await asyncio.sleep(0.01)
        shown = f"[{host}]" if ":" in host else host
        emulator.url = f"http://{shown}:{sock.getsockname()[1]}"
        yield emulator.url
    finally:
        emulator.url = None
        emulator.stopping.set()
        server.should_exit = True
        await running
        sock.close()


@contextmanager
def serve_in_thread(emulator: Emulator, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an emulator until the block ends, for a program that has no event loop, or another one; give its URL."""
    started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        stop = asyncio.Event()
        try:
            async with serve(emulator, host, port) as url:
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
