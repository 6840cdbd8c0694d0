"""One create of each client meets each fault once. Counts the POSTs that arrive, and the objects that are created."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from attrs import frozen

from field.clients import CLIENTS, KEY, Client
from field.server import serving
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import OrderIncomplete
from support.clock import HurriedClock

HANGS = 2.0
"""The time limit in seconds of a client that meets a call that hangs."""

NO_END = 30.0
"""After this number of seconds, a create has no end."""


@frozen
class Fault:
    """A fault. `name` is the emulator's name, None for a refused connection."""

    shown: str
    name: str | None
    retry_after: str | None = None
    is_done: bool = False
    """True if the server creates the object in spite of the fault."""


FAULTS = [
    Fault("no connection at the first try", None),
    Fault("the server reads the request, and closes the connection", "drop"),
    Fault("429, `Retry-After: 1`", "429", "1"),
    Fault("408", "408"),
    Fault("500", "500"),
    Fault("502", "502"),
    Fault("503", "503"),
    Fault("529", "529"),
    Fault("no answer, the connection is closed", "commit-then-drop", is_done=True),
    Fault("no answer within the time limit", "commit-then-hang", is_done=True),
    Fault("the answer is cut", "cut-body", is_done=True),
    Fault("408", "408-after-commit", is_done=True),
    Fault("500", "500-after-commit", is_done=True),
    Fault("503, `Retry-After: 1`", "503-after-commit", "1", is_done=True),
    Fault("504", "504", is_done=True),
    Fault("200 with a page of HTML", "html", is_done=True),
]


@frozen
class Played:
    """The end of one create."""

    sent: int
    made: int
    end: str
    """`ok`, `no end`, `time` or `person` (what an order needs), or the class of the error or of the returned object."""
    keys: int = 0
    """The number of different idempotency keys."""


async def play_all() -> dict[str, dict[str, Any]]:
    """Play each fault to each client. Returns the ends by the number of the fault and the name of the client."""
    return {
        str(number): {client.name: _plain(await play(client, fault)) for client in CLIENTS}
        for number, fault in enumerate(FAULTS)
    }


def _plain(played: Played) -> dict[str, Any]:
    return {"sent": played.sent, "made": played.made, "end": played.end, "keys": played.keys}


async def play(client: Client, fault: Fault) -> Played:
    """Let one create of a client meet a fault."""
    print(f"{client}: {fault.shown}", flush=True)
    timeout = HANGS if fault.name == "commit-then-hang" else None
    refused = 0 if fault.name else 1
    if client.is_of_lucca:
        clock = HurriedClock()
        emulator = Emulator(key=KEY, rate=None, purchases=12, clock=clock, sleep=clock.sleep, approve="manual")
        if fault.name:
            options: dict[str, Any] = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
            emulator.faults.add("create_purchase", fault.name, **options)
        async with emulator.serve() as url:
            with connections(refused):
                end = await end_of(client, url, timeout)
        sent = sum(entry.operation == "create_purchase" for entry in emulator.log)
        return Played(sent, len(emulator.created()), end)
    with serving(client.answer, fault.name, fault.retry_after) as server, connections(refused):
        end = await end_of(client, server.url, timeout)
        keys = {key for key in server.keys if key}
        return Played(server.posts, server.made, end, len(keys))


async def end_of(client: Client, url: str, timeout: float | None) -> str:
    """Return the end of one create of a client."""
    limit = asyncio.timeout(NO_END)
    try:
        async with limit:
            found = await client.create(url, timeout)
    except OrderIncomplete as error:
        return error.needs
    except Exception as error:  # each client has its own errors
        return "no end" if limit.expired() else type(error).__name__
    has_id = isinstance(found, int) or (found.get("id") if isinstance(found, dict) else getattr(found, "id", None))
    return "ok" if has_id else f"{type(found).__name__} returned"


@contextmanager
def connections(refused: int = 0) -> Iterator[list[Any]]:
    """Record the connections of this process. Refuse the first ones, as the system does if no server listens."""
    connect = socket.socket.connect
    tries: list[Any] = []

    def recording(sock: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            tries.append(address)
            if len(tries) <= refused:
                raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        connect(sock, address)

    with patch.object(socket.socket, "connect", recording):
        yield tries
