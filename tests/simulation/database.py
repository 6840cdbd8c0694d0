"""The database of the imports, in simulated time. It runs the SQL of the product's stores, and fails by chance."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Literal

import psycopg
from attrs import evolve, frozen

from lucca_procurement.errors import StoreFailed, StoreInUse
from lucca_procurement.stores import _sqlite
from lucca_procurement.stores._table import Table

from .chance import Chance
from .faults import Weather
from .loop import Loop
from .machines import Process
from .story import EPOCH, Story

__all__ = ("Condition", "Connection", "Database", "File")

KEEPALIVE = 25.0
"""The seconds until the server notices that a machine is gone."""
POLL = 0.5


@frozen(kw_only=True)
class Condition:
    """The condition of the database until the weather is clear."""

    kind: Literal["server", "file"]
    """A server that all machines reach, or a file."""
    slow: float
    """The most seconds that a statement takes."""
    fails: float
    """The probability that a statement fails and is not done, such as on a full disk."""
    cuts: float
    """The probability that a statement loses the connection, before or after it was done."""
    restarts: int
    """The number of restarts of the server."""
    ahead: float
    """The seconds by which its clock differs from the true time."""

    @classmethod
    def draw(cls, chance: Chance) -> Condition:
        """Return a condition by chance."""
        server = chance.happens(0.6)
        return cls(
            kind="server" if server else "file",
            slow=chance.choice((0.01, 0.01, 0.5, 4.0, 12.0)),
            fails=chance.choice((0.0, 0.0, 0.0, 0.05, 0.3)),
            cuts=chance.choice((0.0, 0.0, 0.05, 0.3)) if server else 0.0,
            restarts=chance.choice((0, 0, 0, 1, 2)) if server else 0,
            ahead=chance.choice((0.0, 0.0, 300.0, -3600.0)),
        )

    @classmethod
    def of_outage(cls, chance: Chance) -> Condition:
        """Return a condition by chance, of a database that works."""
        return evolve(cls.draw(chance), slow=0.01, fails=0.0, cuts=0.0, restarts=0)

    @property
    def faultless(self) -> bool:
        """True if no statement ever fails or takes long."""
        return not (self.fails or self.cuts or self.restarts or self.slow > 1.0)


@frozen
class _Fate:
    """The course of one statement."""

    work: float
    """The time of the work, in seconds after the statement was sent."""
    back: float
    """The seconds from the work to the answer."""
    survives: bool
    """True if the work is done although the connection ends before."""
    ending: Literal["rows", "failed", "cut before", "cut after"] = "rows"


Written = Callable[["Connection", str, float], object]
"""A function that is called when a row was written, with the key and the time when the statement was sent."""


class Database:
    """The table of the orders, the lead, and the connections of all processes."""

    def __init__(self, loop: Loop, story: Story, chance: Chance, weather: Weather, condition: Condition) -> None:
        self.loop = loop
        self.chance = chance
        self.condition = condition
        self.leader: Connection | None = None
        self.written: list[Written] = []
        self.answered: list[Callable[[Connection, str], object]] = []
        """Functions that are called when a process learns that its row was written."""
        self.superseded: list[Callable[[Connection, str], object]] = []
        """Functions that are called when a process learns that its row was not written, because of its version."""
        self._story = story
        self._weather = weather
        self._connections: list[Connection] = []
        self._back_at = 0.0
        self._running: Connection | None = None
        self._engines: list[sqlite3.Connection] = []
        self.engine = self._opened()
        for statement in _sqlite._MIGRATIONS:
            self.engine.execute(statement)

    def close(self) -> None:
        """Close the content and its copies. From Python 3.13 on, SQLite warns of a connection that nobody closed."""
        for engine in self._engines:
            engine.close()

    def now(self) -> str:
        """Return the time of the database's clock."""
        moment = EPOCH + self.loop.time() + self.condition.ahead
        return datetime.fromtimestamp(moment, UTC).isoformat(" ", "microseconds")

    # The server.

    async def connect(self, **_: object) -> Connection:
        """Connect the process that calls, in the place of `psycopg.AsyncConnection.connect`."""
        process = Loop.process.get()
        assert isinstance(process, Process)
        await asyncio.sleep(0.01)
        if process.ghost or self.loop.time() < self._back_at:
            raise psycopg.OperationalError("connection refused")
        return self.connected(process)

    def connected(self, process: Process) -> Connection:
        """Return a new connection of a process."""
        connection = Connection(self, process)
        self._connections.append(connection)
        return connection

    def restart(self) -> None:
        """Restart the server: all connections are lost, and nobody can connect for some time."""
        if self._weather.clear:
            return
        seconds = self.chance.choice((0.5, 5.0, 40.0, 90.0))
        self.note(f"restarts, for {seconds:g} s")
        self._story.count("store: servers restarted")
        self._back_at = self.loop.time() + seconds
        for connection in self._connections:
            connection.lose()

    # The content.

    def copy(self) -> sqlite3.Connection:
        """Return a copy of the content."""
        copied = self._opened()
        self.engine.backup(copied)
        return copied

    def replace(self, content: sqlite3.Connection | None) -> None:
        """Lose the content. Put a copy in its place, or nothing."""
        self.engine = content or self._opened()
        if content is None:
            for statement in _sqlite._MIGRATIONS:
                self.engine.execute(statement)

    def fate(self) -> _Fate:
        """Return the fate of the next statement, by chance."""
        chance, condition = self.chance, self.condition
        slow = 0.01 if self._weather.clear else condition.slow
        fate = _Fate(slow * chance.random(), slow * chance.random() / 4, chance.happens(0.5))
        if self._weather.clear:
            return fate
        if chance.happens(condition.fails):
            return evolve(fate, ending="failed")
        if chance.happens(condition.cuts):
            return evolve(fate, ending=chance.choice(("cut before", "cut after")))
        return fate

    def do(self, connection: Connection, statement: str, values: Mapping[str, Any], began: float) -> Sequence[Any]:
        """Run a statement of a connection, and return its rows."""
        self._running = connection
        rows = self.engine.execute(statement, values).fetchall()
        if rows and not statement.lstrip().startswith("SELECT"):
            for written in self.written:
                written(connection, values["key"], began)
        return rows

    # The lead.

    def take_lead(self, connection: Connection) -> bool:
        """Return True if the connection has the lead now."""
        if self.leader is None:
            self.leader = connection
            connection.process.note("has the lead")
        return self.leader is connection

    def free_lead(self, connection: Connection) -> None:
        """End the lead of a connection, if it has it."""
        if self.leader is connection:
            self.leader = None

    def _lock(self) -> bool:
        return self._running is not None and self.take_lead(self._running)

    def _unlock(self) -> bool:
        if self._running is not None:
            self.free_lead(self._running)
        return True

    def note(self, what: str) -> None:
        """Record an event of the database."""
        self._story.note(self.loop.time(), "database", what)

    def _opened(self) -> sqlite3.Connection:
        engine = sqlite3.connect(":memory:", isolation_level=None)
        self._engines.append(engine)
        engine.create_function("now", 0, self.now)
        engine.create_function("hashtextextended", 2, lambda text, seed: 0)
        engine.create_function("pg_try_advisory_lock", 1, lambda _: self._lock())
        engine.create_function("pg_advisory_unlock", 1, lambda _: self._unlock())
        return engine


