"""What the tests of the wire call: one call that reads and one that does not, on a client that waits for nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from clock import HurriedClock
from wire import sample_bytes

from lucca_procurement import LuccaProcurement, errors, models

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
    """Make a client that does not pace itself, and sends again once."""
    return LuccaProcurement(url, "the-key", rate=None, clock=clock, **{"retries": 1, **settings})


async def failure(url: str, call: Call, clock: HurriedClock, **settings: Any) -> errors.ProcurementError:
    """Make a call that fails, and give its error."""
    async with client(url, clock, **settings) as lucca:
        with pytest.raises(errors.ProcurementError) as caught:
            await call(lucca)
    return caught.value
