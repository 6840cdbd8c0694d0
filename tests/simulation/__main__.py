"""`make simulate`: run many seeds, or tell the story of one."""

from __future__ import annotations

import argparse
import sys
import time

from .batch import Batch, simulate
from .page import PAGE, page
from .run import WORLDS, Kind, run

MOST_SHOWN = 20


def main() -> int:
    """Run the command. Returns 1 if an invariant is broken."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seed", type=int, help="tell the story of this seed")
    parser.add_argument("--seeds", type=int, default=10_000, help="how many seeds to run in each world")
    parser.add_argument("--world", choices=WORLDS, help="the kind of the world, both if none is named")
    parser.add_argument("--start", type=int, default=0, help="the first of them")
    parser.add_argument("--write", action="store_true", help=f"write the figures to docs/{PAGE.name}")
    options = parser.parse_args()
    if options.seed is not None:
        return _tell(options.seed, options.world or WORLDS[0])
    worlds: tuple[Kind, ...] = WORLDS if options.world is None else (options.world,)
    batches: dict[Kind, Batch] = {kind: _run(options.start, options.seeds, kind) for kind in worlds}
    if options.write:
        PAGE.write_text(page(options.start, batches), encoding="utf-8")
    return 1 if any(batch.broken for batch in batches.values()) else 0


def _tell(seed: int, kind: Kind) -> int:
    story = run(seed, kind)
    print(f"{'true time':>11}  {'its clock':14}  {'who':10}  what")
    for line in story.lines:
        print(line)
    print(f"\nseed {seed}, story {story.digest}: " + ("; ".join(story.violations) or "every invariant holds"))
    return 1 if story.violations else 0


def _run(start: int, seeds: int, kind: Kind) -> Batch:
    began = time.monotonic()

    def progress(batch: Batch) -> None:
        if sys.stderr.isatty():
            print(f"\r{batch.seeds} seeds, {len(batch.broken)} broken", end="", file=sys.stderr, flush=True)

    batch = simulate(start, seeds, kind, progress)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    seconds = time.monotonic() - began
    print(f"{batch.seeds} seeds of {kind} ran from {start}, in {seconds:.0f} s: {len(batch.broken)} break an invariant")
    for seed, violations in sorted(batch.broken.items())[:MOST_SHOWN]:
        print(f"  make simulate WORLD={kind} SEED={seed}: {violations[0]}")
    return batch


if __name__ == "__main__":
    sys.exit(main())