class Connection:
    """The connection of a process. It has the methods of psycopg's that the product uses.

    A timer does the work of a statement, so the database can do it even if the process is killed meanwhile.
    """

    def __init__(self, database: Database, process: Process) -> None:
        self._database = database
        self._under_way: dict[asyncio.Future[Sequence[Any]], _Work] = {}
        self.process = process
        self.broken = self.closed = False
        process.at_end.append(self._die)

    async def execute(self, query: bytes, values: Mapping[str, Any]) -> _Cursor:
        """Run a statement in psycopg's form."""
        return _Cursor(await self.rows(re.sub(rb"%\((\w+)\)s", rb":\1", query).decode(), values))

    async def rows(self, statement: str, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run a statement, and return its rows. Raises psycopg.OperationalError if it fails."""
        database, loop = self._database, self._database.loop
        if self.broken or self.closed or self.process.ghost:
            raise psycopg.OperationalError("the connection is lost")
        answer: asyncio.Future[Sequence[Any]] = loop.create_future()
        fate, began = database.fate(), loop.time()

        def work() -> None:
            del self._under_way[answer]
            if fate.ending == "cut before":
                self.process.note("loses its connection to the database")
                self._end(answer)
                self.lose()
            elif fate.ending == "failed":
                self.process.note("its statement fails in the database")
                self._end(answer, psycopg.OperationalError("the disk is full"))
            else:
                rows = database.do(self, statement, values, began)
                if fate.ending == "cut after":
                    self.process.note("loses its connection to the database, after its statement was done")
                    self._end(answer)
                    self.lose()
                else:
                    loop.call_later(fate.back, self._end, answer, None, rows, context=loop.world.copy())

        def finish() -> None:
            database.do(self, statement, values, began)

        timer = loop.call_later(fate.work, work, context=loop.world.copy())
        self._under_way[answer] = _Work(timer, finish if fate.survives and fate.ending == "rows" else lambda: None)
        try:
            rows = await answer
        except asyncio.CancelledError:
            # A connection runs its statements one after the other, so this one must not come later.
            self._finish(answer)
            raise
        if "version" in values:
            writes = not statement.lstrip().startswith("SELECT")
            for told in database.answered if rows else database.superseded if writes else ():
                told(self, values["key"])
        return rows

    async def finished(self) -> None:
        """Wait until no statement is under way."""
        while self._under_way:
            await asyncio.wait([*self._under_way])

    async def close(self) -> None:
        """Close the connection."""
        self.closed = True
        self._database.free_lead(self)
        with suppress(ValueError):
            self.process.at_end.remove(self._die)

    def lose(self) -> None:
        """Lose the connection, as both sides notice at once."""
        if not self.broken:
            self.broken = True
            self._database.free_lead(self)
            for answer in [*self._under_way]:
                self._finish(answer)
                self._end(answer)

    def _die(self) -> None:
        """End the connection, because the process is killed. A server may notice that later, and goes on until then."""
        self.broken = True
        server = self._database.condition.kind == "server"
        if not server:
            for answer in [*self._under_way]:
                self._finish(answer)
        loop = self._database.loop
        late = server and (self._under_way or self._database.chance.happens(0.5))
        loop.call_later(KEEPALIVE if late else 0.0, self._database.free_lead, self, context=loop.world.copy())

    def _finish(self, answer: asyncio.Future[Sequence[Any]]) -> None:
        """Do the rest of a statement at once, or never."""
        if work := self._under_way.pop(answer, None):
            work.timer.cancel()
            work.finish()

    def _end(
        self,
        answer: asyncio.Future[Sequence[Any]],
        error: psycopg.Error | None = None,
        rows: Sequence[Any] | None = None,
    ) -> None:
        """Answer a statement, unless nobody waits for it any more. Without rows, the connection is lost."""
        if answer.done():
            return
        if rows is not None and not self.broken:
            answer.set_result(rows)
        else:
            answer.set_exception(error or psycopg.OperationalError("server closed the connection unexpectedly"))


@frozen
class _Work:
    """A statement under way."""

    timer: asyncio.TimerHandle
    finish: Callable[[], object]
    """Does the statement if it is done although the connection ends."""


@frozen
class _Cursor:
    """The result of a statement."""

    rows: Sequence[Any]

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows."""
        return self.rows


class File(Table):
    """A store in a file. The statements and the decisions are those of the product's stores."""

    _NOW = ":now"

    def __init__(self, database: Database, process: Process, host: str) -> None:
        super().__init__(host)
        self._database = database
        self._connection = database.connected(process)

    async def aclose(self) -> None:
        """Finish the statements under way, and close the file."""
        await self._connection.finished()
        await self._connection.close()

    @asynccontextmanager
    async def lead(self, wait: bool = False) -> AsyncIterator[None]:
        """Hold the lead while a block runs."""
        while not self._database.take_lead(self._connection):
            if not wait:
                raise StoreInUse("another import works on the store")
            await asyncio.sleep(POLL)
        try:
            yield
        finally:
            self._database.free_lead(self._connection)

    async def _execute(self, statement: str, values: Mapping[str, Any], done: str | None) -> Sequence[Any]:
        try:
            return await self._connection.rows(statement, {**values, "now": self._database.now()})
        except psycopg.Error as error:
            raise StoreFailed(f"the store failed: {error}") from error
