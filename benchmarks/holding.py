"""Reading pages in a process that holds a million other objects, as a service does.

The garbage collector visits them again and again while pages are read. Its part depends on the number of objects that a
library makes.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from contenders import CONTENDERS, OURS, STOCK
from facts import count
from lucca_procurement import LuccaProcurement
from reading import ITEMS, PAGE
from report import Section, Threshold, span, table
from rounds import Figures, figures, interleaved, ratio

ROUNDS = 5
READS = 8
OTHERS = 1_000_000
FACADE, PYDANTIC = "facade", "pydantic_fast"
TITLES = {
    FACADE: "`[purchase async for purchase in lucca.purchases.iterate(1000)]`",
    OURS: "the compiled client alone",
    PYDANTIC: str(CONTENDERS[PYDANTIC]),
    STOCK: str(CONTENDERS[STOCK]),
}


def measure() -> Section:
    """Measure each contender in a fresh process for each round."""
    rounds = interleaved(Path(__file__), list(TITLES), ROUNDS)
    pydantic, stock = (ratio(rounds[FACADE], rounds[name], "read") for name in (PYDANTIC, STOCK))
    rows = [
        [title, *(f"{figures(rounds[name], key).median * 1000:.0f} ms" for key in ("read", "collecting")), against]
        for name, title in TITLES.items()
        for against in ["1" if name == FACADE else span(ratio(rounds[FACADE], rounds[name], "read"))]
    ]
    header = [f"A page, beside {OTHERS:,} other objects", "CPU time", "of it the garbage collector", "facade / it"]
    return Section(
        table(header, rows),
        [],
        [
            Threshold("Reading through the facade beside a million objects, of pydantic", pydantic, 0.75),
            Threshold("Reading through the facade beside a million objects, of the stock output", stock, 0.45),
        ],
    )


# ---- In a process of its own -----------------------------------------------------------------------------------------


class _Other:
    __slots__ = ("number", "value")

    def __init__(self, number: int) -> None:
        self.number, self.value = number, str(number)


@contextmanager
def _timed() -> Iterator[dict[str, float]]:
    """Yield a dictionary that receives the CPU seconds of one reading, and of the garbage collector in it."""
    collecting = 0.0
    started = 0.0

    def note(phase: str, _: object) -> None:
        nonlocal collecting, started
        if phase == "start":
            started = time.process_time()
        else:
            collecting += time.process_time() - started

    found: dict[str, float] = {}
    gc.collect()
    gc.callbacks.append(note)
    start = time.process_time()
    yield found
    found["read"] = (time.process_time() - start) / READS
    gc.callbacks.remove(note)
    found["collecting"] = collecting / READS


async def _through_the_facade(content: bytes) -> dict[str, float]:
    # With the member `next`, the list has one page. Nothing goes over a network, because the others read bytes, too.
    whole = json.dumps({"next": None}).encode()[:-1] + b"," + content.lstrip()[1:]

    async def parts() -> AsyncIterator[bytes]:
        for place in range(0, len(whole), 65_536):
            yield whole[place : place + 65_536]

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=parts()))
    async with LuccaProcurement("https://example.ilucca.net", "key", rate=None, transport=transport) as lucca:
        # As for the others, the first reading is no part of it: httpx imports modules with it.
        found = [purchase async for purchase in lucca.purchases.iterate(ITEMS)]
        with _timed() as spent:
            for _ in range(READS):
                found = [purchase async for purchase in lucca.purchases.iterate(ITEMS)]
        _check(len(found))
    return spent


def _alone(name: str, content: bytes) -> dict[str, float]:
    read = CONTENDERS[name].load().read_page
    found = read(content)
    with _timed() as spent:
        for _ in range(READS):
            found = read(content)
    _check(count(found))
    return spent


def _check(read: int) -> None:
    if read != ITEMS:
        raise RuntimeError(f"{read} of {ITEMS} purchases were read")


def _main(name: str) -> Figures:
    others = [_Other(number) for number in range(OTHERS)]
    content = PAGE.read_bytes()
    found = asyncio.run(_through_the_facade(content)) if name == FACADE else _alone(name, content)
    # They are held until here.
    del others
    return found


if __name__ == "__main__":
    print(json.dumps(_main(sys.argv[1])))
