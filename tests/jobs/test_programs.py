"""The examples of jobs, as programs: order_jobs.py and `make fleet`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lucca_procurement.emulator import Emulator
from support.databases import PostgresServer, serving
from support.example_programs import Runner, environment_of, states, until
from support.folders import EXAMPLES
from support.orders import numbered_orders

pytestmark = pytest.mark.slow


def test_order_jobs_places_orders_of_file(tmp_path: Path, lucca_emulator: Emulator) -> None:
    (tmp_path / "orders.json").write_text(json.dumps([order.to_dict() for order in numbered_orders(2)]))
    run = Runner(tmp_path)
    with serving(PostgresServer) as server:
        env = environment_of(lucca_emulator, DATABASE_URL=server.address)
        assert run("order_jobs.py", "setup", env=env)[0] == 0
        assert run("order_jobs.py", "add", "orders.json", env=env)[0] == 0
        with run.start("order_jobs.py", "work", env=env) as worker:
            until(lambda: [state for _, state in states(lucca_emulator)] == ["Ongoing"] * 2)
            worker.send_signal(signal.SIGTERM)
            worker.communicate(timeout=60)
        assert worker.returncode == 0


@pytest.mark.slow
def test_fleet_creates_each_order_once() -> None:
    # It needs the same PostgreSQL as the other tests.
    with serving(PostgresServer):
        pass
    # The first kill comes as soon as a worker has an order in hand.
    code = "import sys, fleet; fleet.ORDERS, fleet.KILLS, fleet.KILL_EVERY = 30, 2, fleet.DOWN; sys.exit(fleet.main())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(EXAMPLES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # On a fast machine, the orders are done before the last kill.
    assert re.search(r"30 orders, 30 purchases, 0 twice\. [12] kill", done.stdout), done.stdout
