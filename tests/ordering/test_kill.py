"""Imports that SIGKILL ends again and again: every order has one purchase, one commitment and one request."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from lucca_procurement import Step
from lucca_procurement.emulator import Emulator
from ordering.killed_import import BATCH, stored
from support import modules
from support.careful_caller import Books

SEED = 20251121
# Two at a time, each with half of the kills: an import that was killed waits for its settle time, and the other one
# works meanwhile. A fork takes hundredths of a second, and a start of Python takes half a second.
IMPORTS = 2
KILLS = [3, pytest.param(100, marks=pytest.mark.slow)]


async def killed(emulator: Emulator, database: Path, seed: int, kills: int) -> Counter[str]:
    """Run one import under fire."""
    process = await asyncio.create_subprocess_exec(
        *modules.command("ordering.killed_import", emulator.url, emulator.key, database, seed, kills),
        env=modules.environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return Counter(json.loads(printed))


@pytest.mark.parametrize("kills", KILLS)
async def test_import_after_kills_creates_each_order_once(kills: int, lucca_emulator: Emulator, tmp_path: Path) -> None:
    databases = [tmp_path / f"{number}.sqlite" for number in range(IMPORTS)]
    counts = await asyncio.gather(
        *(killed(lucca_emulator, database, SEED + number, kills) for number, database in enumerate(databases))
    )
    met = sum(counts, Counter[str]())
    assert met["kills"] == IMPORTS * kills
    # Otherwise the kills missed the moments that they are for. A few kills may miss them by chance.
    if kills >= 100:
        assert all(met[step] >= IMPORTS * kills / 10 for step in (Step.PURCHASE, Step.COMMITMENT, Step.REQUEST)), met
    orders = [order for database in databases for order in stored(database)]
    assert len(orders) >= IMPORTS * BATCH
    books = Books(lucca_emulator)
    assert not [order for order in orders if not books.hold(order)]
    assert len(lucca_emulator.created()) == len(orders)
