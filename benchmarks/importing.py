"""The modules and the time that our import adds to `import asyncio, httpx`, installed from the wheel."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from report import Section

ROUNDS = 9


def measure() -> Section:
    """Measure the import in a fresh process for each round."""
    # Imported here, because the measured process runs this file, too, and the modules would not count there.
    from compiling import install_wheel
    from report import Section, Threshold, span
    from rounds import run, spread

    python = str(install_wheel())
    rounds = [run(Path(__file__), python=python) for _ in range(ROUNDS)]
    bare, ours, names, client = (spread(found[key] for found in rounds) for key in ("bare", "ours", "names", "client"))
    modules = {key: spread(found[f"{key}_modules"] for found in rounds) for key in ("ours", "names", "client")}
    modules["both"] = spread(found["ours_modules"] + found["names_modules"] for found in rounds)
    both = spread(found["ours"] + found["names"] for found in rounds)
    whole = spread(found["ours"] + found["names"] + found["client"] for found in rounds)
    late, late_modules = (spread(found[key] for found in rounds) for key in ("late", "late_modules"))
    return Section(
        f"- `import lucca_procurement` adds **{modules['ours'].median:.0f} modules** and **{span(ours, 1000)} ms** of "
        f"CPU time to `import asyncio, httpx`, which takes {span(bare, 1000)} ms. It imports each public name when a "
        f"program uses it: `LuccaProcurement` and `Order` take {modules['names'].median:.0f} modules and "
        f"{span(names, 1000)} ms, and the first client {modules['client'].median:.0f} modules and "
        f"{span(client, 1000)} ms. All three take **{span(whole, 1000)} ms**.\n"
        f"- httpx imports {late_modules.median:.0f} modules with its first client and its first connection, in "
        f"{span(late, 1000)} ms. Every program with httpx imports them, and ours with the first client.",
        [],
        [
            Threshold("`import lucca_procurement`: modules over asyncio and httpx", modules["ours"], 70),
            Threshold("`import lucca_procurement`: CPU time over asyncio and httpx", ours, 50, "ms", 1000),
            Threshold("The same with `LuccaProcurement` and `Order`: modules", modules["both"], 70),
            Threshold("The same with `LuccaProcurement` and `Order`: CPU time", both, 50, "ms", 1000),
        ],
    )


def _main() -> None:
    # Programs that use this package import asyncio anyway, and httpx imports it with its first request.
    bare = _seconds("asyncio") + _seconds("httpx")
    found, numbers = {"bare": bare}, [len(sys.modules)]
    found["ours"] = _seconds("lucca_procurement")
    numbers.append(len(sys.modules))
    package, httpx = sys.modules["lucca_procurement"], sys.modules["httpx"]
    start = time.process_time()
    made, _ = package.LuccaProcurement, package.Order
    found["names"] = time.process_time() - start
    numbers.append(len(sys.modules))
    start = time.process_time()
    # With a transport, the client creates no TLS context: that takes 20 ms and is no import.
    made("https://example.ilucca.net", "key", transport=httpx.MockTransport(lambda _: None))
    found["client"] = time.process_time() - start
    numbers.append(len(sys.modules))
    start = time.process_time()
    # `verify=False` creates no TLS context either.
    httpx.AsyncClient(verify=False)
    importlib.import_module("anyio._backends._asyncio")
    found["late"] = time.process_time() - start
    numbers.append(len(sys.modules))
    for name, before, after in zip(("ours", "names", "client", "late"), numbers, numbers[1:], strict=False):
        found[f"{name}_modules"] = after - before
    print(json.dumps(found))


def _seconds(module: str) -> float:
    start = time.process_time()
    importlib.import_module(module)
    return time.process_time() - start


if __name__ == "__main__":
    _main()
