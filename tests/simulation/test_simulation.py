"""The simulation as CI runs it, and the exact replay of a seed."""

from __future__ import annotations

import subprocess

import pytest

from support import modules

from .batch import simulate
from .run import run


@pytest.mark.parametrize("seeds", [200, pytest.param(2_500, marks=pytest.mark.slow)])
def test_simulation_of_each_seed_keeps_all_invariants(seeds: int) -> None:
    batch = simulate(0, seeds)
    assert batch.seeds == seeds
    assert not batch.broken, "\n".join(
        f"make simulate SEED={seed}: {violations[0]}" for seed, violations in sorted(batch.broken.items())[:10]
    )


@pytest.mark.parametrize("seed", [1, pytest.param(4711, marks=pytest.mark.slow)])
def test_seed_in_other_process_replays_identically(seed: int) -> None:
    told = [_told(seed, hash_seed) for hash_seed in ("1", "2")]
    assert told[0] == told[1]
    assert run(seed).digest in told[0]


def _told(seed: int, hash_seed: str) -> str:
    environment = modules.environment(PYTHONHASHSEED=hash_seed)
    command = modules.command("simulation", "--seed", seed)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
