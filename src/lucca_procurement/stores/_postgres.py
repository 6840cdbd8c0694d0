"""Orders in a PostgreSQL database."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, StoreFailed, StoreInUse
from ._table import Table, versions_left

if TYPE_CHECKING:
    import psycopg

__all__ = ("PostgresOrders", "check_loop")

POLL = 1.0
"""In seconds. A call that waits for the server, or an import that waits for the lead, asks again after this time."""
_SETTINGS: dict[str, Any] = {
    "application_name": "lucca-procurement",
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""The settings of the connection. Without the keepalives, a machine that died would keep the lead for hours."""
_MIGRATIONS = (
    """
    CREATE TABLE lucca_orders (
        host text NOT NULL,
        key text NOT NULL,
        reference text NOT NULL,
        version bigint NOT NULL,
        state text NOT NULL,
        note text NOT NULL,
        purchase_id bigint,
        source text,
        stored json NOT NULL,
        created_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (host, key)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS lucca_uploads (
        host text NOT NULL,
        digest text NOT NULL,
        file_id text NOT NULL,
        name text NOT NULL,
        uploaded_at timestamptz NOT NULL,
        PRIMARY KEY (host, digest)
    )
    """,
)
"""The statement with index n migrates a store of version n. A database without the tables has version 0."""
_VERSION_TABLE = "CREATE TABLE lucca_orders_version AS SELECT 0 AS version"
_LEAD = "SELECT pg_try_advisory_lock(hashtextextended('lucca_orders ' || :host, 0))"
_UNLOCK = _LEAD.replace("pg_try_advisory_lock", "pg_advisory_unlock")


