"""Imports that signals end and stop again and again, over HTTP. Writes the page `docs/imports-proof.md`.

`make imports-proof` writes it; `test_proof` checks the figures of another run.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from attrs import define, field, frozen
from starlette.types import Message, Receive, Scope, Send

from lucca_procurement import LuccaProcurement
from lucca_procurement._wire.settings import host_of
from lucca_procurement.emulator import Emulator
from lucca_procurement.emulator.faults import KINDS, Fault, Faults
from lucca_procurement.errors import ProcurementError
from lucca_procurement.stores import PostgresOrders, Record, SQLiteOrders, State
from stores.proof_worker import CONCURRENCY, SETTLE
from support import modules
from support.careful_caller import Books
from support.databases import PostgresServer, serving
from support.folders import DOCS
from support.orders import CREATING, sample_order

PAGE = DOCS / "imports-proof.md"

SHARE = 0.12
"""The part of the requests that meets a fault."""
FAULTS = {"commit-then-drop": 2, "500-after-commit": 1, "drop": 1, "503": 1}
"""The faults and how often each is met, compared with the others."""
LATENCY = 0.12
"""The most seconds from the arrival of a request until its work is done, and from then until its answer."""
LONGER = (1.0, 2.0)
"""The seconds by which a stop is longer than the settle time."""
TIME_LIMIT = 400.0
SEED = 20261129


@frozen
class Trial:
    """A run of workers that are hit by signals."""

    name: str
    kind: str
    """The name of the store, as `proof_worker` knows it."""
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
    Trial("the control: the first trial without versions", "unversioned", 3, 200, signal.SIGKILL, 25),
]


@define
class Figures:
    """What was counted on the server and in the store."""

    trial: Trial
    blows: int = 0
    duplicates: int = 0
    lost: int = 0
    persons: int = 0
    created_again: int = 0
    sent_twice: int = 0
    stopped: int = 0
    requests: int = 0
    reads: int = 0
    take_overs: list[float] = field(factory=list)
    seconds: float = 0.0
    problems: list[str] = field(factory=list)


class _Chance(Faults):
    """Lets a part of all requests meet a fault."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(frozenset(CREATING))
        self.share = SHARE
        self._chance = chance

    def meet(self, operation: str) -> Fault | None:
        if self._chance.random() >= self.share:
            return None
        (name,) = self._chance.choices([*FAULTS], [*FAULTS.values()])
        return Fault(operation, name, options=dict(KINDS[name].options))


