"""A worker in a process of its own: `python -m jobs.worker DATABASE URL KEY`. It runs until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import sys

from procrastinate import App, PsycopgConnector

import lucca_procurement.procrastinate as jobs
from lucca_procurement import LuccaProcurement
from lucca_procurement.stores import PostgresOrders

HEARTBEAT = 2.0
"""In seconds. Short, so that no test waits long for the death of a worker to be noticed."""
SETTLE = 1.0


async def main(database: str, url: str, key: str) -> None:
    """Run a worker. It queues a sweep often."""
    logging.basicConfig(level=logging.INFO)
    jobs.HEARTBEAT = HEARTBEAT
    app = App(connector=PsycopgConnector(conninfo=database))
    async with (
        app.open_async(),
        PostgresOrders(database) as store,
        LuccaProcurement(url, key, rate=None, settle=SETTLE) as lucca,
    ):
        tasks = jobs.register(app, lucca, store)

        async def sweep() -> None:
            while True:
                await tasks.sweep()
                await asyncio.sleep(0.5)

        sweeping = asyncio.create_task(sweep())
        try:
            await app.run_worker_async(
                queues=[tasks.queue],
                fetch_job_polling_interval=0.5,
                update_heartbeat_interval=0.5,
                stalled_worker_timeout=HEARTBEAT,
            )
        finally:
            sweeping.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
