"""Three workers place 100 orders, and one of them is killed hard every few seconds: `make fleet` shows it.

Everything runs on this machine: PostgreSQL from Debian, a Lucca with faults and 300 requests a minute, and the workers.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

try:
    import psycopg
    from procrastinate import App, PsycopgConnector
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    from lucca_procurement import LuccaProcurement, Order, rates
    from lucca_procurement.emulator import Emulator
    from lucca_procurement.procrastinate import Tasks, register
    from lucca_procurement.stores import PostgresOrders, State
except ImportError as error:
    sys.exit(f'{error}: run it by `make fleet`, or pip install ".[fleet]" first.')

ORDERS = 100
WORKERS = 3
RATE = 300
SETTLE = 5.0
KILL_EVERY = 6.0
DOWN = 3.0
"""The seconds until a killed worker is started again."""
SWEEP_EVERY = 5.0
"""A worker sweeps each minute by itself. The show sweeps more often, so that it takes less time."""
FAULTS = {"commit-then-drop": 3, "500-after-commit": 3, "drop": 2, "503": 2, "slow": 6}
"""The faults at each of the three steps, and how many requests meet them."""
KILLS = 10
TIME_LIMIT = 600.0

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


class Report(logging.Handler):
    """Prints one line of JSON when a job of a worker begins, and one when it ends."""

    def emit(self, record: logging.LogRecord) -> None:
        job = getattr(record, "job", None)
        action = str(getattr(record, "action", ""))
        if job and "reference" in job["task_kwargs"] and action.startswith(("start_job", "job_")):
            print(json.dumps([job["task_kwargs"]["reference"], action]), flush=True)


async def work(database: str) -> None:
    """Run one worker until it is stopped. The address and the key of Lucca are in the environment."""
    logging.getLogger("procrastinate").setLevel(logging.INFO)
    logging.getLogger("procrastinate").addHandler(Report())
    app = App(connector=PsycopgConnector(conninfo=database))
    async with (
        app.open_async(),
        PostgresOrders(database) as store,
        rates.PostgresRate(database, "fleet", limit=RATE) as rate,
        LuccaProcurement(rate=rate, settle=SETTLE) as lucca,
    ):
        tasks = register(app, lucca, store)
        sweeping = asyncio.create_task(repeat(tasks.sweep, SWEEP_EVERY))
        await app.run_worker_async(queues=[tasks.queue])
        sweeping.cancel()


async def repeat(call: Callable[[], Awaitable[object]], seconds: float) -> None:
    while True:
        await call()
        await asyncio.sleep(seconds)


class Worker:
    """A worker in a process of its own. `in_hand` are the references of the orders that it has begun and not ended."""

    def __init__(self, name: str, environment: dict[str, str], show: Show) -> None:
        self.name = name
        self.in_hand: dict[str, None] = {}
        self.ended = self.kills = 0
        self._environment = environment
        self._show = show
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def state(self) -> str:
        return f"process {self._process.pid}" if self._process else "dead"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__, "worker"),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self._process.stdout
        self._reading = asyncio.create_task(self._read(self._process.stdout))

    async def stop(self, signal_number: int) -> None:
        """Send a signal, and wait until the process has ended and its last lines are read."""
        if self._process is not None and self._reading is not None:
            if self._process.returncode is None:
                self._process.send_signal(signal_number)
            await self._process.wait()
            await self._reading
            self._process = None

    async def _read(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            reference, action = json.loads(line)
            if action == "start_job":
                self.in_hand[reference] = None
                self._show.begun(self, reference)
            else:
                self.in_hand.pop(reference, None)
                self.ended += 1


class Show:
    """The workers, the kills and the take-overs. It prints each event, or shows a live table on a terminal."""

    def __init__(self) -> None:
        self.workers: list[Worker] = []
        self.states: Counter[str] = Counter()
        self.took_over: dict[int, list[tuple[float, str]]] = {}
        """The seconds and the worker of each take-over, by the number of the kill."""
        self._orphans: dict[str, tuple[int, float]] = {}
        """The references that a killed worker had in hand, with the number and the time of the kill."""
        self._started = time.monotonic()

    def say(self, text: str) -> None:
        console.print(f"{time.monotonic() - self._started:6.1f} s  {text}", soft_wrap=True)

    def killed(self, worker: Worker, references: list[str]) -> None:
        number = len(self.took_over) + 1
        self.took_over[number] = []
        now = time.monotonic()
        for reference in references:
            self._orphans[reference] = (number, now)
        self.say(f"[red]kill {number}[/]: worker {worker.name} had {order_count(len(references))} in hand")

    def begun(self, worker: Worker, reference: str) -> None:
        if reference not in self._orphans:
            return
        number, at = self._orphans.pop(reference)
        self.took_over[number].append((time.monotonic() - at, worker.name))
        if all(each != number for each, _ in self._orphans.values()):
            seconds = [each for each, _ in self.took_over[number]]
            names = ", ".join(sorted({name for _, name in self.took_over[number]}))
            span = f"{min(seconds):.1f} to {max(seconds):.1f} s after it"
            self.say(f"[green]kill {number}[/]: {names} took over {order_count(len(seconds))}, {span}")

    def table(self) -> Table:
        table = Table("worker", "process", "killed", "jobs ended", "orders in hand", width=110)
        for worker in self.workers:
            told = (worker.name, worker.state, str(worker.kills), str(worker.ended))
            table.add_row(*told, " ".join(each.removeprefix("FLEET-") for each in worker.in_hand))
        table.caption = ", ".join(f"{count} {state}" for state, count in self.states.items() if count)
        return table


def order_count(count: int) -> str:
    return f"{count} order" if count == 1 else f"{count} orders"


def orders() -> list[Order]:
    return [
        Order.one_time(
            f"FLEET-{number:03}",
            title="Laptops",
            supplier=6,
            owner=35,
            nature=1,
            cost_center=3,
            establishment=1,
            department=14,
            amount=f"{1000 + number}.00",
            currency="EUR",
            cost_date="2026-12-01",
            invoice_date="2026-12-15",
        )
        for number in range(1, ORDERS + 1)
    ]


async def kill_workers(show: Show, chance: random.Random) -> None:
    """Kill a worker that has orders in hand every few seconds, and start it again."""
    pause = KILL_EVERY - DOWN
    while len(show.took_over) < KILLS:
        await asyncio.sleep(pause)
        busy = [worker for worker in show.workers if worker.in_hand]
        # If no worker has an order in hand, the next one that has one is killed.
        pause = KILL_EVERY - DOWN if busy else 0.1
        if busy:
            worker = chance.choice(busy)
            await worker.stop(signal.SIGKILL)
            references, worker.in_hand = list(worker.in_hand), {}
            worker.kills += 1
            show.killed(worker, references)
            await asyncio.sleep(DOWN)
            await worker.start()


async def until_no_order_is_open(show: Show, store: PostgresOrders, live: Live | None) -> None:
    async with asyncio.timeout(TIME_LIMIT):
        while True:
            counts = await store.counts()
            show.states = Counter({str(state): count for state, count in counts.items()})
            if live:
                live.update(show.table())
            if not any(counts.get(state) for state in (State.WAITING, State.SUBMITTING)):
                return
            await asyncio.sleep(0.25)


async def look(lucca: LuccaProcurement, store: PostgresOrders, emulator: Emulator) -> tuple[int, int]:
    """Be the person who looks in Lucca. Return the orders that needed it, and those that were created again."""
    records = [record async for record in store.records(State.NEEDS_A_LOOK)]
    created = {purchase["title"] for purchase in emulator.created()}
    missing = [not any(title.startswith(f"[{record.reference}]") for title in created) for record in records]
    await asyncio.gather(
        *(
            lucca.orders.ensure(record, store, resubmit=resubmit)
            for record, resubmit in zip(records, missing, strict=True)
        )
    )
    return len(records), sum(missing)


async def show_fleet(database: str) -> int:
    """Run the show. Return 0 if there is one purchase for each order."""
    emulator = Emulator(rate=RATE)
    for operation in ("create_purchase", "create_commitment", "create_commitment_request"):
        for number, (fault, times) in enumerate(FAULTS.items()):
            emulator.faults.add(operation, fault, times=times, skip=10 + 12 * number)
    # Procrastinate warns of an app in a program. The names of these tasks do not depend on the module.
    logging.getLogger("procrastinate.blueprints").setLevel(logging.ERROR)
    app = App(connector=PsycopgConnector(conninfo=database))
    show = Show()
    started = time.monotonic()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(emulator.serve())
        await stack.enter_async_context(app.open_async())
        await app.schema_manager.apply_schema_async()
        store = await stack.enter_async_context(PostgresOrders(database))
        rate = await stack.enter_async_context(rates.PostgresRate(database, "fleet", limit=RATE))
        lucca = await stack.enter_async_context(LuccaProcurement(url, emulator.key, rate=rate, settle=SETTLE))
        await queue_all(register(app, lucca, store), store)
        show.say(f"{ORDERS} orders are in the store and in the queue. {WORKERS} workers start.")
        environment = {
            **os.environ,
            "FLEET_DATABASE": database,
            "LUCCA_BASE_URL": url,
            "LUCCA_API_KEY": emulator.key,
        }
        show.workers = [Worker(name, environment, show) for name in "ABC"[:WORKERS]]
        for worker in show.workers:
            await worker.start()
            stack.push_async_callback(worker.stop, signal.SIGTERM)
        live = stack.enter_context(Live(show.table(), console=console)) if console.is_terminal else None
        killing = asyncio.create_task(kill_workers(show, random.Random(7)))
        stack.callback(killing.cancel)
        await until_no_order_is_open(show, store, live)
        killing.cancel()
        show.say("No order is open. The workers are stopped, and a person looks.")
        for worker in show.workers:
            await worker.stop(signal.SIGTERM)
        looked = await look(lucca, store, emulator)
        await until_no_order_is_open(show, store, live)
    return summary(show, emulator, looked, time.monotonic() - started)


async def queue_all(tasks: Tasks, store: PostgresOrders) -> None:
    for order in orders():
        await store.add(order)
        await tasks.place(order.reference)


def summary(show: Show, emulator: Emulator, looked: tuple[int, int], seconds: float) -> int:
    table = Table("kill", "orders taken over", "first", "median", "last", box=None, pad_edge=False)
    for number, taken in show.took_over.items():
        times = [each for each, _ in taken]
        spans = [f"{call(times):.1f} s" for call in (min, statistics.median, max)] if times else ["-"] * 3
        table.add_row(str(number), str(len(times)), *spans)
    console.print("\nTake-overs: from the kill until another worker continues the order", table, sep="\n")
    counted = Counter(purchase["title"].partition("]")[0] for purchase in emulator.created())
    twice = sum(count > 1 for count in counted.values())
    refused = sum(
        entry.operation in ("create_commitment", "create_commitment_request") and entry.status in (400, 409, 422)
        for entry in emulator.log
    )
    console.print(
        f"\n{ORDERS} orders, {len(emulator.created())} purchases, {twice} twice. {len(show.took_over)} kills,"
        f" {len(emulator.log)} requests, {seconds:.0f} s.",
        f"{refused} commitments or requests for approval were sent a second time, and refused.",
        f"{looked[0]} orders needed a look: a purchase in doubt was not found. A person had {looked[1]} created again.",
        ", ".join(f"{count} orders are {state}" for state, count in show.states.items() if count) + ".",
        sep="\n",
        soft_wrap=True,
    )
    # A worker may have read decisions, too.
    done = show.states[State.SUBMITTED] + show.states[State.APPROVED]
    return 0 if len(counted) == done == ORDERS and not twice else 1


@contextmanager
def postgres() -> Iterator[str]:
    """Run PostgreSQL on a free port of this machine, and yield its URL. It is deleted afterwards."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = str(programs[-1]) if programs else shutil.which("postgres")
    if found is None:
        sys.exit("PostgreSQL is not installed. On Debian: apt-get install -y --no-install-recommends postgresql")
    # PostgreSQL refuses to run as root. Debian's package has a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    password = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="lucca-fleet-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "password").write_text(password)
        if user:
            for path in (folder, folder / "password"):
                shutil.chown(path, user, user)
        initdb = "-D data -U fleet -A scram-sha-256 --pwfile password --no-sync"
        made = subprocess.run(
            [Path(found).with_name("initdb"), *initdb.split()],
            cwd=folder,
            user=user,
            group=user,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            sys.exit(f"initdb failed: {made.stderr}")
        port = free_port()
        process = subprocess.Popen(
            [found, "-D", "data", "-F", "-h", "127.0.0.1", "-p", str(port), "-k", name],
            cwd=folder,
            user=user,
            group=user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield wait_for(f"postgresql://fleet:{password}@127.0.0.1:{port}/postgres", process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"PostgreSQL did not start: {error}")
            time.sleep(0.1)
        else:
            return url


def main() -> int:
    """Run the show, or one of its workers."""
    if sys.argv[1:] == ["worker"]:
        asyncio.run(work(os.environ["FLEET_DATABASE"]))
        return 0
    # A stop by SIGTERM ends the workers and PostgreSQL, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with postgres() as database:
        return asyncio.run(show_fleet(database))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
