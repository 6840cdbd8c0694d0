"""Clients of the tests: our client without a pace and without real pauses, and a plain HTTP client of an emulator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import pytest

from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import ProcurementError
from support.clock import HurriedClock
from support.conformance import checking

Call = Callable[[LuccaProcurement], Awaitable[Any]]
"""A call that a test makes on a client."""


def client_at(url: str | None, key: str = "emulator", **settings: Any) -> LuccaProcurement:
    """Return a client of a server. It has no pace, and its pauses take no time."""
    return LuccaProcurement(url, key, **{"rate": None, "clock": HurriedClock(), **settings})


def client_over(transport: Any, **settings: Any) -> LuccaProcurement:
    """Return a client that uses a transport. It has no pace, and its pauses take no time."""
    return client_at("http://127.0.0.1", transport=transport, **settings)


async def failure(call: Awaitable[object]) -> ProcurementError:
    """Return the error that a call ends with."""
    with pytest.raises(ProcurementError) as caught:
        await call
    return caught.value


def http_client_of(
    emulator: Emulator, *, is_checked: bool = True, headers: Mapping[str, str] | None = None, **settings: Any
) -> httpx.AsyncClient:
    """Return an HTTP client with the key of an emulator. It fails if an answer is not documented and `is_checked`.

    It uses the address of the emulator, or calls it in this process if nothing serves it.
    """
    if emulator.url is None:
        settings = {"transport": httpx.ASGITransport(emulator), "base_url": "http://127.0.0.1", **settings}
    else:
        settings = {"base_url": emulator.url, **settings}
    return httpx.AsyncClient(
        headers={"authorization": f"lucca application={emulator.key}", **(headers or {})},
        event_hooks=checking(emulator) if is_checked else None,
        **settings,
    )
