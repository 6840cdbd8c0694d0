"""Reading a long list: the pauses of the event loop, the peak memory, and the time that the page ahead saves."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from compiling import install_wheel
from lucca_procurement import LuccaProcurement
from lucca_procurement_api import Client, api
from lucca_procurement_api.models import PagingMember, PurchasePage
from report import Section, Threshold, span, table
from rounds import Figures, figures, interleaved, ratio, resident, run, spread
from serving import KEY, emulator

ROUNDS = 5
PAUSES = {100: 4_000, 1_000: 10_000}
"""The number of purchases to read for each size of page."""
SHORT, LONG = 10_000, 100_000
LATENCY = WORK = 0.2
PAGES = 20


def measure() -> Section:
    """Measure iterations over the purchases of an emulator, each in a fresh process."""
    script, python = Path(__file__), str(install_wheel())
    pauses: dict[int, list[Figures]] = {}
    for size, purchases in PAUSES.items():
        with emulator(purchases=purchases, rate=None) as url:
            pauses[size] = [run(script, "pauses", url, str(size), python=python) for _ in range(ROUNDS)]
    memory: dict[int, Figures] = {}
    for purchases in (SHORT, LONG):
        with emulator(purchases=purchases, rate=None) as url:
            memory[purchases] = run(script, "memory", url, "1000")
    with emulator(purchases=PAGES * 100, rate=None, slow=LATENCY) as url:
        ahead = interleaved(script, ("ahead", "in_turn"), 1, url, "100")
    saved = ratio(ahead["ahead"], ahead["in_turn"], "seconds")
    growth = memory[LONG]["peak"] / memory[SHORT]["peak"]
    usual, largest = ({key: figures(pauses[size], key) for key in ("longest", "p99")} for size in PAUSES)
    lines = [
        f"- The event loop stands still for **{span(usual['longest'], 1000)} ms** at most while purchases are read by "
        f"pages of 100 (the default), and by pages of 1,000 for **{span(largest['longest'], 1000)} ms**.",
        f"- {LONG:,} purchases take **{growth:.2f}** of the peak memory of {SHORT:,}.",
        f"- With {LATENCY * 1000:.0f} ms of network and {WORK * 1000:.0f} ms of work a page, the page ahead brings an "
        f"iteration to **{saved.median:.2f}** of the time of one after the other.",
    ]
    rows = [
        [
            f"{size:,} a page",
            *(
                f"{figures(pauses[size], key).median * 1000:.1f} ms"
                for key in ("longest", "p99", "by_the_clock", "idle", "each_page")
            ),
        ]
        for size in PAUSES
    ]
    header = [
        *("Pauses of the event loop", "longest", "99th percentile", "longest by the clock", "longest when idle"),
        "CPU time a page",
    ]
    return Section(
        "\n".join(lines) + "\n\n" + table(header, rows),
        [],
        [
            Threshold("The longest pause of the loop at 100 a page", usual["longest"], 30, "ms", 1000),
            Threshold("The longest pause of the loop at 1,000 a page", largest["longest"], 30, "ms", 1000),
            Threshold("Peak memory of 100,000 purchases, of 10,000", spread([growth]), 1.1),
            Threshold("An iteration with the page ahead, of one without", saved, 0.6),
        ],
    )


# ---- In a process of its own -----------------------------------------------------------------------------------------


class _Gaps:
    """The delays of a task that asks for a turn every millisecond.

    `found` has them in CPU time of this process, and `by_the_clock` as a clock sees them: other processes of the
    machine make these longer.
    """

    def __init__(self) -> None:
        self.found: list[float] = []
        self.by_the_clock: list[float] = []

    async def tick(self) -> None:
        last, spent = time.perf_counter(), time.process_time()
        while True:
            await asyncio.sleep(0.001)
            now, used = time.perf_counter(), time.process_time()
            self.by_the_clock.append(now - last - 0.001)
            self.found.append(used - spent)
            last, spent = now, used


async def _gaps_during(work: asyncio.Future[None]) -> _Gaps:
    gaps = _Gaps()
    ticking = asyncio.create_task(gaps.tick())
    await work
    # Let the task run once more, so that it records a pause at the very end of the work.
    await asyncio.sleep(0.005)
    ticking.cancel()
    return gaps


async def _pauses(url: str, page_size: int) -> Figures:
    async with LuccaProcurement(url, KEY, rate=None) as lucca:

        async def read() -> None:
            async for _ in lucca.purchases.iterate(page_size):
                pass

        idle = await _gaps_during(asyncio.ensure_future(asyncio.sleep(0.5)))
        start = time.process_time()
        found = await _gaps_during(asyncio.ensure_future(read()))
        each_page = (time.process_time() - start) / (PAUSES[page_size] / page_size)
    return {
        "longest": max(found.found),
        "p99": sorted(found.found)[len(found.found) * 99 // 100],
        "by_the_clock": max(found.by_the_clock),
        "idle": max(idle.by_the_clock),
        "each_page": each_page,
    }


async def _memory(url: str, page_size: int) -> Figures:
    count = 0
    async with LuccaProcurement(url, KEY, rate=None) as lucca:
        async for _ in lucca.purchases.iterate(page_size):
            count += 1
    return {"peak": resident()[1], "count": count}


async def _ahead(url: str, page_size: int) -> Figures:
    async with LuccaProcurement(url, KEY, rate=None) as lucca:
        start = time.perf_counter()
        async for _ in lucca.purchases.iterate(page_size).pages():
            await asyncio.sleep(WORK)
        return {"seconds": time.perf_counter() - start}


async def _in_turn(url: str, page_size: int) -> Figures:
    """Return the seconds to read the same pages by the compiled operation: fetch, work, fetch, work."""
    async with Client(url, KEY) as client:
        start, token = time.perf_counter(), "1"
        while token:
            page = await api.list_purchases(client, fields_root=[PagingMember.NEXT], page=token, limit=page_size)
            assert isinstance(page, PurchasePage)
            await asyncio.sleep(WORK)
            token = page.next_ or ""
        return {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    measured = {"pauses": _pauses, "memory": _memory, "ahead": _ahead, "in_turn": _in_turn}[sys.argv[1]]
    print(json.dumps(asyncio.run(measured(sys.argv[2], int(sys.argv[3])))))
