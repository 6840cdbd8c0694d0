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
from pathlib import Path
from typing import Annotated, TypedDict

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi import Path as PathPart
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from lucca_procurement import LuccaProcurement, Order, Step, errors
from order_store import OrderStore, corrected

logger = logging.getLogger(__name__)
PAUSE = 60.0
"""The seconds after an error until the service reads the decision again."""


class Service:
    """One client, one store, and a task for each order that waits. They live as long as the application."""

    def __init__(self, lucca: LuccaProcurement, store: OrderStore, tasks: asyncio.TaskGroup) -> None:
        self.orders = lucca.orders
        self.store = store
        self._tasks = tasks
        self._waiting: dict[str, asyncio.Task[None]] = {}

    async def submit(self, order: Order, found: int | None, again: bool) -> None:
        if found is not None and order.purchase_id is None:
            await self.orders.adopt(order, found)
            self.store.save(order)
        await self.orders.submit(order, save=self.store.save, resubmit=again)
        self.watch(order)

    def watch(self, order: Order) -> None:
        """Wait for the decision in the background, and store it."""
        if order.step is Step.SUBMITTED and order.decision is None and order.key not in self._waiting:
            self._waiting[order.key] = self._tasks.create_task(self._watched(order))

    async def _watched(self, order: Order) -> None:
        while order.decision is None:
            try:
                await self.orders.wait(order, timeout=None)
            except errors.OrderNotApproved:
                pass
            except errors.ProcurementError as error:
                logger.warning("%s: %s", order.reference, error)
                await asyncio.sleep(PAUSE)
        self.store.save(order)
        del self._waiting[order.key]

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
    step: str
    purchase_id: int | None
    decision: str | None
    decided_by: str | None


def state_of(order: Order) -> OrderState:
    return OrderState.model_validate(order, from_attributes=True)


@app.put("/orders/{reference}", status_code=202)
async def submit(
    reference: Reference, new: NewOrder, service: Served, found: int | None = None, again: bool = False
) -> OrderState:
    """Submit an order. `found` and `again` are the answer of a person who looked for its purchase in Lucca."""
    try:
        fresh = new.order(reference)
        service.orders.check(fresh)
    except errors.InvalidArgument as error:
        raise HTTPException(422, str(error)) from None
    stored = service.store.load(reference)
    order = corrected(stored, fresh) if stored else fresh
    await service.submit(order, found, again)
    return state_of(order)


@app.get("/orders/{reference}")
async def state(reference: Reference, service: Served) -> OrderState:
    order = service.store.load(reference)
    if order is None:
        raise HTTPException(404, f"There is no order {reference}.")
    return state_of(order)


STATUSES: dict[str, int] = {"time": 503, "correction": 422, "person": 504}
"""The status by the need of an order: PUT it again later, correct it, or have a person look in Lucca."""


def status_of(error: errors.ProcurementError) -> int:
    cause = error.__cause__
    if isinstance(error, errors.InvalidArgument | errors.Superseded) or isinstance(cause, errors.Superseded):
        # The request itself is valid. Its reference is used, or another call or process works on the order.
        return 409
    if not isinstance(error, errors.OrderIncomplete):
        return 502
    is_ours = error.needs == "correction" and not isinstance(cause, errors.BadRequest | errors.InvalidArgument)
    return 502 if is_ours else STATUSES[error.needs]


@app.exception_handler(errors.ProcurementError)
async def failed(_request: Request, error: errors.ProcurementError) -> JSONResponse:
    cause = error.__cause__ if isinstance(error, errors.OrderIncomplete) else None
    wait = getattr(cause, "retry_after", None)
    headers = {} if wait is None else {"Retry-After": f"{wait:.0f}"}
    detail = f"{error} {cause}" if cause else str(error)
    return JSONResponse({"detail": detail}, status_of(error), headers)
