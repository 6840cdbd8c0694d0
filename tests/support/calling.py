"""The calls that the tests of the wire make: one that reads and one that creates, on a client without real pauses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lucca_procurement import LuccaProcurement, errors, models
from support.clock import HurriedClock
from support.samples import sample_bytes

Call = Callable[[LuccaProcurement], Awaitable[Any]]

_PURCHASE = models.PurchaseCreation.from_json(sample_bytes("create-purchase.request"))


def read(lucca: LuccaProcurement) -> Awaitable[Any]:
    """Read a purchase."""
    return lucca.purchases.get(1)


def post(lucca: LuccaProcurement) -> Awaitable[Any]:
    """Create a purchase."""
    return lucca.purchases.create(_PURCHASE)


BOTH = pytest.mark.parametrize("call", [read, post])


def client(url: str, clock: HurriedClock, **settings: Any) -> LuccaProcurement:
    """Return a client that does not pace itself and retries once."""
    return LuccaProcurement(url, "the-key", rate=None, clock=clock, **{"retries": 1, **settings})


async def failure(url: str, call: Call, clock: HurriedClock, **settings: Any) -> errors.ProcurementError:
    """Make a call that fails, and return its error."""
    async with client(url, clock, **settings) as lucca:
        with pytest.raises(errors.ProcurementError) as caught:
            await call(lucca)
    return caught.value
