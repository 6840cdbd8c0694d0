"""One of the processes of test_shared_rate: reads one list again and again, at a rate that it shares."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from lucca_procurement import LuccaProcurement
from postgres_rate import in_postgres
from redis_rate import in_redis
from shared_rate import SharedRate

WINDOWS = {"redis": in_redis, "postgres": in_postgres}


async def main(
    kind: str, address: str, name: str, limit: str, window: str, url: str, operation: str, calls: str
) -> None:
    with WINDOWS[kind](address, name, int(limit), float(window)) as bucket:
        async with LuccaProcurement(url, "emulator", rate=SharedRate(bucket), retries=0) as lucca:
            lists: dict[str, Any] = {"list_natures": lucca.natures, "list_cost_centers": lucca.cost_centers}
            # All processes start at the same moment, whichever was ready first.
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.readline)
            await asyncio.gather(*(anext(aiter(lists[operation].iterate().pages())) for _ in range(int(calls))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
