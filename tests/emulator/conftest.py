"""Fixtures that the tests of the emulator share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from lucca_procurement.emulator import Emulator
from support.client import http_client_of
from support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the emulator of the test's own module."""
    async with http_client_of(emulator) as client:
        yield client
