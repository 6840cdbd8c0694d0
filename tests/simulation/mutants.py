"""The planted defects, each of which the simulation must find: a check that finds nothing proves nothing.

`python -m simulation.mutants` prints the first seed that finds each of them, and `--write` puts it into the source.
"""

from __future__ import annotations

import argparse
import inspect
import multiprocessing
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from . import mutants_of_imports, mutants_of_orders
from .batch import prepare
from .planting import MUTANTS, planted
from .run import Kind, run

__all__ = ("MUTANTS", "SEEDS", "violations_of")

SEEDS: dict[Kind, int] = {"orders": 2_500, "imports": 700}
"""The seeds of CI: each mutant has to be found within those of its world."""
MODULES = (mutants_of_orders, mutants_of_imports)
"""The modules that register the mutants."""


def violations_of(name: str, seed: int) -> list[str]:
    """Run a seed with a mutant. Returns the invariants that it breaks."""
    mutant = MUTANTS[name]
    with planted(mutant):
        return run(seed, mutant.world).violations


def _first(name: str) -> tuple[str, int | None, str]:
    for seed in range(SEEDS[MUTANTS[name].world]):
        if broken := violations_of(name, seed):
            return name, seed, broken[0]
    return name, None, ""


def main() -> int:
    """Run the command. Returns 1 if a mutant is not found."""
    parser = argparse.ArgumentParser(prog="python -m simulation.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", default=[*MUTANTS], help="the mutants, all if none is named")
    parser.add_argument("--write", action="store_true", help="put the seeds into the source")
    options = parser.parse_args()
    survivors = 0
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"), prepare) as pool:
        for name, seed, broken in pool.map(_first, options.names):
            survivors += seed is None
            print(
                f"{name}: "
                + (f"survives {SEEDS[MUTANTS[name].world]} seeds" if seed is None else f"seed {seed}: {broken}"),
                flush=True,
            )
            if options.write and seed is not None:
                _note(name, seed)
    return 1 if survivors else 0


def _note(name: str, seed: int) -> None:
    here = Path(inspect.getfile(MUTANTS[name].changes))
    text = re.sub(
        rf"(?<=@found_by\()\d+(?=(, \"imports\")?\)\ndef {name}\()", str(seed), here.read_text(encoding="utf-8")
    )
    here.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
