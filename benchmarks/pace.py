"""The tenant's limit: 120 requests at 50 a minute, without a 429 and without a needless wait."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from lucca_procurement import LuccaProcurement
from lucca_procurement.events import RequestAnswered
from report import Section, Threshold
from rounds import Figures, run, spread
from serving import KEY, emulator

RATE, REQUESTS = 50, 120
LEAST = (REQUESTS - 1) // RATE * 60
"""The seconds that the limit itself requires: whole minutes until the last request may leave."""
SPEED = 10
"""The speed of both sides' clocks. By these clocks, an answer takes `SPEED` times as long."""


def measure(speed: float = SPEED) -> Section:
    """Measure the time and the 429 answers of a paced client against an emulator with the limit."""
    with emulator(rate=RATE, speed=speed) as url:
        found: Figures = run(Path(__file__), url, str(speed))
    taken, refused = found["seconds"] / LEAST, found["refused"]
    return Section(
        f"- {REQUESTS} requests against {RATE} a minute take **{taken:.3f}** of the limit's own time "
        f"({found['seconds']:.1f} s of {LEAST} s) and meet **{refused:.0f}** times 429.",
        [],
        [
            Threshold(f"{REQUESTS} requests, of the limit's own time", spread([taken]), 1.03),
            Threshold("429 answers to them", spread([refused]), 0),
        ],
    )


# ---- In a process of its own -----------------------------------------------------------------------------------------


class _Clock:
    """A clock that runs `speed` times as fast."""

    def __init__(self, speed: float) -> None:
        self._speed = speed

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic() * self._speed

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(seconds / self._speed)


async def _send(url: str, speed: float) -> Figures:
    statuses: list[int] = []

    def note(event: object) -> None:
        if isinstance(event, RequestAnswered):
            statuses.append(event.status)

    clock = _Clock(speed)
    async with LuccaProcurement(url, KEY, rate=RATE, clock=clock, on_event=note) as lucca:
        start = clock.monotonic()
        await asyncio.gather(*(lucca.purchases.get(1_000 + number) for number in range(REQUESTS)))
        return {"seconds": clock.monotonic() - start, "refused": statuses.count(429)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_send(sys.argv[1], float(sys.argv[2])))))
