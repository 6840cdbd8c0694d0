"""A server on loopback that sends the bytes of a script, and counts the connections and requests that reach it.

Tests use it for answers and failures that the emulator never sends.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trustme


class Connection:
    """One connection. A script gets it when the first byte of a request has arrived."""

    def __init__(self, server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._first = b""

    async def next_request(self) -> bool:
        """Wait until a request begins. Return False if the client has closed the connection instead."""
        self._first = await self._reader.read(1)
        return bool(self._first)

    async def head(self) -> bytes:
        """Read the request as far as the empty line."""
        head = self._first + await self._reader.readuntil(b"\r\n\r\n")
        self._server.requests.append(head)
        self._server.change()
        return head

    async def request(self) -> None:
        """Read the whole request."""
        for line in (await self.head()).lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                self._server.requests[-1] += await self._reader.readexactly(int(line.partition(b":")[2]))

    async def drain(self) -> None:
        """Read and forget, until the client closes the connection."""
        while await self._reader.read(2**16):
            pass

    async def join(self, port: int) -> None:
        """Forward all bytes to another port of loopback, and its bytes back, until one side closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def passed(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while part := await source.read(2**16):
                target.write(part)

        ways = [asyncio.create_task(passed(self._reader, writer)), asyncio.create_task(passed(reader, self._writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        writer.close()
        self.close()
        await asyncio.gather(*ways, return_exceptions=True)

    async def send(self, content: bytes) -> None:
        """Send some bytes."""
        self._writer.write(content)
        await self._writer.drain()

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self._writer.close()

    def reset(self) -> None:
        """Abort the connection. The client gets a reset."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    @property
    def closed(self) -> bool:
        """True if this server has closed the connection."""
        return self._writer.is_closing()


Script = Callable[[Connection], Awaitable[None]]


class RawServer:
    """A server with one script for each request. The last script answers all further requests."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts)
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0
        self.url = ""
        self.accepted = 0
        self.connected = 0
        self.reached = 0
        """The number of requests of which at least one byte came."""
        self.requests: list[bytes] = []
        """The requests that were read. The body is included if a script has read it."""
        self._changed = asyncio.Event()

    @property
    def texts(self) -> list[str]:
        """The requests in their order, decoded."""
        return [request.decode(errors="replace") for request in self.requests]

    async def received(self) -> None:
        """Wait until a request has come."""
        await self.until(lambda server: bool(server.requests))

    async def until(self, condition: Callable[[RawServer], bool]) -> None:
        """Wait until a condition on the counts of this server holds. Raises TimeoutError after 20 seconds."""
        async with asyncio.timeout(20):
            while not condition(self):
                self._changed.clear()
                await self._changed.wait()

    def change(self) -> None:
        """Wake the waiters, because one of the counts has changed."""
        self._changed.set()

    @asynccontextmanager
    async def serve(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        """Listen until the block ends. The block receives the address, with a scheme."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        try:
            yield self.url
        finally:
            server.close()
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.accepted += 1
        self.connected += 1
        connection = Connection(self, reader, writer)
        try:
            while not connection.closed and await connection.next_request():
                self.reached += 1
                script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                await script(connection)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The client went away, or the test has ended.
            pass
        finally:
            self.connected -= 1
            self.change()
            self._open.discard(task)
            connection.close()


def answer(status: int = 200, body: bytes | None = None, **headers: str) -> bytes:
    """Return an answer as bytes. `_` in the name of a header stands for `-`.

    By default, a 200 has a small body, any other answer has none, and the type of the body is JSON.
    """
    if body is None:
        body = b'{"id": 1}' if status == 200 else b""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    named = {"Content-Type": "application/json", "Content-Length": str(len(body)), **named}
    lines = [f"HTTP/1.1 {status} Reason", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def sends(content: bytes, *, then: Callable[[Connection], None] | None = None) -> Script:
    """Return a script that reads the request, sends some bytes, and calls `then`. By default the connection stays."""

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(content)
        if then is not None:
            then(connection)

    return script


async def resets_unread(connection: Connection) -> None:
    """Reset the connection before the request is read."""
    connection.reset()


def drips(content: bytes, drop: bytes = b" ") -> Script:
    """Return a script that sends some bytes, and then `drop` every hundredth of a second, for ever."""

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(content)
        while True:
            await asyncio.sleep(0.01)
            await connection.send(drop)

    return script


async def never_answers(connection: Connection) -> None:
    """Read the request, and send nothing."""
    await connection.request()
    await connection.drain()


@asynccontextmanager
async def raw_server(*answers: bytes | None) -> AsyncIterator[RawServer]:
    """Answer each request with the next of some answers until the block ends. None: no answer.

    Each answer has a connection of its own. The last answer is the answer to all further requests.
    """
    server = RawServer(*(never_answers if given is None else _closing(given) for given in answers))
    async with server.serve():
        yield server


def _closing(given: bytes) -> Script:
    # Without the header, a client may send its next request before it notices that the connection is closed.
    return sends(given.replace(b"\r\n", b"\r\nConnection: close\r\n", 1), then=Connection.close)


def certified(authority: trustme.CA, host: str) -> ssl.SSLContext:
    """Return the TLS settings of a server that has a certificate for a host."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    return context
