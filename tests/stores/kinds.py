"""The kinds of stores that one suite tests, and the programs that use a store in another process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from lucca_procurement import errors
from lucca_procurement.stores import PostgresOrders, Record, SQLiteOrders, State

HOST = "example.ilucca.net"

Kind = Callable[[str], SQLiteOrders | PostgresOrders]
KINDS: dict[str, Kind] = {
    "sqlite": lambda address: SQLiteOrders(address, host=HOST),
    "postgres": lambda address: PostgresOrders(address, host=HOST),
}


async def race(store: SQLiteOrders | PostgresOrders) -> int:
    """Replace each waiting record once. Return how often another process was faster."""
    superseded = 0
    records = [record async for record in store.records(State.WAITING)]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

    async def replace(record: Record) -> bool:
        record.order.purchase_id = 1
        try:
            await store.replace(record, record.order)
        except errors.Superseded:
            return False
        return True

    for number in range(0, len(records), 8):
        done = await asyncio.gather(*(replace(record) for record in records[number : number + 8]))
        superseded += done.count(False)
    return superseded


async def lead(store: SQLiteOrders | PostgresOrders) -> int:
    """Hold the lead until the process is killed."""
    async with store.lead():
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
    return 0


async def add(store: SQLiteOrders | PostgresOrders) -> int:
    """Add orders without an end, and print the reference of each that is stored."""
    from support.ordering import order

    for number in range(1_000_000):
        record = await store.add(order(f"PO-{number}"))
        print(record.reference, flush=True)
    return 0


async def main(kind: str, address: str, act: str) -> None:
    """Open a store, and run one of the programs."""
    async with KINDS[kind](address) as store:
        print(await {"race": race, "lead": lead, "add": add}[act](store))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
