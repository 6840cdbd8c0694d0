"""Each planted defect is found by its seed, and the product keeps all invariants in the same seeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from .mutants import MUTANTS, violations_of
from .planting import Mutant
from .run import Kind, run

FEW = sorted(MUTANTS)[::10]
"""The mutants of the tests that are not slow."""


def each(names: Iterable[str]) -> list[Any]:
    """Return parameters from the names of mutants. The test is slow with those that are not of the few."""
    return [pytest.param(MUTANTS[name], id=name, marks=() if name in FEW else pytest.mark.slow) for name in names]


@pytest.mark.parametrize("mutant", each(MUTANTS))
def test_mutant_in_its_seed_breaks_invariant(mutant: Mutant) -> None:
    assert violations_of(mutant.name, mutant.seed), f"seed {mutant.seed} does not find that: {mutant.does}"


@pytest.mark.slow
@pytest.mark.parametrize(("world", "seed"), sorted({(mutant.world, mutant.seed) for mutant in MUTANTS.values()}))
def test_seed_without_mutant_keeps_all_invariants(world: Kind, seed: int) -> None:
    assert not run(seed, world).violations


def test_control_without_versions_shows_duplicate_purchases() -> None:
    control = MUTANTS["versions_are_ignored"]
    assert [each for each in violations_of(control.name, control.seed) if "has 2 purchases" in each]
