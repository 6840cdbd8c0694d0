"""A window in PostgreSQL for `SharedRate`."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool
from pyrate_limiter import PostgresBucket, Rate

from shared_rate import LIMIT, PATIENCE, WINDOW


def _in_utc(connection: Connection[Any]) -> None:
    # The table holds times without their zone: sessions of two zones would not see each other's requests.
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def in_postgres(conninfo: str, name: str, limit: int = LIMIT, window: float = WINDOW) -> PostgresBucket:
    """Give the window of that name, a table. It wants to be closed, or used by `with`. Raises psycopg's errors."""
    pool: ConnectionPool[Connection[Any]] = ConnectionPool(
        conninfo,
        min_size=1,
        max_size=2,
        open=True,
        timeout=PATIENCE,
        check=ConnectionPool.check_connection,
        # When the server is back, the next request shall find it: by itself the pool doubles its pauses for 5 minutes.
        reconnect_timeout=0,
        configure=_in_utc,
    )
    return PostgresBucket(pool, name, [Rate(limit, round(window * 1000))])
