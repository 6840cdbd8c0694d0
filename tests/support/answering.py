"""A server that returns whole answers, one after the other. Tests use it for answers that the emulator never sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from support.raw_server import Connection, RawServer, Script, says


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Return an answer as bytes. `_` in the name of a header stands for `-`."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Answering(RawServer):
    """A server that answers each request with the next of some answers, and repeats the last one. None: no answer."""

    url: str

    def __init__(self, *answers: bytes | None) -> None:
        super().__init__(*(_never if given is None else _closing(given) for given in answers))

    @property
    def texts(self) -> list[str]:
        """The requests in their order, decoded."""
        return [request.decode(errors="replace") for request in self.requests]

    async def received(self) -> None:
        """Wait until a request has come."""
        await self.until(lambda server: bool(server.requests))


@asynccontextmanager
async def raw_server(*answers: bytes | None) -> AsyncIterator[Answering]:
    """Serve these answers on a free port of loopback until the block ends."""
    server = Answering(*answers)
    async with server.serve() as server.url:
        yield server


def _closing(given: bytes) -> Script:
    return says(given, then=Connection.close)


async def _never(connection: Connection) -> None:
    await connection.request()
    await connection.drain()
