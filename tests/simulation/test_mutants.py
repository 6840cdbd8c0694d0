"""Each planted defect is found by its seed, and the product keeps all invariants in the same seeds."""

from __future__ import annotations

import pytest

from .mutants import MUTANTS, Mutant, violations_of
from .run import run


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS.keys())
def test_planted_defect_breaks_an_invariant_in_its_seed(mutant: Mutant) -> None:
    assert violations_of(mutant.name, mutant.seed), f"seed {mutant.seed} does not find that: {mutant.does}"


@pytest.mark.parametrize("seed", sorted({mutant.seed for mutant in MUTANTS.values()}))
def test_seed_without_defect_keeps_all_invariants(seed: int) -> None:
    assert not run(seed).violations
