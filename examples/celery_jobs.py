"""A recipe for an existing Celery: `celery --app celery_jobs worker --beat`, and `place.delay("ERP-4711")`.

DATABASE_URL is the PostgreSQL of the store and the rate, and REDIS_URL the broker of Celery. Add an order to the store
before you queue its reference. The store decides what is open. A job too many is harmless.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

# Celery has no types, and the checkers also run without it.
from celery import Celery  # type: ignore[import-not-found,import-untyped,unused-ignore]  # pyright: ignore

from lucca_procurement import LuccaProcurement, errors, rates
from lucca_procurement.stores import PostgresOrders, State

STALE = timedelta(minutes=10)
"""The time after which an order without progress is queued again. It must be longer than the visibility timeout."""

app: Any = Celery("orders", broker=os.environ.get("REDIS_URL"))
app.conf.update(
    task_ignore_result=True,  # a result backend would store the errors
    task_acks_late=True,  # the job of a killed worker returns to the queue
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": 300},  # the default of an hour is the time of a take-over
    beat_schedule={
        "sweep": {"task": "orders.sweep", "schedule": 60.0},
        "refresh": {"task": "orders.refresh", "schedule": 900.0},
    },
)


class Process:
    """The client and the store of a worker's process. Celery is not asynchronous, so each process has a loop."""

    def __init__(self) -> None:
        # On Windows, psycopg needs this event loop. Elsewhere, it is the default.
        self._runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        self._runner.run(self._open())

    async def _open(self) -> None:
        stack = AsyncExitStack()
        database = os.environ["DATABASE_URL"]
        # A job loads its order before a client of the host uses the store.
        host = urlsplit(os.environ["LUCCA_BASE_URL"]).netloc
        self.store = await stack.enter_async_context(PostgresOrders(database, host))
        rate = await stack.enter_async_context(rates.PostgresRate(database, "orders"))
        self.lucca = await stack.enter_async_context(LuccaProcurement(rate=rate))

    def place(self, reference: str) -> errors.Needs | None:
        """Continue an order, and return the need of an order that stopped."""
        return self._runner.run(self._place(reference))

    def stale(self) -> list[str]:
        """Return the references of the orders that nobody continues."""
        return self._runner.run(self._stale())

    def refresh(self) -> None:
        """Read the decisions."""
        self._runner.run(self._refresh())

    async def _place(self, reference: str) -> errors.Needs | None:
        record = await self.store.load(reference)
        if record is None:
            return "correction"
        try:
            await self.lucca.orders.ensure(record, self.store)
        except errors.OrderIncomplete as error:
            return error.needs
        except errors.Superseded:
            return None  # another worker continues the order
        except (errors.StoreFailed, errors.InvalidArgument):
            return "time"
        return None

    async def _stale(self) -> list[str]:
        before = datetime.now(UTC) - STALE
        records = self.store.records(State.WAITING, State.SUBMITTING)
        return [record.reference async for record in records if record.changed_at < before]

    async def _refresh(self) -> None:
        await self.lucca.orders.refresh(self.store)


# After the fork of the worker: connections must not be inherited.
process = cache(Process)


def _place(task: Any, reference: str) -> None:
    if process().place(reference) == "time":
        raise task.retry(countdown=min(300, 15 * 2**task.request.retries), max_retries=20)


def _sweep() -> None:
    for reference in process().stale():
        place.delay(reference)


def _refresh() -> None:
    process().refresh()


place = app.task(name="orders.place", bind=True)(_place)
sweep = app.task(name="orders.sweep")(_sweep)
refresh = app.task(name="orders.refresh")(_refresh)
