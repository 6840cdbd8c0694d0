"""An import of orders that is killed again and again: `python -m ordering.killed_import URL KEY DATABASE SEED KILLS`.

The import is a child of this program. The program kills it with SIGKILL at random moments, and starts another one with
the orders in the database. When all orders are submitted, the next batch begins, until the kills are used up. The last
import runs to its end. The program prints, as JSON, how many orders were in doubt at each step when they were killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from lucca_procurement import LuccaProcurement, Order, Step
from lucca_procurement.errors import OrderIncomplete
from support.orders import sample_order

BATCH = 30
SETTLE = 0.1
"""In seconds. It may be short, as the emulator answers requests one by one: a look follows all earlier requests."""
FIRST_KILL = 0.45
"""The latest moment of a kill, in seconds from the start. On an idle machine, 30 orders take about as long, so an
import dies at its beginning, in the middle of any step, or just before its end. On a busy machine, the time adapts."""


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database of orders."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        # A written row survives the death of a process without a wait for the disk. Only a power cut needs the wait.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE IF NOT EXISTS orders (reference TEXT PRIMARY KEY, stored BLOB)")
        yield database


def stored(path: Path) -> list[Order]:
    """Load all orders."""
    with opened(path) as database:
        rows = database.execute("SELECT stored FROM orders ORDER BY reference").fetchall()
    return [Order.from_json(row) for (row,) in rows]


def _add_batch(path: Path, name: str) -> None:
    with opened(path) as database:
        for number in range(BATCH):
            order = sample_order(f"{name}-{number:02}")
            database.execute("INSERT INTO orders VALUES (?, ?)", (order.reference, order.to_json()))


async def _import(url: str, key: str, path: Path) -> None:
    """Submit every order that is not submitted yet."""
    left = [order for order in stored(path) if order.step is not Step.SUBMITTED]
    with opened(path) as database:

        def save(order: Order) -> None:
            database.execute("UPDATE orders SET stored = ? WHERE reference = ?", (order.to_json(), order.reference))

        async with LuccaProcurement(url, key, rate=None, settle=SETTLE) as lucca:
            lost: list[Order] = []
            async for result in lucca.orders.submit_many(left, save=save):
                if result.error is not None:
                    if not isinstance(result.error, OrderIncomplete) or result.error.needs != "person":
                        raise result.error
                    lost.append(result.order)
            async for result in lucca.orders.submit_many(lost, save=save, resubmit=True):
                if result.error is not None:
                    raise result.error


def _start(url: str, key: str, path: Path) -> int:
    # A fork is safe here: no thread and no event loop is alive that a child would inherit.
    if child := os.fork():
        return child
    code = 1
    try:
        asyncio.run(_import(url, key, path))
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def main(url: str, key: str, path: Path, seed: int, kills: int) -> Counter[str]:
    """Import and kill. Return the number of orders that were in doubt at each step, over all kills."""
    chance = random.Random(seed)
    in_doubt = Counter[str]()
    batches, latest = 0, FIRST_KILL
    while True:
        if all(order.step is Step.SUBMITTED for order in (stored(path) if batches else [])):
            if kills == 0:
                return in_doubt
            _add_batch(path, f"{seed}-{batches:02}")
            batches += 1
        before = [order.step for order in stored(path)]
        child = _start(url, key, path)
        moment = time.monotonic() + chance.uniform(0.0, latest)
        code: int | None = None
        while code is None:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
            elif kills and time.monotonic() >= moment:
                os.kill(child, signal.SIGKILL)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            else:
                time.sleep(0.001)
        if code == -signal.SIGKILL:
            kills -= 1
            in_doubt["kills"] += 1
            orders = stored(path)
            in_doubt.update(str(order.step) for order in orders if order.pending is not None)
            if [order.step for order in orders] == before:
                latest *= 1.04
        elif code != 0:
            raise SystemExit(f"the import ended with {code}")
        else:
            latest = max(FIRST_KILL, latest / 2)


if __name__ == "__main__":
    _, url, key, path, seed, kills = sys.argv
    print(json.dumps(main(url, key, Path(path), int(seed), int(kills))))
