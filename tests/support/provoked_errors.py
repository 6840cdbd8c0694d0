"""Every kind of error, provoked as a caller would meet it. If a request is sent, it goes over real HTTP."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lucca_procurement import LuccaProcurement, Order, errors, models
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import ProcurementError
from lucca_procurement.stores import SQLiteOrders
from support.client import Call, client_at, failure
from support.orders import sample_order
from support.raw_server import answer, raw_server
from support.samples import ONE_TIME, PURCHASE

__all__ = ("PROVOKED", "provoked")


def _faulty(operation: str, fault: str, call: Call, **settings: Any) -> Callable[[Emulator], Awaitable[object]]:
    async def provoke(emulator: Emulator) -> object:
        emulator.faults.add(operation, fault, **settings)
        async with client_at(emulator.url, emulator.key) as lucca:
            return await call(lucca)

    return provoke


def _answered(status: int) -> Callable[[Emulator], Awaitable[object]]:
    async def provoke(emulator: Emulator) -> object:
        async with raw_server(answer(status)) as raw, client_at(raw.url, emulator.key) as lucca:
            return await lucca.purchases.get(1_001)

    return provoke


def _plainly(call: Call) -> Callable[[Emulator], Awaitable[object]]:
    async def provoke(emulator: Emulator) -> object:
        async with client_at(emulator.url, emulator.key) as lucca:
            return await call(lucca)

    return provoke


async def _closed(emulator: Emulator) -> object:
    lucca = client_at(emulator.url, emulator.key)
    await lucca.aclose()
    return await lucca.purchases.get(1_001)


async def _nobody_listens(emulator: Emulator) -> object:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    async with client_at(f"http://127.0.0.1:{port}", emulator.key) as lucca:
        return await lucca.purchases.create(PURCHASE)


async def _another_key(emulator: Emulator) -> object:
    async with client_at(emulator.url, f"{emulator.key}-no-more") as lucca:
        return await lucca.purchases.get(1_001)


async def _second_commitment(lucca: LuccaProcurement) -> object:
    purchase = await lucca.purchases.create(PURCHASE)
    await lucca.commitments.create(purchase.id, ONE_TIME)
    return await lucca.commitments.create(purchase.id, ONE_TIME)


async def _whole_list(lucca: LuccaProcurement) -> object:
    return [purchase async for purchase in lucca.purchases.iterate(page_size=10)]


async def _submit(lucca: LuccaProcurement) -> Order:
    return await lucca.orders.submit(sample_order())


def _undecided(deny: bool) -> Callable[[Emulator], Awaitable[object]]:
    async def provoke(emulator: Emulator) -> object:
        emulator.tenant.approve_after = None
        async with client_at(emulator.url, emulator.key) as lucca:
            order = await _submit(lucca)
            if deny:
                assert order.approval_request_id
                emulator.deny(order.approval_request_id)
            return await lucca.orders.wait(order, timeout=5)

    return provoke


def _unsaved(error: Exception) -> Callable[[Emulator], Awaitable[object]]:
    def save(_: Order) -> None:
        raise error

    async def provoke(emulator: Emulator) -> object:
        async with client_at(emulator.url, emulator.key) as lucca:
            return await lucca.orders.cancel(sample_order(), comment="No", save=save)

    return provoke


async def _lead_is_taken(_: Emulator) -> None:
    with TemporaryDirectory() as folder:
        async with SQLiteOrders(Path(folder) / "orders.sqlite") as store, store.lead(), store.lead():
            pass


PROVOKED: dict[type[ProcurementError], Callable[[Emulator], Awaitable[object]]] = {
    errors.ConfigurationError: _closed,
    errors.NotSent: _nobody_listens,
    errors.InvalidArgument: _plainly(lambda lucca: lucca.purchases.get("../x")),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    errors.OutcomeUnknown: _faulty(
        "create_purchase", "commit-then-drop", lambda lucca: lucca.purchases.create(PURCHASE)
    ),
    errors.BadRequest: _plainly(lambda lucca: lucca.purchases.create(_nobodys())),
    errors.Unauthorized: _another_key,
    errors.Forbidden: _answered(403),
    errors.NotFound: _plainly(lambda lucca: lucca.purchases.get(999_999)),
    errors.Conflict: _plainly(_second_commitment),
    errors.RateLimited: _faulty(
        "get_purchase", "429", lambda lucca: lucca.purchases.get(1_001), retry_after="300", times=None
    ),
    errors.ServerError: _faulty("get_purchase", "500", lambda lucca: lucca.purchases.get(1_001)),
    errors.ResponseError: _answered(431),
    errors.DecodeError: _faulty("get_purchase", "garbage", lambda lucca: lucca.purchases.get(1_001)),
    errors.NoMatch: _plainly(lambda lucca: lucca.natures.find("Nothing of the kind")),
    errors.NoTaxRate: _plainly(lambda lucca: lucca.tax_rates.find(date(2026, 1, 1), "FR", "0.99")),
    errors.OrderIncomplete: _faulty("create_commitment", "429", _submit, retry_after="300"),
    errors.StoreFailed: _unsaved(OSError("the disk is full")),
    errors.StoreInUse: _lead_is_taken,
    errors.Superseded: _unsaved(errors.Superseded("version 8 is newer than 7")),
    errors.OrderNotApproved: _undecided(deny=True),
    errors.StillPending: _undecided(deny=False),
    errors.PageCycle: _faulty("list_purchases", "repeated-token", _whole_list, times=None),
}
"""A way to provoke each kind of error."""


def _nobodys() -> models.PurchaseCreation:
    return models.PurchaseCreation.from_dict({**PURCHASE.to_dict(), "ownerId": 999_999})


async def provoked(kind: type[ProcurementError], emulator: Emulator) -> ProcurementError:
    """Return an error of exactly this kind."""
    error = await failure(PROVOKED[kind](emulator))
    assert type(error) is kind
    return error
