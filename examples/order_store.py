"""Orders in SQLite, as the other examples keep them. One process at a time: two would submit the same order twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from lucca_procurement import Order
from lucca_procurement.order import Step


class StoreInUse(Exception):
    """Another process has the store open."""


class OrderStore:
    """A file of orders by their reference. `save` is what `orders.submit` wants. Raises StoreInUse."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            # Held until the process ends, however it ends.
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("BEGIN EXCLUSIVE")
            self._connection.execute("CREATE TABLE IF NOT EXISTS orders (reference TEXT PRIMARY KEY, stored BLOB)")
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise StoreInUse(f"{path} cannot be used ({error}): is another process at it?") from None

    def save(self, order: Order) -> None:
        """Store an order, on the disk when this returns."""
        # Without a thread: it takes a few milliseconds, and no request may leave before it is done.
        self._connection.execute("REPLACE INTO orders VALUES (?, ?)", (order.reference, order.to_json()))

    def load(self, reference: str) -> Order | None:
        """Give the order of a reference, None if there is none."""
        row = self._connection.execute("SELECT stored FROM orders WHERE reference = ?", (reference,)).fetchone()
        return row and Order.from_json(row[0])

    def __iter__(self) -> Iterator[Order]:
        rows = self._connection.execute("SELECT stored FROM orders ORDER BY rowid").fetchall()
        return (Order.from_json(stored) for (stored,) in rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()


def is_fixed(stored: Order) -> bool:
    """Tell whether an order can be corrected no more: it is submitted, or looked for by what was sent of it."""
    return stored.step is Step.SUBMITTED or stored.doubt is not None


def corrected(stored: Order, fresh: Order) -> Order:
    """Give `fresh`, which says what to create by now, with what was created of it already."""
    fresh.step, fresh.purchase_id, fresh.commitment_id = stored.step, stored.purchase_id, stored.commitment_id
    return fresh
