"""A worker of `stores.proof` in a process of its own: `python -m stores.proof.worker KIND ADDRESS URL KEY HOST`.

It submits every order of the store that is open, in the order of the store, until none is open. It prints a line of
JSON after each save: the reference, and whether the order is still open. A save that was stopped by its version is
printed as `null`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable

from attrs import evolve

from lucca_procurement import LuccaProcurement, Order
from lucca_procurement.errors import Needs, OrderIncomplete, Superseded
from lucca_procurement.stores import PostgresOrders, Record, SQLiteOrders, State
from lucca_procurement.stores._table import Table

SETTLE = 2.0
CONCURRENCY = 8
OPEN = (State.WAITING, State.SUBMITTING)


class _Printing(Table):
    async def replace(self, record: Record, order: Order, note: str = "", needs: Needs | None = None) -> Record:
        try:
            stored = await super().replace(record, order, note, needs)
        except Superseded:
            print("null", flush=True)
            raise
        print(json.dumps([stored.reference, stored.state in OPEN]), flush=True)
        return stored


class PrintingSQLite(_Printing, SQLiteOrders):
    """Prints its saves."""


class PrintingPostgres(_Printing, PostgresOrders):
    """Prints its saves."""


class Unversioned(PrintingPostgres):
    """The control: the last save wins, as in a store without versions."""

    async def replace(self, record: Record, order: Order, note: str = "", needs: Needs | None = None) -> Record:
        """Store a new state of an order, whatever another process has stored."""
        while True:
            try:
                return await super().replace(record, order, note, needs)
            except Superseded:
                current = await self.load(order.reference)
                assert current is not None
                record = evolve(record, version=current.version)


KINDS: dict[str, Callable[[str, str], PrintingSQLite | PrintingPostgres]] = {
    "sqlite": PrintingSQLite,
    "postgres": PrintingPostgres,
    "unversioned": Unversioned,
}


async def main(kind: str, address: str, url: str, key: str, host: str) -> None:
    """Submit the open orders of a store until none is open."""
    async with (
        KINDS[kind](address, host) as store,
        LuccaProcurement(url, key, rate=None, settle=SETTLE) as lucca,
    ):
        while orders := [record.order async for record in store.records(*OPEN)]:
            async for result in lucca.orders.submit_many(orders, CONCURRENCY, store=store):
                if result.error is not None and not isinstance(result.error, OrderIncomplete | Superseded):
                    raise result.error
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
