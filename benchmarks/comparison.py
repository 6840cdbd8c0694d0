"""Run the comparison with other clients, and write `comparison.json` and `docs/comparison.md`.

PYTHONPATH=tests python benchmarks/comparison.py [--page]

With `--page`, nothing runs: the page is written from `comparison.json` and from the figures of `README.md`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from typing import Any

from compiling import CLIENTS as COMMANDS
from compiling import compile_all
from field import cost, data, faults, habits
from field.clients import CLIENTS
from field.page import PAGE, RESULTS, page


async def run() -> dict[str, Any]:
    """Run everything, and return the results."""
    return {
        "clients": {client.name: str(client) for client in CLIENTS},
        "faults": await faults.play_all(),
        "killed": {client.name: await habits.killed(client) for client in CLIENTS},
        "killed without a store": await habits.killed(CLIENTS[0], stored=False),
        "data": data.read_all(),
        "lists": await habits.lists(),
        "throttled": await habits.throttled(),
        "limits": habits.time_limits(),
        "key": {client.name: await habits.key_seen(client) for client in CLIENTS},
        "costs": await habits.costs(),
        "sizes": cost.sizes(),
        "strict": cost.strict_errors(),
    }


def main() -> None:
    """Run the command."""
    if sys.argv[1:] != ["--page"]:
        # What the clients log is no output of this command.
        logging.getLogger().addHandler(logging.NullHandler())
        compile_all(COMMANDS)
        found = asyncio.run(run())
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")
    print(f"Wrote docs/{PAGE.name}")


if __name__ == "__main__":
    main()
