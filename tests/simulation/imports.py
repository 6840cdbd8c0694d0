"""The imports: processes on several machines that place the same orders by one store of the product."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from attrs import define, field, frozen

from lucca_procurement import LuccaProcurement, Order, Step, errors
from lucca_procurement._ordering.registry import Registry
from lucca_procurement._ordering.stopped import concerns_all
from lucca_procurement.orders import Entry, Result
from lucca_procurement.stores import PostgresOrders, State

from .caller import ROUNDS, Caller, Next
from .chance import Chance
from .database import Connection, Database, File
from .ledger import Ledger
from .machines import Process
from .people import LATEST_DECISION
from .traits import SETTLE

__all__ = ("Imports", "Routine")

Store = PostgresOrders | File
PASSES = 4
Loss = Literal["none", "deleted", "older copy"]
OF_THE_STORE = (errors.Superseded, errors.StoreFailed, errors.StoreInUse)


@frozen(kw_only=True)
class Routine:
    """The way in which the processes use the store in one run."""

    leads: bool
    """True if each process takes the lead before it works."""
    refreshes: bool
    """True if each process reads the decisions."""
    corrects: bool
    """True if somebody corrects the orders, and some processes have the old ones."""
    stalls: float
    """The probability that a process is paused between the check of a create and its send."""
    loss: Loss
    """The fate of the store when all processes have ended. Then they begin again."""

    @classmethod
    def draw(cls, chance: Chance) -> Routine:
        """Return a routine by chance."""
        losses: tuple[Loss, ...] = ("none", "none", "none", "deleted", "older copy", "older copy")
        loss = chance.choice(losses)
        return cls(
            leads=chance.happens(0.3),
            refreshes=chance.happens(0.5),
            # A corrected order is not the one that an order of a lost store has in Lucca.
            corrects=loss == "none" and chance.happens(0.2),
            stalls=chance.choice((0.0, 0.0, 0.1, 0.5)),
            loss=loss,
        )


@define(eq=False)
class Imports(Caller[Store]):
    """A program that calls `ensure`, `submit_many` and `refresh` with a store."""

    database: Database = field(kw_only=True)
    ledger: Ledger = field(kw_only=True)
    routine: Routine = field(kw_only=True)
    _placed: set[tuple[Process, str]] = field(factory=set, init=False)
    """The orders that a process has seen submitted."""
    _returned: dict[Process, set[str]] = field(factory=dict, init=False)
    """The orders whose decisions the passes of a process have returned."""
    _copy: sqlite3.Connection | None = field(default=None, init=False)

    async def misbehave(self) -> None:
        for _ in range(self.database.condition.restarts):
            self.loop.call_at(self.chance.uniform(0.0, 40.0), self.database.restart)
        loss = self.routine.loss
        if loss == "older copy":
            self._plan_copy()
        await super().misbehave()
        if loss != "none":
            # A request that was sent less than the settle time ago may not show yet.
            await asyncio.sleep(SETTLE)
            self.database.note("is lost" if self._copy is None else "is replaced by an older copy")
            self.story.count(f"store: {'lost' if self._copy is None else 'replaced by an older copy'}")
            self.database.replace(self._copy)
            self.ledger.forget()
            self.finished.clear()
            await super().misbehave()

    def _plan_copy(self) -> None:
        left = self.chance.randrange(1, 6 * len(self.orders))

        def written(connection: Connection, key: str, began: float) -> None:
            nonlocal left
            left -= 1
            if not left:
                self.database.note("is copied")
                self._copy = self.database.copy()

        self.database.written.append(written)

    # In a process.

    def _host(self, process: Process) -> str:
        # The host belongs to the key of a record, so the processes share it. Each has a registry of its own.
        Registry.forget_all()
        return f"imports.r{self.run_number}.sim"

    @asynccontextmanager
    async def _store(self, process: Process) -> AsyncIterator[Store]:
        host = self._host(process)
        server = self.database.condition.kind == "server"
        store = PostgresOrders("dbname=orders", host) if server else File(self.database, process, host)
        async with store:
            yield store

    async def _work(self, process: Process) -> None:
        process.stall = self._stall
        async with self._store(process) as store, self._client(process) as lucca:
            if not self.routine.leads:
                await self._place_all(process, lucca, store)
                return
            try:
                async with store.lead(wait=self.chance.happens(0.8)):
                    self.ledger.leads.add(process)
                    try:
                        await self._place_all(process, lucca, store)
                    finally:
                        self.ledger.leads.discard(process)
            except errors.ProcurementError as error:
                process.note(f"has no lead: {type(error).__name__}")

    def _stall(self, operation: str) -> float:
        if self.weather.clear or not self.chance.happens(self.routine.stalls):
            return 0.0
        self.story.count("program: processes paused between the check and the send of a request")
        return self.chance.choice((1.0, 10.0, 40.0, 120.0))

    async def _place_all(self, process: Process, lucca: LuccaProcurement, store: Store) -> None:
        if self.manner.many:
            await self._import(process, lucca, store)
        await asyncio.gather(
            *(
                self._carry(process, lucca, store, key, self._load(store, key), self.manner.attempts)
                for key in self.orders
            ),
            self._watch(process, lucca, store),
        )

    def _load(self, keeper: Store, key: str) -> Order:
        wanted = self.orders[key]
        corrected = wanted.correction is not None and self.chance.happens(0.5)
        return (wanted.correction if wanted.correction and corrected else wanted).order()

    def _is_over(self, process: Process, order: Order) -> bool:
        return (process, order.key) in self._placed

    async def _import(self, process: Process, lucca: LuccaProcurement, store: Store) -> None:
        """Place all orders by one call of `submit_many`."""
        given = {key: self._load(store, key) for key in self.orders}

        async def consume() -> None:
            entries: list[Entry] = [(order, f"orders.csv:{line}") for line, order in enumerate(given.values(), 2)]
            if self.chance.happens(0.2):
                entries = [record async for record in store.records()]
            async for result in lucca.orders.submit_many(entries, self.manner.many, store=store):
                self._take(process, given, result, is_record=not isinstance(entries[0], tuple))

        task = self._call(process, consume(), given)
        try:
            await task
        except asyncio.CancelledError:
            process.note("the import was cancelled")
            self._check_cancellation(process, task, given)
        except errors.ProcurementError as error:
            process.note(f"the import ends: {type(error).__name__}")
        except Exception as error:
            self._raw(process, error)
        self._over(process, task, given)
        if self.manner.meets_outage and not self.weather.outage_does:
            begin, end = self.weather.outage or (0.0, 0.0)
            stored = [entry.order for key in self.orders if (entry := self.ledger.entry(key)) is not None]
            self.invariants.check_doubts(stored, self.manner.many, end - begin)

    def _take(self, process: Process, given: dict[str, Order], result: Result, *, is_record: bool) -> None:
        key, error, record = result.order.key, result.error, result.record
        if error is None and record is not None:
            self._placed.add((process, key))
            if not is_record:
                self.ledger.check_returned(given[key], record)
        begun = "was not begun" not in str(error)
        if isinstance(error, errors.OrderIncomplete) and record is not None and begun:
            cause = error.__cause__
            if not isinstance(cause, OF_THE_STORE):
                for_all = isinstance(cause, errors.ProcurementError) and concerns_all(cause)
                self.ledger.check_stopped(key, record.version, error.needs, for_all=for_all)
        self._result(process, result.order, error)

    async def _submit(self, process: Process, lucca: LuccaProcurement, keeper: Store, order: Order, how: Next) -> Order:
        if how.adopt is not None:
            found = await keeper.load(order.reference)
            if found is not None and found.order.step is Step.PURCHASE:
                await keeper.replace(found, await lucca.orders.adopt(found.order, how.adopt))
                self.story.count("program: purchases adopted on the word of a person")
        if how.resubmit:
            self.invariants.created_again.add(order.key)
        self.story.count("program: submits with resubmit", how.resubmit)
        record = await lucca.orders.ensure(order, keeper, how.resubmit)
        self._placed.add((process, order.key))
        self.ledger.check_returned(order, record)
        return record.order

    async def _watch(self, process: Process, lucca: LuccaProcurement, store: Store) -> None:
        """Read the decisions again and again, while orders are placed and after it."""
        for _ in range(PASSES if self.routine.refreshes else 0):
            await asyncio.sleep(self.chance.choice((0.0, 5.0, 60.0)))
            await self._refresh(process, lucca, store)

    async def _refresh(self, process: Process, lucca: LuccaProcurement, store: Store) -> bool:
        """Make a pass over the undecided orders, and check the decisions. Return whether it succeeded."""
        returned = self._returned.setdefault(process, set())

        async def refresh() -> None:
            for record in await lucca.orders.refresh(store):
                returned.add(record.order.key)
                self.story.count("store: decisions that passes returned")
                if record.state is not State(str(record.order.decision)):
                    self._violate(f"a pass returns {record.reference} as {record.state}")

        task = self._call(process, refresh(), {})
        self.story.count("store: passes over the undecided orders")
        try:
            await task
        except asyncio.CancelledError:
            process.note("the pass was cancelled")
        except errors.ProcurementError as error:
            process.note(f"the pass ends: {type(error).__name__}")
        except Exception as error:
            self._raw(process, error)
        else:
            self.ledger.check_refreshed(process, returned)
            return True
        return False

    # After the weather has cleared.

    async def _finish(self, process: Process) -> None:
        self.ledger.alone = False
        async with self._store(process) as store, self._client(process) as lucca:
            await asyncio.gather(*(self._end(process, lucca, store, key) for key in self.orders))
            if self.routine.refreshes:
                await asyncio.sleep(LATEST_DECISION + SETTLE)
                if await self._refresh(process, lucca, store):
                    self._check_all_decided()

    async def _end(self, process: Process, lucca: LuccaProcurement, store: Store, key: str) -> None:
        self.finished.discard(key)
        await self._carry(process, lucca, store, key, self._load(store, key), ROUNDS)
        if key in self.finished:
            sent = self.invariants.sends[key]
            try:
                await lucca.orders.ensure(self._load(store, key), store)
            except errors.ProcurementError as error:
                self._violate(f"{key} is submitted, and cannot be ensured again: {type(error).__name__}")
            if self.invariants.sends[key] != sent:
                self._violate(f"{key} is submitted, and is sent again")
            return
        self.story.count("order: stopped, because of what a person did or Lucca did not show")
        if not self._may_fail(key):
            self._violate(f"{key} never reaches its end: {self.last_errors.get(key)}")

    def _check_all_decided(self) -> None:
        """Check that a pass has read each decision that Lucca shows."""
        for key in self.finished - self.invariants.crossed_orders:
            entry, own = self.ledger.entry(key), self.invariants.purchases_of(key)
            decided = len(own) == 1 and own[0].state in ("Ongoing", "Denied", "Cancelled", "Closed")
            if decided and entry is not None and entry.state is State.SUBMITTED:
                self._violate(f"{key} is {own[0].state} in Lucca, and submitted in the store")

    def _violate(self, what: str) -> None:
        self.story.violate(self.loop.time(), what)
