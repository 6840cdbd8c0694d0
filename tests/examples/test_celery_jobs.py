"""The recipe for Celery, on a real Redis and a real PostgreSQL: a worker that is killed with its processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from lucca_procurement._wire.settings import host_of
from lucca_procurement.emulator import Emulator
from lucca_procurement.stores import PostgresOrders, State
from support import modules
from support.databases import PostgresServer, RedisServer, serving
from support.example_programs import environment_of, times, until
from support.orders import CREATING, numbered_orders

pytestmark = pytest.mark.slow

PATIENCE = 180.0
"""The recipe has the settle time of the client, 30 s, and tasks of Redis return some seconds after their time."""
PLACE = "import sys; from examples.celery_recipe import place; [place.delay(each) for each in sys.argv[1:]]"


@pytest.fixture
def workers(tmp_path: Path) -> Workers:
    if find_spec("celery") is None:
        missing = "celery is not installed: pip install '.[test]'"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return Workers(tmp_path)


class Workers:
    """Workers in process groups of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._groups: list[subprocess.Popen[bytes]] = []

    def start(self, env: dict[str, str]) -> subprocess.Popen[bytes]:
        """Start a worker with two processes."""
        command = modules.command("celery", "--app", "examples.celery_recipe", "worker", "--concurrency", 2)
        with (self._folder / "log").open("ab") as log:
            worker = subprocess.Popen(
                command, cwd=self._folder, env=env, stdout=log, stderr=log, start_new_session=True
            )
        self._groups.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """Kill a worker and its processes."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def end(self) -> None:
        """Kill the workers that still run."""
        for worker in self._groups:
            if worker.poll() is None:
                self.kill(worker)

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()


def test_orders_of_killed_celery_worker_are_taken_over(workers: Workers, lucca_emulator: Emulator) -> None:
    assert lucca_emulator.url
    host = host_of(lucca_emulator.url)
    orders = numbered_orders(8)
    for operation in CREATING:
        lucca_emulator.faults.add(operation, "slow", times=1000, seconds=0.5)
    with serving(RedisServer) as redis, serving(PostgresServer) as postgres:
        broker = redis.address.replace("unix://", "redis+socket://")
        env = environment_of(lucca_emulator, DATABASE_URL=postgres.address, REDIS_URL=broker)
        env["PYTHONPATH"] = modules.environment()["PYTHONPATH"]

        async def add() -> None:
            async with PostgresOrders(postgres.address, host) as store:
                for order in orders:
                    await store.add(order)

        async def counts() -> dict[State, int]:
            async with PostgresOrders(postgres.address, host) as store:
                return await store.counts()

        asyncio.run(add())
        try:
            first = workers.start(env)
            references = [order.reference for order in orders]
            subprocess.run([sys.executable, "-c", PLACE, *references], env=env, check=True)
            until(lambda: times(lucca_emulator)[0] >= 3)
            workers.kill(first)
            second = workers.start(env)
            end = time.monotonic() + PATIENCE
            while (found := asyncio.run(counts()))[State.WAITING] + found[State.SUBMITTING]:
                assert time.monotonic() < end, f"{found}\n{workers.log}"
                time.sleep(0.2)
            second.send_signal(signal.SIGTERM)
            assert second.wait(60) == 0, workers.log
        finally:
            workers.end()
    titles = [purchase["title"] for purchase in lucca_emulator.created()]
    assert len(titles) == len({*titles})
    # A purchase that the killed processes were creating needs a person if Lucca does not have it.
    assert found[State.SUBMITTED] + found[State.NEEDS_A_LOOK] == len(orders)
    assert found[State.SUBMITTED] >= len(orders) - 2
