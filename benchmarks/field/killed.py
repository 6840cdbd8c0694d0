"""One create in a process of its own, which `habits.py` kills: `python -m field.killed CLIENT URL DATABASE`."""

from __future__ import annotations

import asyncio
import sys

from field.clients import CLIENTS, KEY, OURS, sample_order
from lucca_procurement import LuccaProcurement
from lucca_procurement.stores import SQLiteOrders


async def main(name: str, url: str, database: str) -> None:
    """Create one object. If there is a database, this library keeps the order in it."""
    if name == OURS and database:
        async with SQLiteOrders(database) as store, LuccaProcurement(url, KEY, rate=None) as lucca:
            await lucca.orders.ensure(sample_order(), store)
        return
    await next(client for client in CLIENTS if client.name == name).create(url, None)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