class SlowLucca(Emulator):
    """An emulator with faults and latency. A request that has arrived is done, even if its sender has died."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(rate=None, approve="manual")
        self.faults: _Chance = _Chance(chance)
        self.creates = 0
        """The number of requests so far that create."""
        self._chance = chance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        arrived: list[Message] = [await receive()]
        while arrived[-1].get("more_body"):
            arrived.append(await receive())
        self.creates += scope["method"] == "POST"
        arrived.reverse()

        async def replay() -> Message:
            return arrived.pop() if arrived else await receive()

        async def send_late(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(self._chance.uniform(0.0, LATENCY))
            await send(message)

        await asyncio.sleep(self._chance.uniform(0.0, LATENCY))
        await super().__call__(scope, replay, send_late)


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
            *modules.command("stores.proof_worker", *arguments),
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
        self.figures = Figures(trial)
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
        figures.requests = len(emulator.log)
        figures.reads = sum(entry.method == "GET" for entry in emulator.log)
        emulator.faults.share = 0.0
        await _answer(lucca, store, emulator, figures)
        records = [record async for record in store.records()]
    _count(records, emulator, figures)
    return figures


@asynccontextmanager
async def _store(trial: Trial, address: str, host: str) -> AsyncIterator[SQLiteOrders | PostgresOrders]:
    if trial.kind != "sqlite":
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS lucca_orders, lucca_orders_version, lucca_uploads")
    kind = SQLiteOrders if trial.kind == "sqlite" else PostgresOrders
    async with kind(address, host) as store:
        yield store


async def _answer(
    lucca: LuccaProcurement, store: SQLiteOrders | PostgresOrders, emulator: SlowLucca, figures: Figures
) -> None:
    """Be the person: look in Lucca for each order that needs it, and answer truthfully."""
    purchases: dict[str, int] = {}
    for purchase in emulator.created():
        purchases.setdefault(_reference(purchase), purchase["id"])
    records = [record async for record in store.records(State.NEEDS_A_LOOK)]
    figures.persons = len(records)

    async def answer(record: Record) -> None:
        order, found = record.order, purchases.get(record.reference)
        figures.created_again += found is None
        try:
            if found is not None and order.purchase_id is None:
                record = await store.replace(record, await lucca.orders.adopt(order, found))
            await lucca.orders.ensure(record.order, store, resubmit=True)
        except ProcurementError as error:
            figures.problems.append(f"{record.reference}: {error!r} from {error.__cause__!r}")

    await asyncio.gather(*map(answer, records))


def _count(records: Sequence[Record], emulator: SlowLucca, figures: Figures) -> None:
    counted = Counter(map(_reference, emulator.created()))
    books = Books(emulator)
    figures.duplicates = sum(count - 1 for count in counted.values())
    figures.sent_twice = sum(entry.operation in CREATING[1:] and entry.status == 409 for entry in emulator.log)
    for record in records:
        # The control has orders with several purchases. They are not lost.
        if record.state is not State.SUBMITTED or not counted[record.reference]:
            figures.lost += 1
            figures.problems.append(f"{record.reference} is {record.state}: {record.note}")
        elif counted[record.reference] == 1 and not books.hold(record.order):
            figures.problems.append(f"{record.reference} is not whole")


def _reference(purchase: dict[str, Any]) -> str:
    return str(purchase["title"]).partition("]")[0].removeprefix("[")


def run(trials: Sequence[Trial] = TRIALS) -> list[Figures]:
    """Run trials, and return their figures."""
    with serving(PostgresServer) as server, tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(trials, server.address, str(Path(folder, "orders.sqlite"))))


async def _run(trials: Sequence[Trial], postgres: str, sqlite: str) -> list[Figures]:
    async def lane(trials: Sequence[Trial], address: str) -> list[Figures]:
        return [await run_trial(each, address) for each in trials]

    # The trials on PostgreSQL share a table. The one on SQLite waits most of the time, so it runs beside them.
    alone = [each for each in trials if each.kind == "sqlite"]
    others = [each for each in trials if each.kind != "sqlite"]
    lanes = await asyncio.gather(lane(alone, sqlite), lane(others, postgres))
    return sorted((each for found in lanes for each in found), key=lambda each: trials.index(each.trial))


TEXT = """\
# Imports that are killed: the proof

`make imports-proof` ran {orders} orders and wrote this page. A slow test repeats the trials with fewer orders and
signals.

Everything is real but Lucca: processes, signals, HTTP, SQLite and PostgreSQL. Lucca is the [emulator](emulator.md).
Each request takes up to {latency:g} s, and {share:g} % of the requests that reach it meet a fault:
{faults}. The settle time is {settle:g} s.

Each worker submits all orders of the store, in the same order as the others, {concurrency} at a time. No lead and no
queue keeps the workers apart: only the versions of the store do. A killed worker is replaced at once. A paused one
(SIGSTOP) continues {shortest:g} to {longest:g} s later, which is longer than the settle time. The others go on.

At the end, a person answers for each order that needs it: truthfully, after a look in Lucca.

{table}

- **Duplicate purchases** are counted on the server, by the references in the titles.
- **Lost orders** are not submitted, or have no purchase, after the person has answered.
- **Orders that need a person**: the worker died or the request failed before the purchase was created. Lucca does not
  have it when the settle time is over, and the import does not create a purchase again by itself.
