"""A rate that several processes share, counted in Redis or PostgreSQL (extras `redis` and `postgres`).

    async with rates.RedisRate(url, "acme") as rate, LuccaProcurement(rate=rate) as lucca: ...

Both use the buckets of pyrate-limiter: a bucket is a sliding window with one entry for each request.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

from ._wire.retry import WINDOW
from .errors import ConfigurationError

if TYPE_CHECKING:
    from psycopg import Connection
    from pyrate_limiter import RateItem

__all__ = ("PostgresRate", "RedisRate")

_PATIENCE = 2.0
"""The seconds after which a server that does not answer is an error."""


class _SharedRate(ABC):
    """A window on a server. The subclasses connect to it, and ask it under their own lock.

    The window opens in the first `acquire`, and not in the constructor: a constructor must not block the event loop,
    and connections must not be inherited by forked processes.
    """

    _extra: str
    _modules: tuple[str, ...]

    def __init__(self, name: str, limit: int) -> None:
        if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9._-]{1,40}", name):
            raise ConfigurationError("name must be 1 to 40 characters: lower-case letters, digits, '.', '_' or '-'")
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise ConfigurationError("limit must be a number of requests per minute from 1")
        for module in self._modules:
            try:
                import_module(module)
            except ImportError as error:
                kind = type(self).__name__
                reason = f"{kind} needs the extra {self._extra}: install lucca-procurement[{self._extra}] ({error})"
                raise ConfigurationError(reason) from None
        self._name = name
        self._limit = limit
        self._window = WINDOW
        # pyrate-limiter types each method of a bucket as asynchronous or not. The buckets here are not.
        self._bucket: Any = None
        self._closed = False
        # A bucket remembers its last answer, so only one thread may use it.
        self._in_use = threading.Lock()
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    def __repr__(self) -> str:
        # Without the address, which may have a password.
        return f"{type(self).__name__}(name={self._name!r}, limit={self._limit})"

    async def acquire(self) -> None:
        """Wait until one more request may be sent.

        Raises an error of the server's client if the server cannot be reached. The next call tries again.
        """
        # A lock of asyncio serves its waiters in the order of arrival.
        async with self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            wait: float | None = 0.0
            while wait is not None:
                # Without this pause, the process that sent the last request often sends the next ones, too.
                await asyncio.sleep(wait + random.uniform(0.01, 0.05))
                wait = await asyncio.to_thread(self._take)

    async def aclose(self) -> None:
        """Close the connections. Close the clients that use the rate first."""
        await asyncio.to_thread(self._close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _take(self) -> float | None:
        """Take a place in the window, or return the seconds after which there may be one."""
        with self._in_use:
            if self._closed:
                raise ConfigurationError("the rate is closed")
            if self._bucket is None:
                self._bucket = self._open(
                    [import_module("pyrate_limiter").Rate(self._limit, round(self._window * 1000))]
                )
            item = self._put()
            if item is None:
                return None
            return float(max(0, self._bucket.waiting(item)) / 1000)

    def _close(self) -> None:
        with self._in_use:
            self._closed = True
            if self._bucket is not None:
                self._disconnect()
                self._bucket = None

    @abstractmethod
    def _open(self, rates: list[Any]) -> Any:
        """Connect to the server, and return the bucket."""

    @abstractmethod
    def _put(self) -> RateItem | None:
        """Put a request into the bucket, at the time of the server. Return the item if the window is full."""

    @abstractmethod
    def _disconnect(self) -> None:
        """Close the connections of the bucket."""


class RedisRate(_SharedRate):
    """At most `limit` requests in any minute from all processes that use the same Redis and the same name.

    A rate may be shared by several clients. Close it with `async with` or `aclose()`.

    Args:
        url: The URL of the Redis, such as `redis://localhost:6379/0`, `rediss://...` or `unix://...`.
        name: The name of the window: 1 to 40 lower-case letters, digits, `.`, `_` or `-`. Use one name per tenant. The
            key in Redis is `lucca-rate:` and the name.
        limit: Requests per minute. Lucca's limit of 50 applies to all integrations of a tenant together.

    Raises ConfigurationError if an argument is invalid, or if the extra `redis` is not installed.
    """

    _extra = "redis"
    _modules = ("pyrate_limiter", "redis")

    def __init__(self, url: str, name: str, *, limit: int = 50) -> None:
        super().__init__(name, limit)
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # One more try, at once: the server may have closed an idle connection.
        retry = Retry(NoBackoff(), 1)
        try:
            self._redis: Any = Redis.from_url(
                url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=retry
            )
        except (AttributeError, TypeError, ValueError):
            # Without the reason, which may contain the password.
            raise ConfigurationError("url cannot be read; it must be as redis://localhost:6379/0") from None

    def _open(self, rates: list[Any]) -> Any:
        from pyrate_limiter import RedisBucket

        return RedisBucket.init(rates, self._redis, f"lucca-rate:{self._name}")

    def _put(self) -> RateItem | None:
        from pyrate_limiter import RateItem
        from redis.exceptions import NoScriptError

        # The bucket counts no request with a later time than its own. Therefore one process at a time reads the clock
        # of Redis and puts its request. If a process is killed inside the lock, the others wait for at most 5 s.
        with self._redis.lock(f"lucca-rate:{self._name}:lock", timeout=5, blocking_timeout=10, sleep=0.01):
            seconds, microseconds = self._redis.time()
            item = RateItem("request", seconds * 1000 + microseconds // 1000)
            try:
                taken = self._bucket.put(item)
            except NoScriptError:
                # Redis has restarted, and lost the bucket's script.
                self._bucket = self._open(self._bucket.rates)
                taken = self._bucket.put(item)
        if not taken:
            return item
        self._bucket.leak(item.timestamp)
        return None

    def _disconnect(self) -> None:
        self._redis.close()


class PostgresRate(_SharedRate):
    """At most `limit` requests in any minute from all processes that use the same database and the same name.

    A rate may be shared by several clients. Close it with `async with` or `aclose()`.

    Args:
        conninfo: The connection string of the database, such as `postgresql://user@localhost/database`. The user needs
            the right to create a table.
        name: The name of the window: 1 to 40 lower-case letters, digits, `.`, `_` or `-`. Use one name per tenant. The
            table is `ratelimit___lucca_` and the name.
        limit: Requests per minute. Lucca's limit of 50 applies to all integrations of a tenant together.

    Raises ConfigurationError if an argument is invalid, or if the extra `postgres` is not installed.
    """

    _extra = "postgres"
    _modules = ("pyrate_limiter", "psycopg", "psycopg_pool")

    def __init__(self, conninfo: str, name: str, *, limit: int = 50) -> None:
        super().__init__(name, limit)
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        try:
            conninfo_to_dict(conninfo)
        except (AttributeError, TypeError, ProgrammingError):
            # Without the reason, which may contain the password.
            raise ConfigurationError(
                "conninfo cannot be read; it must be as postgresql://user@localhost/database"
            ) from None
        self._conninfo = conninfo

    def _open(self, rates: list[Any]) -> Any:
        from psycopg_pool import ConnectionPool
        from pyrate_limiter import PostgresBucket

        pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            self._conninfo,
            min_size=1,
            max_size=2,
            open=True,
            timeout=_PATIENCE,
            check=ConnectionPool.check_connection,
            # Without this, the pool waits longer after each failure, for up to 5 minutes. The server may be back long
            # before that.
            reconnect_timeout=0,
            configure=_use_utc,
        )
        try:
            return PostgresBucket(pool, f"lucca_{self._name}", rates)
        except BaseException:
            pool.close()
            raise

    def _put(self) -> RateItem | None:
        from pyrate_limiter import RateItem

        # The bucket's own clock is that of this machine if the database does not answer.
        with self._bucket.pool.connection() as connection:
            (now,) = connection.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").fetchone()
        item = RateItem("request", now)
        if not self._bucket.put(item):
            return item
        self._bucket.leak(item.timestamp)
        return None

    def _disconnect(self) -> None:
        self._bucket.close()


def _use_utc(connection: Connection[Any]) -> None:
    # The table has times without a zone: sessions of two zones would not count each other's requests.
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()
