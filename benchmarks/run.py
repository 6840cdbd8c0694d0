"""Measure everything, print it, and write it into README.md and results.png.

python benchmarks/run.py
"""

from __future__ import annotations

import calls
import holding
import importing
import listing
import pace
import reading
from compiling import compile_all
from report import publish

MEASUREMENTS = (reading.measure, holding.measure, calls.measure, listing.measure, pace.measure, importing.measure)


def main() -> None:
    """Run the command. A slow result is no error."""
    compile_all()
    publish([measure() for measure in MEASUREMENTS])


if __name__ == "__main__":
    main()
