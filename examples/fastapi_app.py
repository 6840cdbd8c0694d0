"""A service that orders: `PUT /orders/{reference}` submits, and goes on where it stopped; `GET` gives the state.

LUCCA_BASE_URL and LUCCA_API_KEY say where, ORDER_STORE names the file that keeps the orders. Run one process of it:

uvicorn fastapi_app:app
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypedDict

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi import Path as PathPart
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from lucca_procurement import LuccaProcurement, Order, errors, models
from lucca_procurement.order import Step
from order_store import OrderStore, corrected, is_fixed

logger = logging.getLogger(__name__)
PAUSE = 60.0
"""Seconds until an order is waited for again after its decision could not be read."""


class Service:
    """What lives as long as the application: one client, one store, and a task for each order that waits."""

    def __init__(self, lucca: LuccaProcurement, store: OrderStore, tasks: asyncio.TaskGroup) -> None:
        self._lucca = lucca
        self.store = store
        self._tasks = tasks
        self._waiting: dict[str, asyncio.Task[None]] = {}

    async def submit(self, order: Order) -> None:
        await self._lucca.orders.submit(order, save=self.store.save)
        self.watch(order)

    def watch(self, order: Order) -> None:
        """Store the decision when it is there. Orders that wait together share the requests that this takes."""
        if order.step is Step.SUBMITTED and order.decision is None and order.reference not in self._waiting:
            self._waiting[str(order.reference)] = self._tasks.create_task(self._watched(order))

    async def _watched(self, order: Order) -> None:
        while order.decision is None:
            try:
                await self._lucca.orders.wait(order, timeout=None)
            except errors.OrderRefused:
                pass
            except errors.ProcurementError as error:
                logger.warning("%s: %s", order.reference, error)
                await asyncio.sleep(PAUSE)
        self.store.save(order)
        del self._waiting[str(order.reference)]

    def stop(self) -> None:
        for task in self._waiting.values():
            task.cancel()


class State(TypedDict):
    service: Service


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
    store = OrderStore(Path(os.environ.get("ORDER_STORE", "orders.sqlite")))
    async with LuccaProcurement(app="order-service/1.0") as lucca, asyncio.TaskGroup() as tasks:
        with store:
            service = Service(lucca, store, tasks)
            for order in store:
                service.watch(order)
            yield {"service": service}
            service.stop()


app = FastAPI(title="Orders", lifespan=lifespan)


def service_of(request: Request) -> Service:
    found: Service = request.state.service
    return found


Served = Annotated[Service, Depends(service_of)]
Reference = Annotated[str, PathPart(pattern=r"^[A-Za-z0-9._-]+$", max_length=40)]


class NewOrder(BaseModel):
    title: str
    supplier_id: int
    owner_id: int
    nature_id: int
    cost_center_id: int
    establishment_id: int
    department_id: int
    # Text: a JSON number would come here through a float.
    amount: str = Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,3})?$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    cost_date: date
    invoice_date: date

    def order(self, reference: str) -> Order:
        price = models.Amount(value=Decimal(self.amount), currency=models.Currency(self.currency))
        return Order(
            reference=reference,
            purchase=models.PurchaseCreation(
                supplier=models.SupplierChoice(id=self.supplier_id),
                **self.model_dump(exclude={"supplier_id", "amount", "currency", "cost_date", "invoice_date"}),
            ),
            commitment=models.OneTimeCommitmentCreation(
                cost_date=self.cost_date,
                invoice_date=self.invoice_date,
                amount_including_taxes=models.TaxedAmount(excluding_taxes=price, taxes=[]),
            ),
        )


class OrderState(BaseModel):
    reference: str | None
    step: str
    purchase_id: int | None
    decision: str | None
    decided_by: str | None


def state_of(order: Order) -> OrderState:
    return OrderState.model_validate(order, from_attributes=True)


@app.put("/orders/{reference}", status_code=202)
async def submit(reference: Reference, new: NewOrder, service: Served) -> OrderState:
    # Nothing is awaited in between: of two that come at the same time, the second meets the first in `submit`.
    order = service.store.load(reference)
    if order is None or not is_fixed(order):
        fresh = new.order(reference)
        order = corrected(order, fresh) if order else fresh
    await service.submit(order)
    return state_of(order)


@app.get("/orders/{reference}")
async def state(reference: Reference, service: Served) -> OrderState:
    order = service.store.load(reference)
    if order is None:
        raise HTTPException(404, f"There is no order {reference}.")
    return state_of(order)


STATUSES: dict[type[errors.ProcurementError], int] = {
    # The reference is being submitted already: nothing else is left that the checks above let through.
    errors.InvalidArgument: 409,
    errors.BadRequest: 422,
    errors.RateLimited: 503,
    errors.NotSent: 503,
    errors.OutcomeUnknown: 504,
}
"""Correct the order (422), or PUT it again. Anything else is between this service and Lucca."""


@app.exception_handler(errors.ProcurementError)
async def failed(_request: Request, error: errors.ProcurementError) -> JSONResponse:
    cause = error.__cause__ if isinstance(error, errors.OrderIncomplete) else error
    status = next((status for kind, status in STATUSES.items() if isinstance(cause, kind)), 502)
    wait = getattr(cause, "retry_after", None)
    headers = {} if wait is None else {"Retry-After": f"{wait:.0f}"}
    return JSONResponse({"detail": str(error)}, status, headers)
