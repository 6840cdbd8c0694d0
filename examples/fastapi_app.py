"""A service that orders: `PUT /orders/{reference}` submits an order or continues it, `GET` returns its state.

LUCCA_BASE_URL and LUCCA_API_KEY name the host, ORDER_STORE names the file of the orders. Run one process of it:

uvicorn fastapi_app:app
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, NamedTuple, TypedDict
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi import Path as PathPart
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from lucca_procurement import LuccaProcurement, Order, errors
from lucca_procurement.orders import Orders
from lucca_procurement.stores import SQLiteOrders

logger = logging.getLogger(__name__)
PAUSE = 300.0
"""The seconds between two passes over the undecided orders."""


class Service(NamedTuple):
    """The orders of one client, and their store. They live as long as the application."""

    orders: Orders
    store: SQLiteOrders


class Started(TypedDict):
    service: Service


async def read_decisions(service: Service) -> None:
    """Store the decisions on all orders, again and again."""
    while True:
        try:
            for record in await service.orders.refresh(service.store):
                logger.info("%s is %s", record.reference, record.state)
        except errors.ProcurementError as error:
            logger.warning("The decisions cannot be read: %s", error)
        await asyncio.sleep(PAUSE)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[Started]:
    # Other programs of the tenant need a part of its 50 requests a minute.
    async with LuccaProcurement(app="order-service/1.0", rate=40) as lucca:
        # A GET can come before the first call of the client, which would set the host.
        host = urlsplit(os.environ["LUCCA_BASE_URL"]).netloc
        async with SQLiteOrders(os.environ.get("ORDER_STORE", "orders.sqlite"), host=host) as store:
            service = Service(lucca.orders, store)
            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(read_decisions(service))
                yield {"service": service}
                reading.cancel()


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
    # The amount is text, because a JSON number would pass through a float.
    amount: str = Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,3})?$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    cost_date: date
    invoice_date: date

    def order(self, reference: str) -> Order:
        return Order.one_time(
            reference,
            title=self.title,
            supplier=self.supplier_id,
            owner=self.owner_id,
            nature=self.nature_id,
            cost_center=self.cost_center_id,
            establishment=self.establishment_id,
            department=self.department_id,
            amount=self.amount,
            currency=self.currency,
            cost_date=self.cost_date,
            invoice_date=self.invoice_date,
        )


class OrderState(BaseModel):
    reference: str
    state: str
    note: str
    purchase_id: int | None
    decision: str | None
    decided_by: str | None


@app.put("/orders/{reference}", status_code=202)
async def submit(
    reference: Reference, new: NewOrder, service: Served, found: int | None = None, again: bool = False
) -> OrderState:
    """Submit an order. `found` and `again` are the answer of a person who looked for its purchase in Lucca."""
    orders, store = service
    try:
        order = new.order(reference)
        orders.check(order)
    except errors.InvalidArgument as error:
        raise HTTPException(422, str(error)) from None
    stored = await store.load(reference)
    try:
        if found is not None and (stored is None or stored.order.purchase_id != found):
            await orders.adopt(order, found, store=store)
        await orders.ensure(order, store, resubmit=again)
    except errors.OrderIncomplete as error:
        # The store has the reason. The order is accepted, and a person has to look for its purchase.
        if error.needs != "person":
            raise
    return await state(reference, service)


@app.get("/orders/{reference}")
async def state(reference: Reference, service: Served) -> OrderState:
    record = await service.store.load(reference)
    if record is None:
        raise HTTPException(404, f"There is no order {reference}.")
    order = record.order
    return OrderState(
        reference=record.reference,
        state=record.state,
        note=record.note,
        purchase_id=order.purchase_id,
        decision=order.decision,
        decided_by=order.decided_by,
    )


def status_of(error: errors.ProcurementError, cause: BaseException) -> int:
    match cause:
        case errors.Superseded():
            return 409
        case errors.InvalidArgument() if cause is error:
            # The order itself is valid. Another call works on it, or `found` is not its purchase.
            return 409
        case errors.InvalidArgument() | errors.BadRequest():
            return 422
        case errors.RateLimited():
            return 429
        case errors.NotSent() | errors.OutcomeUnknown() | errors.ServerError() | errors.StoreFailed():
            return 503
    return 503 if isinstance(error, errors.OrderIncomplete) and error.needs == "time" else 502


@app.exception_handler(errors.ProcurementError)
async def failed(_request: Request, error: errors.ProcurementError) -> JSONResponse:
    cause = (error.__cause__ if isinstance(error, errors.OrderIncomplete) else None) or error
    wait = getattr(cause, "retry_after", None)
    headers = {} if wait is None else {"Retry-After": f"{wait:.0f}"}
    return JSONResponse({"detail": str(cause)}, status_of(error, cause), headers)
