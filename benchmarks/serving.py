"""The servers of the measurements, each in its own process: an emulator, or a server that only answers."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent.parent / "tests" / "samples"
KEY = "emulator"


@contextmanager
def minimal() -> Iterator[str]:
    """Serve the sample purchase as the immediate answer to every request. Yields the URL."""
    with _process("minimal") as url:
        yield url


@contextmanager
def emulator(*, speed: float = 1.0, slow: float = 0.0, **settings: Any) -> Iterator[str]:
    """Serve an emulator with these settings. Yields the URL.

    Its clock runs `speed` times as fast as the machine's. Each page of purchases takes `slow` seconds.
    """
    with _process("emulator", json.dumps({"speed": speed, "slow": slow, "settings": settings})) as url:
        yield url


@contextmanager
def _process(*arguments: str) -> Iterator[str]:
    with subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


# ---- In the process of its own ---------------------------------------------------------------------------------------


class _Answering(asyncio.Protocol):
    """Answers as soon as a request is complete. It costs less than the client, so the client determines the figures."""

    def __init__(self, content: bytes) -> None:
        self._heads = {
            b"GET": b"HTTP/1.1 200 OK\r\n",
            b"POST": b"HTTP/1.1 201 Created\r\n",
        }
        self._tail = (
            b"content-type: application/json; charset=utf-8\r\ndate: Fri, 14 Nov 2025 10:00:00 GMT\r\n"
            b"server: minimal\r\ncontent-length: %d\r\n\r\n%b" % (len(content), content)
        )
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        _, named, length = head.lower().partition(b"content-length:")
        if named and len(body) < int(length.split(b"\r\n")[0]):
            return
        self._received = b""
        self._transport.write(self._heads[head.split(b" ")[0]] + self._tail)


async def _serve_minimal() -> None:
    content = (SAMPLES / "create-purchase.response.json").read_bytes()
    server = await asyncio.get_running_loop().create_server(lambda: _Answering(content), "127.0.0.1", 0, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


async def _serve_emulator(options: dict[str, Any]) -> None:
    from lucca_procurement.emulator import Emulator

    start, speed = time.time(), options["speed"]
    found = Emulator(key=KEY, clock=lambda: start + (time.time() - start) * speed, **options["settings"])
    if options["slow"]:
        found.faults.add("list_purchases", "slow", times=None, seconds=options["slow"])
    async with found.serve() as url:
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve_minimal() if sys.argv[1] == "minimal" else _serve_emulator(json.loads(sys.argv[2])))
