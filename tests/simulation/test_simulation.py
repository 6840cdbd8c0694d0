"""The simulation as CI runs it, and the exact replay of a seed."""

from __future__ import annotations

import subprocess

import pytest

from support import modules

from .batch import simulate
from .run import run

SEEDS = 2_500


def test_orders_of_every_seed_keep_all_invariants() -> None:
    batch = simulate(0, SEEDS)
    assert batch.seeds == SEEDS
    assert not batch.broken, "\n".join(
        f"make simulate SEED={seed}: {violations[0]}" for seed, violations in sorted(batch.broken.items())[:10]
    )


@pytest.mark.parametrize("seed", [1, 4711])
def test_seed_in_another_process_replays_to_the_letter(seed: int) -> None:
    told = [_told(seed, hash_seed) for hash_seed in ("1", "2")]
    assert told[0] == told[1]
    assert run(seed).digest in told[0]


def _told(seed: int, hash_seed: str) -> str:
    environment = modules.environment(PYTHONHASHSEED=hash_seed)
    command = modules.command("simulation", "--seed", seed)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
