"""The calls of the tests of the wire: one that reads and one that creates, on a client that retries once."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from lucca_procurement import LuccaProcurement
from lucca_procurement.errors import ProcurementError
from support.client import Call, client_at, failure
from support.clock import HurriedClock
from support.samples import PURCHASE


def read(lucca: LuccaProcurement) -> Awaitable[Any]:
    """Read a purchase."""
    return lucca.purchases.get(1)


def post(lucca: LuccaProcurement) -> Awaitable[Any]:
    """Create a purchase."""
    return lucca.purchases.create(PURCHASE)


BOTH = pytest.mark.parametrize("call", [read, post])


def retrying_once(url: str, clock: HurriedClock, **settings: Any) -> LuccaProcurement:
    """Return a client that retries once."""
    return client_at(url, "the-key", **{"clock": clock, "retries": 1, **settings})


async def failure_at(url: str, call: Call, clock: HurriedClock, **settings: Any) -> ProcurementError:
    """Make a call on a client that retries once, and return the error that the call ends with."""
    async with retrying_once(url, clock, **settings) as lucca:
        return await failure(call(lucca))