class PostgresOrders(Table):
    """A store of orders in a PostgreSQL database, for several machines. Close it with `async with` or `aclose()`.

    It needs the extra `postgres`. It has one connection, and uses the clock of the database. If the connection is lost,
    such as by a restart of the server, each call waits until the server is back.

    Args:
        conninfo: The connection string or URL of the database, as psycopg takes it. The connection must be a session:
            pgbouncer in transaction mode does not hold the lead.
        host: The host of the orders, such as `example.ilucca.net`. If it is None, the first client that uses the store
            sets it.
        patience: The seconds for which a call waits for a server that is away.

    Raises ConfigurationError if psycopg is not installed, or if `conninfo` is no connection string. On Windows, a call
    raises it if the event loop is the default one.
    """

    _NOW = "now()"

    def __init__(self, conninfo: str, host: str | None = None, *, patience: float = 60.0) -> None:
        super().__init__(host)
        try:
            import psycopg.conninfo
        except ImportError:
            raise ConfigurationError("PostgresOrders needs psycopg: install lucca-procurement[postgres]") from None
        try:
            self._settings: dict[str, Any] = {**_SETTINGS, **psycopg.conninfo.conninfo_to_dict(conninfo)}
        except (psycopg.ProgrammingError, AttributeError, TypeError):
            # The text of the error may show the password.
            raise ConfigurationError("conninfo is no connection string of PostgreSQL") from None
        self._patience = patience
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._lost_at: float | None = None
        self._turn = asyncio.Lock()
        self._leads = self._taking_lead = False
        self._closed = False

    async def aclose(self) -> None:
        """Close the connection."""
        self._closed = True
        async with self._turn:
            await self._disconnect()

    @asynccontextmanager
    async def lead(self, wait: bool = False) -> AsyncIterator[None]:
        """Hold the lead of the host while a block runs: one import at a time. When the process dies, the lead is free.

        The lead is an advisory lock of the connection that saves. If the connection is lost and another import takes
        the lead, each further save raises StoreInUse.

        Args:
            wait: True to wait until the lead is free.

        Raises StoreInUse if another import has the lead, and `wait` is False. Raises StoreFailed if the store fails.
        """
        while not await self._take_lead():
            if not wait:
                raise StoreInUse(f"another import of {self.host} works on the store")
            await asyncio.sleep(POLL)
        try:
            yield
        finally:
            self._leads = False
            async with self._turn:
                await self._free_lead()

    async def _take_lead(self) -> bool:
        # The lock of a connection does not exclude the tasks that share it.
        if self._leads or self._taking_lead:
            return False
        self._taking_lead = True
        try:
            self._leads = bool((await self._run(_LEAD, {}))[0][0])
        finally:
            self._taking_lead = False
        return self._leads

    async def _free_lead(self) -> None:
        import psycopg

        if self._connection is not None:
            try:
                await _rows(self._connection, _UNLOCK, {"host": self.host})
            except psycopg.Error:
                # The end of the connection frees it as well.
                await self._disconnect()

    async def _execute(self, statement: str, values: Mapping[str, Any], done: str | None) -> Sequence[Any]:
        import psycopg

        lost = False
        async with self._turn:
            while True:
                try:
                    async with asyncio.timeout(self._patience):
                        connection = await self._connected()
                        rows = await _rows(connection, done, values) if lost and done else []
                        rows = rows or await _rows(connection, statement, values)
                except (psycopg.Error, TimeoutError) as error:
                    if not await self._may_return(error):
                        raise StoreFailed(f"the store failed: {type(error).__name__}: {error}") from error
                    lost = True
                    await asyncio.sleep(POLL)
                else:
                    self._lost_at = None
                    return rows

    async def _may_return(self, error: Exception) -> bool:
        """Return True if an error means that the server is away, and if it may still return in time."""
        connected = self._lost_at is not None or self._connection is not None
        alive = self._connection is not None and not self._connection.broken and not self._connection.closed
        if alive and not isinstance(error, TimeoutError):
            return False
        await self._disconnect()
        if not connected:
            # The settings may be wrong: no connection has succeeded yet.
            return False
        self._lost_at = self._lost_at or monotonic()
        return monotonic() - self._lost_at < self._patience

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        import psycopg

        if self._closed:
            raise StoreFailed("the store is closed")
        if self._connection is None:
            check_loop()
            # Prepared statements do not work behind every pooler.
            connection = await psycopg.AsyncConnection.connect(
                autocommit=True, prepare_threshold=None, **self._settings
            )
            try:
                await _prepare(connection)
                if self._leads:
                    await self._take_lead_again(connection)
            except BaseException:
                await connection.close()
                raise
            self._connection = connection
        return self._connection

    async def _take_lead_again(self, connection: psycopg.AsyncConnection[Any]) -> None:
        if not (await _rows(connection, _LEAD, {"host": self.host}))[0][0]:
            raise StoreInUse(f"another import of {self.host} took the lead while the connection was lost")

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def check_loop() -> None:
    """Raise ConfigurationError if psycopg cannot use the running event loop. This is the default one on Windows."""
    if sys.platform == "win32":
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if isinstance(loop, asyncio.ProactorEventLoop):
            raise ConfigurationError(
                "psycopg cannot use the default event loop of Windows: run the program in"
                " `with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner`, with runner.run(main())"
            )


async def _rows(connection: psycopg.AsyncConnection[Any], statement: str, values: Mapping[str, Any]) -> Sequence[Any]:
    query = re.sub(r":(\w+)", r"%(\1)s", statement)
    cursor = await connection.execute(query.encode(), values)
    return await cursor.fetchall()


async def _prepare(connection: psycopg.AsyncConnection[Any]) -> None:
    """Make or migrate the tables of a database, if this is necessary."""
    # An intent that a crash of the server loses could lead to a second purchase.
    await connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    name = connection.info.dbname
    if not versions_left(name, await _version(connection), len(_MIGRATIONS)):
        return
    # A lock inside the transaction would be too late: the transaction may not see what another one has just made.
    await connection.execute("SELECT pg_advisory_lock(hashtextextended('lucca_orders_version', 0))")
    async with connection.transaction():
        for version in versions_left(name, await _version(connection), len(_MIGRATIONS)):
            if version == 0:
                await connection.execute(_VERSION_TABLE)
            await connection.execute(_MIGRATIONS[version])
            await connection.execute("UPDATE lucca_orders_version SET version = %s", [version + 1])
    await connection.execute("SELECT pg_advisory_unlock(hashtextextended('lucca_orders_version', 0))")


async def _version(connection: psycopg.AsyncConnection[Any]) -> int:
    made = await connection.execute("SELECT to_regclass('lucca_orders_version') IS NOT NULL")
    if not (await made.fetchone() or (False,))[0]:
        return 0
    found = await connection.execute("SELECT max(version) FROM lucca_orders_version")
    return int((await found.fetchone() or (0,))[0])
