"""Orders as jobs on several machines: `order_jobs.py add ORDERS.json`, and `order_jobs.py work` on each machine.

DATABASE_URL is the PostgreSQL of the store, the queue and the rate. The client reads LUCCA_BASE_URL and LUCCA_API_KEY.
Create the tables of the queue once, by `order_jobs.py setup`. ORDERS.json is a list of orders, as from `Order.to_dict`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from procrastinate import App, PsycopgConnector

from lucca_procurement import LuccaProcurement, Order, rates
from lucca_procurement.procrastinate import Tasks, register
from lucca_procurement.stores import PostgresOrders


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[App, PostgresOrders, Tasks]]:
    """Open the queue, the store, the shared rate and the client."""
    database = os.environ["DATABASE_URL"]
    app = App(connector=PsycopgConnector(conninfo=database))
    async with (
        app.open_async(),
        PostgresOrders(database) as store,
        rates.PostgresRate(database, "orders") as rate,
        LuccaProcurement(rate=rate) as lucca,
    ):
        yield app, store, register(app, lucca, store)


def orders_of(file: str) -> list[Order]:
    return [Order.from_dict(row) for row in json.loads(Path(file).read_text(encoding="utf-8"))]


async def main(command: str, *files: str) -> None:
    """Run a command."""
    async with opened() as (app, store, tasks):
        match command, files:
            case "setup", ():
                await app.schema_manager.apply_schema_async()
            case "work", ():
                await app.run_worker_async(queues=[tasks.queue])
            case "add", (file,):
                for number, order in enumerate(orders_of(file), 1):
                    record = await store.add(order, source=f"{file}:{number}")
                    if record.differences:
                        print(f"{order.reference} was already sent: {'; '.join(record.differences)}", file=sys.stderr)
                    await tasks.place(record.reference)
            case _:
                sys.exit(__doc__)


if __name__ == "__main__":
    # On Windows, psycopg needs this event loop. Elsewhere, it is the default.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(main(*sys.argv[1:] or ["help"]))
