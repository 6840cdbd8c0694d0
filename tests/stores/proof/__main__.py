"""Run the whole proof, and write the page if each trial kept what the page says."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from stores.proof import long_import
from stores.proof.imports import SCENES, Scene, Story, play
from stores.proof.lucca import say
from stores.proof.page import PAGE, Results, page
from stores.proof.signals import TRIALS, Figures, Trial, run_trial
from support.databases import PostgresServer, Server, serving


async def run(trials: Sequence[Trial], scenes: Sequence[Scene], server: Server) -> tuple[list[Figures], list[Story]]:
    """Run trials and scenes, and return their counts."""

    async def run_each(on_postgres: bool, sqlite: str) -> tuple[list[Figures], list[Story]]:
        address = server.address if on_postgres else sqlite
        return (
            [await run_trial(each, address) for each in trials if (each.kind != "sqlite") is on_postgres],
            [await play(each, server) for each in scenes if each.on_postgres is on_postgres],
        )

    with tempfile.TemporaryDirectory() as folder:
        # Those on PostgreSQL share a table. Those on SQLite wait most of the time, so they run beside them.
        lanes = await asyncio.gather(*(run_each(each, str(Path(folder, "orders.sqlite"))) for each in (True, False)))
    figures = sorted((each for lane in lanes for each in lane[0]), key=lambda each: trials.index(each.trial))
    stories = sorted((each for lane in lanes for each in lane[1]), key=lambda each: scenes.index(each.scene))
    return figures, stories


def main() -> None:
    """Run the proof."""
    # A stop by SIGTERM ends the workers and PostgreSQL, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with serving(PostgresServer) as server:
            say("This takes about 20 minutes. The last 10 are an import of 5,000 rows.")
            figures, stories = asyncio.run(run(TRIALS, SCENES, server))
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        raise SystemExit(str(missing)) from None
    results = Results(figures, stories, asyncio.run(long_import.measure()))
    if found := results.failures:
        raise SystemExit("\n".join(found))
    PAGE.write_text(page(results), encoding="utf-8")
    say(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
