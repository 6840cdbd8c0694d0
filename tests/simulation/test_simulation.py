"""The simulation as CI runs it, and the exact replay of a seed."""

from __future__ import annotations

import subprocess

import pytest

from support import modules

from .batch import simulate
from .mutants import SEEDS
from .run import WORLDS, Kind, run


@pytest.mark.parametrize(
    ("world", "seeds"),
    [
        ("orders", 100),
        ("imports", 40),
        *(pytest.param(world, seeds, marks=pytest.mark.slow) for world, seeds in SEEDS.items()),
    ],
)
def test_simulation_of_each_seed_keeps_all_invariants(world: Kind, seeds: int) -> None:
    batch = simulate(0, seeds, world)
    assert batch.seeds == seeds
    assert not batch.broken, "\n".join(
        f"make simulate WORLD={world} SEED={seed}: {violations[0]}"
        for seed, violations in sorted(batch.broken.items())[:10]
    )


@pytest.mark.parametrize(
    ("world", "seed"),
    [("orders", 1), ("imports", 1), *(pytest.param(world, 4711, marks=pytest.mark.slow) for world in WORLDS)],
)
def test_seed_in_other_process_replays_identically(world: Kind, seed: int) -> None:
    told = [_told(world, seed, hash_seed) for hash_seed in ("1", "2")]
    assert told[0] == told[1]
    assert run(seed, world).digest in told[0]


def _told(world: Kind, seed: int, hash_seed: str) -> str:
    environment = modules.environment(PYTHONHASHSEED=hash_seed)
    command = modules.command("simulation", "--world", world, "--seed", seed)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