- **Later steps sent twice**: a commitment or a request for approval that was already there. The emulator refuses each
  of them with 409. Our assumption ([second-commitment](assumptions.md#second-commitment)); Lucca does not document it.
- **Saves that a version stopped**: another worker had stored a newer state. A worker sends no request whose intent it
  could not store.
- **Take-over**: from the signal until another worker saves an order that the worker had in hand. An order with a
  request in doubt waits for the settle time first, and waits again if the next worker is killed, too.
  A worker looks for open orders at the end of its list, so an order that it has passed waits longer.

The last column is the control: the same run on a store in which the last save wins. Without its duplicates, the other
columns would prove nothing.

## The case that cannot be excluded

A process that is paused between its check and its send, for longer than the settle time plus a take-over, can still
send. There is then a second purchase only if a person had it created again in the meantime. For the other two steps,
all depends on Lucca refusing a second one.
Our assumption ([second-request](assumptions.md#second-request)); Lucca does not document it.
These runs do not aim at that moment.
[Several machines](several-machines.md#the-case-that-cannot-be-excluded) describes it.

A power cut, a network partition and the failover to a replica were not tried.
"""


def page(results: Sequence[Figures]) -> str:
    """Return the text of the page."""
    rows: list[tuple[str, Callable[[Figures], object]]] = [
        ("orders", lambda each: each.trial.orders),
        ("kills or pauses", lambda each: each.blows),
        ("**duplicate purchases**", lambda each: f"**{each.duplicates}**"),
        ("**lost orders**", lambda each: f"**{each.lost}**"),
        ("orders that need a person", lambda each: each.persons),
        ("later steps sent twice, and refused", lambda each: each.sent_twice),
        ("saves that a version stopped", lambda each: "none can be" if each.trial.is_control else each.stopped),
        ("requests", lambda each: f"{each.requests:,}"),
        ("requests that only read", lambda each: f"{each.reads:,}"),
        ("take-overs", lambda each: len(each.take_overs)),
        ("half of the take-overs took up to", lambda each: f"{statistics.median(each.take_overs):.1f} s"),
        ("the longest take-over", lambda each: f"{max(each.take_overs):.1f} s"),
        ("the run took", lambda each: f"{each.seconds:.0f} s"),
    ]
    table = [
        f"| | {' | '.join(each.trial.name for each in results)} |",
        "|---" * (len(results) + 1) + "|",
        *(f"| {name} | {' | '.join(str(shown(each)) for each in results)} |" for name, shown in rows),
    ]
    parts = sum(FAULTS.values())
    return TEXT.format(
        orders=f"{sum(each.trial.orders for each in results):,}",
        latency=2 * LATENCY,
        share=100 * SHARE,
        faults=", ".join(f"{name} ({weight} of {parts})" for name, weight in FAULTS.items()),
        settle=SETTLE,
        concurrency=CONCURRENCY,
        shortest=SETTLE + LONGER[0],
        longest=SETTLE + LONGER[1],
        table="\n".join(table),
    )


def failures(figures: Figures) -> list[str]:
    """Return what a trial did not keep. The control must fail."""
    if figures.trial.is_control:
        return [] if figures.duplicates else ["the control has no duplicates, so that the trials prove nothing"]
    found = list(figures.problems)
    if figures.duplicates or figures.lost:
        found.append(f"{figures.duplicates} duplicates, {figures.lost} lost")
    if figures.blows < figures.trial.blows or not figures.take_overs:
        found.append(f"only {figures.blows} signals, {len(figures.take_overs)} take-overs")
    return found


def main() -> None:
    """Run all trials, and write the page if they kept what it says."""
    results = run()
    if found := [f"{each.trial.name}: {text}" for each in results for text in failures(each)]:
        raise SystemExit("\n".join(found))
    PAGE.write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
