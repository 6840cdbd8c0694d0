"""Workers that signals end and stop again and again."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from attrs import define, field, frozen

from lucca_procurement import LuccaProcurement
from lucca_procurement._wire.settings import host_of
from lucca_procurement.stores import PostgresOrders, SQLiteOrders
from stores.proof.lucca import SEED, Counts, SlowLucca, answer, count, count_requests, say
from stores.proof.worker import SETTLE
from support import modules
from support.orders import CREATING, sample_order

LONGER = (1.0, 2.0)
"""The seconds by which a stop is longer than the settle time."""
TIME_LIMIT = 1200.0


@frozen
class Trial:
    """A run of workers that are hit by signals."""

    name: str
    kind: str
    """The name of the store, as `worker` knows it."""
    workers: int
    orders: int
    signal: signal.Signals
    blows: int

    @property
    def is_control(self) -> bool:
        return self.kind == "unversioned"


TRIALS = [
    Trial("3 workers on PostgreSQL, killed 25 times", "postgres", 3, 200, signal.SIGKILL, 25),
    Trial("1 import on SQLite, killed 25 times", "sqlite", 1, 200, signal.SIGKILL, 25),
    Trial("3 workers on PostgreSQL, paused 12 times", "postgres", 3, 400, signal.SIGSTOP, 12),
    Trial("2 imports without a lead on PostgreSQL", "postgres", 2, 200, signal.SIGKILL, 0),
    Trial("the control: the first trial without versions", "unversioned", 3, 200, signal.SIGKILL, 25),
]


@define
class Figures(Counts):
    """The counts of a trial."""

    trial: Trial = field(kw_only=True)
    blows: int = 0
    stopped: int = 0
    take_overs: list[float] = field(factory=list)


class Worker:
    """A worker in a process of its own. `is_busy` is true from its first save on, while it runs."""

    def __init__(self, run: _Run) -> None:
        self.is_busy = self.was_killed = False
        self.ended: asyncio.Task[None] | None = None
        self._run = run
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: object) -> None:
        """Start the process."""
        self._process = await asyncio.create_subprocess_exec(
            *modules.command("stores.proof.worker", *arguments),
            env=modules.environment(),
            stdout=asyncio.subprocess.PIPE,
        )
        self.ended = asyncio.create_task(self._follow(self._process))

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it still runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._run.saved(self, json.loads(line))
            self.is_busy = self.is_busy or not self._run.is_hit(self)
        self.is_busy = False
        if await process.wait() and not self.was_killed:
            self._run.figures.problems.append(f"a worker ended with {process.returncode}")


class _Run:
    """One trial while it runs."""

    def __init__(self, trial: Trial, emulator: SlowLucca, url: str, address: str, chance: random.Random) -> None:
        self.figures = Figures(trial=trial)
        self._trial = trial
        self._emulator = emulator
        self._arguments = (trial.kind, address, url, emulator.key, host_of(url))
        self._chance = chance
        self._workers: list[Worker] = []
        self._hit: set[Worker] = set()
        self._holder: dict[str, Worker] = {}
        """The worker that saved an open order last."""
        self._orphans: dict[str, tuple[Worker, float]] = {}
        """The worker that held an order when a signal hit it, and the time."""

    def is_hit(self, worker: Worker) -> bool:
        return worker in self._hit

    def saved(self, worker: Worker, line: tuple[str, bool] | None) -> None:
        """Note a save of a worker."""
        if line is None:
            self.figures.stopped += 1
            return
        reference, is_open = line
        if worker in self._hit:
            # The line was printed before the signal.
            return
        if reference in self._orphans:
            hit, since = self._orphans.pop(reference)
            # A worker that was paused may continue the order itself.
            if hit is not worker:
                self.figures.take_overs.append(time.monotonic() - since)
        if is_open:
            self._holder[reference] = worker
        else:
            self._holder.pop(reference, None)

    async def run(self) -> None:
        """Run the workers until no order is open."""
        started = time.monotonic()
        for _ in range(self._trial.workers):
            await self._start()
        striking = asyncio.create_task(self._strike())
        try:
            async with asyncio.timeout(TIME_LIMIT):
                while running := [each.ended for each in self._workers if each.ended and not each.ended.done()]:
                    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            self.figures.problems.append(f"not done after {TIME_LIMIT:g} s")
        finally:
            striking.cancel()
            for worker in self._workers:
                worker.was_killed = True
                worker.send(signal.SIGKILL)
            await asyncio.gather(*(each.ended for each in self._workers if each.ended))
        self.figures.seconds = time.monotonic() - started

    async def _start(self) -> None:
        worker = Worker(self)
        await worker.start(*self._arguments)
        self._workers.append(worker)

    async def _strike(self) -> None:
        """Hit a busy worker each time that the orders have got on by a part of their requests."""
        creates = self._trial.orders * len(CREATING)
        step = creates // (self._trial.blows + 2)
        resuming = set[asyncio.Task[None]]()
        for number in range(self._trial.blows):
            goal = step * number + self._chance.randrange(step)
            worker = await self._next_target(goal)
            self.figures.blows += 1
            now = time.monotonic()
            worker.is_busy = False
            self._hit.add(worker)
            if self._trial.signal is signal.SIGKILL:
                worker.was_killed = True
            worker.send(self._trial.signal)
            for reference in [each for each, holder in self._holder.items() if holder is worker]:
                self._orphans[reference] = (worker, now)
                del self._holder[reference]
            if self._trial.signal is signal.SIGKILL:
                await self._start()
            else:
                resuming.add(asyncio.create_task(self._resume(worker)))
        await asyncio.gather(*resuming)

    async def _next_target(self, creates: int) -> Worker:
        while True:
            if self._emulator.creates >= creates and (worker := self._target()):
                return worker
            await asyncio.sleep(0.002)

    def _target(self) -> Worker | None:
        """Return a busy worker. A pause needs another one that continues meanwhile."""
        busy = [each for each in self._workers if each.is_busy]
        return self._chance.choice(busy) if len(busy) > (self._trial.signal is signal.SIGSTOP) else None

    async def _resume(self, worker: Worker) -> None:
        await asyncio.sleep(SETTLE + self._chance.uniform(*LONGER))
        self._hit.discard(worker)
        worker.send(signal.SIGCONT)


async def run_trial(trial: Trial, address: str) -> Figures:
    """Run a trial on an empty store, let a person answer, and count."""
    chance = random.Random(f"{SEED} {trial.name}")
    emulator = SlowLucca(chance)
    async with (
        emulator.serve() as url,
        _store(trial, address, host_of(url)) as store,
        LuccaProcurement(url, emulator.key, rate=None, settle=SETTLE) as lucca,
    ):
        for number in range(trial.orders):
            await store.add(sample_order(f"PO-{number:03}", f"Order {number:03}"))
        run = _Run(trial, emulator, url, address, chance)
        await run.run()
        figures = run.figures
        count_requests(emulator, figures)
        emulator.faults.share = 0.0
        await answer(lucca, store, emulator, figures)
        records = [record async for record in store.records()]
        count(trial.orders, records, emulator, figures)
    say(f"done in {figures.seconds:.0f} s: {trial.name}")
    return figures


@asynccontextmanager
async def _store(trial: Trial, address: str, host: str) -> AsyncIterator[SQLiteOrders | PostgresOrders]:
    if trial.kind != "sqlite":
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS lucca_orders, lucca_orders_version, lucca_uploads")
    kind = SQLiteOrders if trial.kind == "sqlite" else PostgresOrders
    async with kind(address, host) as store:
        yield store


def failures(figures: Figures) -> list[str]:
    """Return what a trial did not keep. The control must fail."""
    if figures.trial.is_control:
        return [] if figures.duplicates else ["the control has no duplicates, so that the trials prove nothing"]
    found = list(figures.problems)
    if figures.duplicates or figures.lost:
        found.append(f"{figures.duplicates} duplicates, {figures.lost} lost")
    if figures.blows < figures.trial.blows:
        found.append(f"only {figures.blows} signals")
    return found
