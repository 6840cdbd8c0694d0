"""Orders in SQLite, for a `save` of your own. Every save checks that no other process has saved a newer version."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from lucca_procurement import Order, errors


class OrderStore:
    """A file of orders by their reference, each with the number of its version. Pass `save` to `orders.submit`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS orders (key TEXT PRIMARY KEY, version INTEGER NOT NULL, stored BLOB NOT NULL)"
        )
        self._versions: dict[str, int] = {}
        """The version of each order that this process loaded first, or stored last."""

    def save(self, order: Order) -> None:
        """Store an order. When this returns, it is on the disk. Raises Superseded if a newer version is stored."""
        # A thread is not necessary: this takes a few milliseconds, and no request may leave before it is done.
        known = self._versions.get(order.key, 0)
        changed = self._connection.execute(
            "INSERT INTO orders VALUES (:key, 1, :stored)"
            " ON CONFLICT (key) DO UPDATE SET version = version + 1, stored = :stored WHERE version = :known",
            {"key": order.key, "stored": order.to_json(), "known": known},
        ).rowcount
        if not changed:
            # The caller must load the order again.
            self._versions.pop(order.key, None)
            raise errors.Superseded(f"another process has stored the order {order.reference}")
        self._versions[order.key] = known + 1

    def load(self, reference: str) -> Order | None:
        """Return the order of a reference, None if there is none."""
        query = "SELECT version, stored FROM orders WHERE key = ?"
        row = self._connection.execute(query, (reference.lower(),)).fetchone()
        if row is None:
            return None
        order = Order.from_json(row[1])
        # Keep the version of the first load, so that an order in work does not overwrite the order of another process.
        self._versions.setdefault(order.key, row[0])
        return order

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()
