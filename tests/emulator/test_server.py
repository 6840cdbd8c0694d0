"""The start and the end of an emulator on a port."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from contextlib import ExitStack

import httpx
import pytest

from lucca_procurement.emulator import Emulator, server
from lucca_procurement.emulator.server import in_thread

REQUEST = b"GET /cleemy-procurement/api/purchases/1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_stop_right_after_connections_leaves_no_socket_open() -> None:
    emulator = Emulator(rate=None)
    with in_thread(emulator.serve()):
        assert emulator.url
        address = ("127.0.0.1", int(emulator.url.rpartition(":")[2]))
        clients = [socket.create_connection(address) for _ in range(60)]
        for client in clients[::2]:
            client.sendall(REQUEST)
        for client in clients[::3]:
            client.close()
    for client in clients:
        client.close()
    # A socket that nobody closed is a warning here, and a warning is an error.
    gc.collect()


async def test_stop_waits_for_an_answer_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GRACE_PERIOD", 30)
    emulator = Emulator(rate=None)
    emulator.faults.add("list_natures", "slow", seconds=0.2)
    async with httpx.AsyncClient(headers={"authorization": f"lucca application={emulator.key}"}) as client:
        async with emulator.serve() as url:
            asking = asyncio.create_task(client.get(f"{url}/cleemy-procurement/api/natures"))
            await asyncio.sleep(0.1)
        assert (await asking).status_code == 200


async def test_stop_breaks_an_answer_that_takes_too_long(caplog: pytest.LogCaptureFixture) -> None:
    emulator = Emulator(rate=None)
    emulator.faults.add("list_natures", "slow", seconds=600)
    async with httpx.AsyncClient(headers={"authorization": f"lucca application={emulator.key}"}) as client:
        async with emulator.serve() as url:
            asking = asyncio.create_task(client.get(f"{url}/cleemy-procurement/api/natures", timeout=60))
            await asyncio.sleep(0.1)
            start = time.monotonic()
        assert time.monotonic() - start < 30
        with pytest.raises(httpx.TransportError):
            await asking
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]


@pytest.mark.parametrize("turns", range(6))
async def test_stop_some_turns_after_connections_leaves_no_socket_open(turns: int) -> None:
    emulator = Emulator(rate=None)
    with ExitStack() as clients:
        async with emulator.serve() as url:
            for _ in range(8):
                client = clients.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", int(url.rpartition(":")[2])))
            for _ in range(turns):
                await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
