"""The modules and the time that `import lucca_procurement` adds to `import asyncio, httpx`."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

from report import Section, span
from rounds import run, spread

ROUNDS = 9


def measure() -> Section:
    """Measure the import in a fresh process for each round."""
    rounds = [run(Path(__file__)) for _ in range(ROUNDS)]
    added = spread(found["ours"] for found in rounds)
    bare = spread(found["bare"] for found in rounds)
    return Section(
        f"- `import lucca_procurement` adds **{rounds[0]['modules']} modules** and **{span(added, 1000)} ms** of CPU "
        f"time to `import asyncio, httpx`, which takes {span(bare, 1000)} ms; the target is at most 90 modules.",
        [],
    )


def _seconds(module: str) -> float:
    start = time.process_time()
    importlib.import_module(module)
    return time.process_time() - start


if __name__ == "__main__":
    # Programs that use this package import asyncio anyway, and httpx imports it with its first request.
    bare = _seconds("asyncio") + _seconds("httpx")
    before = len(sys.modules)
    ours = _seconds("lucca_procurement")
    print(json.dumps({"bare": bare, "ours": ours, "modules": len(sys.modules) - before}))
