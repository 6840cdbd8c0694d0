"""Imports that are killed: after 200 times SIGKILL, every order has one purchase, one commitment and one request."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

from lucca_procurement import Step
from lucca_procurement.emulator import Emulator
from ordering.killed_import import BATCH, stored
from support import modules
from support.placing import Books

SEED = 20251121
# Two at a time, each with half of the kills: an import that was killed waits for its settle time, and the other one
# works meanwhile. A fork takes hundredths of a second, and a start of Python takes half a second.
IMPORTS = 2
KILLS = 100


async def killed(emulator: Emulator, database: Path, seed: int) -> Counter[str]:
    """Run one import under fire."""
    process = await asyncio.create_subprocess_exec(
        *modules.command("ordering.killed_import", emulator.url, emulator.key, database, seed, KILLS),
        env=modules.environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return Counter(json.loads(printed))


async def test_import_after_200_kills_has_created_every_order_once(lucca_emulator: Emulator, tmp_path: Path) -> None:
    databases = [tmp_path / f"{number}.sqlite" for number in range(IMPORTS)]
    counts = await asyncio.gather(
        *(killed(lucca_emulator, database, SEED + number) for number, database in enumerate(databases))
    )
    met = sum(counts, Counter[str]())
    assert met["kills"] == IMPORTS * KILLS
    # Otherwise the kills missed the moments that they are for.
    assert all(met[step] >= IMPORTS * KILLS / 10 for step in (Step.PURCHASE, Step.COMMITMENT, Step.REQUEST)), met
    orders = [order for database in databases for order in stored(database)]
    assert len(orders) >= IMPORTS * BATCH
    books = Books(lucca_emulator)
    assert not [order for order in orders if not books.hold(order)]
    assert len(lucca_emulator.created()) == len(orders)
