"""Fixtures that the tests of the facade share: an emulator in this process, the way to it, and a client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator
from support.client import client_over
from support.transports import Checked


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(rate=None)


@pytest.fixture
def wire(emulator: Emulator) -> Checked:
    return Checked(emulator)


@pytest.fixture
async def client(wire: Checked) -> AsyncIterator[LuccaProcurement]:
    async with client_over(wire) as client:
        yield client
