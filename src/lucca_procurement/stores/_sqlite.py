"""Orders in a SQLite file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from attrs import field, frozen

from ..errors import ConfigurationError, ProcurementError, StoreFailed, StoreInUse
from ._table import Table, versions_left

__all__ = ("SQLiteOrders",)

PATIENCE = 30.0
"""In seconds: how long a save waits for the saves of other processes."""
POLL = 0.5
"""In seconds. An import that waits for the lead asks again after this time."""
_MIGRATIONS = (
    """
    CREATE TABLE lucca_orders (
        host TEXT NOT NULL,
        key TEXT NOT NULL,
        reference TEXT NOT NULL,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,
        note TEXT NOT NULL,
        purchase_id INTEGER,
        source TEXT,
        stored TEXT NOT NULL,
        created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        PRIMARY KEY (host, key)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS lucca_uploads (
        host TEXT NOT NULL,
        digest TEXT NOT NULL,
        file_id TEXT NOT NULL,
        name TEXT NOT NULL,
        uploaded_at TEXT NOT NULL,
        PRIMARY KEY (host, digest)
    )
    """,
)
"""The statement with index n migrates a store of version n. An empty file has version 0."""
_HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'lucca_orders'"
_UNWRITABLE = ("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_READONLY")


@frozen(eq=False)
class _Job:
    """A statement to run."""

    statement: str
    values: Mapping[str, Any]
    rows: Future[Sequence[Any]] = field(factory=Future)

    @property
    def writes(self) -> bool:
        return not self.statement.lstrip().startswith("SELECT")


class SQLiteOrders(Table):
    """A store of orders in a SQLite file, for one machine. Close it with `async with` or `aclose()`.

    Every save is on the disk when it returns. Saves that wait at the same time share one transaction. A thread does the
    work, so that the event loop is never blocked. Other programs can read the file at any time.

    Args:
        path: The file, on a local disk. It is made at the first use, readable by its owner only. Its folder must exist.
        host: The host of the orders, such as `example.ilucca.net`. If it is None, the first client that uses the store
            sets it.

    A call raises ConfigurationError if the path is a folder, has no folder, or is a file of another program. It raises
    StoreFailed if the file cannot be opened.
    """

    _NOW = ":now"

    def __init__(self, path: str | os.PathLike[str], host: str | None = None) -> None:
        super().__init__(host)
        self._path = Path(path)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._file: tuple[int, int] | None = None
        """The device and the number of the opened file."""
        self._closed = False

    async def aclose(self) -> None:
        """Finish the saves that were requested, and close the file."""
        self._closed = True
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)

    @asynccontextmanager
    async def lead(self, wait: bool = False) -> AsyncIterator[None]:
        """Hold the lead while a block runs: one import at a time. When the process dies, the lead is free.

        It locks a file beside the store, because a lock on the store would block its readers.

        Args:
            wait: True to wait until the lead is free.

        Raises StoreInUse if another import has the lead, and `wait` is False. Raises ConfigurationError or StoreFailed
        if there can be no such file.
        """
        try:
            self._check_path()
            # A link to the store leads to the same lock.
            real = self._path.resolve()
            lock = os.open(real.with_name(f"{real.name}.lead"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            while not _lock(lock):
                if not wait:
                    raise StoreInUse(f"another import works on the store {self._path}")
                await asyncio.sleep(POLL)
            yield
        finally:
            os.close(lock)

    async def _execute(self, statement: str, values: Mapping[str, Any], done: str | None) -> Sequence[Any]:
        if self._closed:
            raise StoreFailed(f"the store {self._path} is closed")
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"lucca {self._path.name}", daemon=True)
            self._thread.start()
        now = datetime.now(UTC).isoformat(" ", "microseconds")
        job = _Job(statement, {**values, "now": now})
        self._jobs.put(job)
        try:
            return await asyncio.wrap_future(job.rows)
        except ProcurementError:
            raise
        except Exception as error:
            raise StoreFailed(f"the store {self._path} failed: {error}") from error

    def _work(self) -> None:
        connection: sqlite3.Connection | None = None
        while jobs := self._waiting():
            try:
                connection = connection or self._opened()
            except Exception as error:
                # An error that ended the thread would let all callers wait for ever.
                for job in jobs:
                    job.rows.set_exception(error)
            else:
                if self._is_gone():
                    for job in jobs:
                        job.rows.set_exception(OSError("its file was removed or replaced"))
                else:
                    _run(connection, jobs)
        if connection is not None:
            connection.close()

    def _waiting(self) -> list[_Job]:
        """Wait for a job, and return all that wait. Return none when the store is closed."""
        jobs = [self._jobs.get()]
        with suppress(Empty):
            while jobs[-1] is not None:
                jobs.append(self._jobs.get_nowait())
        if jobs[-1] is None and len(jobs) > 1:
            self._jobs.put(None)
        # A caller that was cancelled while it waited expects that nothing happens.
        begun = [job for job in jobs if job is not None and job.rows.set_running_or_notify_cancel()]
        return begun if begun or jobs[-1] is None else self._waiting()

    def _check_path(self) -> None:
        """Raise ConfigurationError if there can be no store at the path. Raises OSError if the path cannot be read."""
        path, folder = self._path, self._path.parent
        if path.is_dir():
            raise ConfigurationError(f"the store {path} is a folder: pass a file, such as {path / 'orders.sqlite'}")
        if path.exists() and not path.is_file():
            raise ConfigurationError(f"the store {path} is no file: pass another path")
        if not folder.is_dir():
            raise ConfigurationError(f"the store {path} has no folder: make the folder {folder}, or pass another path")

    def _unusable(self, error: Exception) -> ProcurementError:
        """Return the error of a store that cannot be opened."""
        kind = getattr(error, "sqlite_errorname", "")
        if kind == "SQLITE_NOTADB":
            return ConfigurationError(f"the store {self._path} is another kind of file: pass another path")
        failed = StoreFailed(f"the store {self._path} cannot be opened: {error}")
        if isinstance(error, OSError) or kind.startswith(_UNWRITABLE):
            failed.advice = (
                "This user must be able to write to the file and to its folder. Correct this, or pass another path."
            )
        return failed

    def _opened(self) -> sqlite3.Connection:
        try:
            self._check_path()
            return self._connected()
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def _connected(self) -> sqlite3.Connection:
        # Not opened if it exists: to close it would end the locks that SQLite holds on it in this process.
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
        try:
            self._file = _identity(self._path)
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _is_gone(self) -> bool:
        """Return True if the path does not lead to the opened file any more: SQLite would write to nothing."""
        try:
            return _identity(self._path) != self._file
        except OSError:
            return True

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if _version(connection) and not connection.execute(_HAS_TABLE).fetchone():
            raise ConfigurationError(f"the store {self._path} is the database of another program: pass another path")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if not versions_left(self._path, _version(connection), len(_MIGRATIONS)):
            return
        connection.execute("BEGIN IMMEDIATE")
        for version in versions_left(self._path, _version(connection), len(_MIGRATIONS)):
            connection.execute(_MIGRATIONS[version])
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _run(connection: sqlite3.Connection, jobs: Sequence[_Job]) -> None:
    """Run jobs in one transaction. If one fails, each is run by itself, so that it does not fail the others."""
    try:
        if any(job.writes for job in jobs):
            connection.execute("BEGIN IMMEDIATE")
        rows = [connection.execute(job.statement, job.values).fetchall() for job in jobs]
        if connection.in_transaction:
            connection.execute("COMMIT")
    except Exception as error:
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        if len(jobs) == 1:
            jobs[0].rows.set_exception(error)
            return
        for job in jobs:
            _run(connection, [job])
    else:
        for job, found in zip(jobs, rows, strict=True):
            job.rows.set_result(found)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        """Lock a file, and return True if no other process has locked it."""
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        """Lock a file, and return True if no other process has locked it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
