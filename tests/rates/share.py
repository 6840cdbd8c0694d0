"""One of the processes of test_rates: reads one list again and again, at a rate that it shares."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from lucca_procurement import LuccaProcurement, rates

KINDS: dict[str, type[rates.RedisRate] | type[rates.PostgresRate]] = {
    "redis": rates.RedisRate,
    "postgres": rates.PostgresRate,
}


async def main(
    kind: str, address: str, name: str, limit: str, window: str, url: str, operation: str, calls: str
) -> None:
    rate = KINDS[kind](address, name, limit=int(limit))
    rate._window = float(window)
    async with rate, LuccaProcurement(url, "emulator", rate=rate, retries=0) as lucca:
        lists: dict[str, Any] = {"list_natures": lucca.natures, "list_cost_centers": lucca.cost_centers}
        # All processes start at the same moment, regardless of which was ready first.
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.gather(*(anext(aiter(lists[operation].iterate().pages())) for _ in range(int(calls))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
