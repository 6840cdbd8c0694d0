"""Share the tenant's requests per minute with all processes that use the same name.

REDIS_URL=redis://localhost:6379/0 python examples/shared_rate.py
DATABASE_URL=postgresql://user@localhost/database python examples/shared_rate.py
"""

from __future__ import annotations

import asyncio
import os

from lucca_procurement import LuccaProcurement, rates


def shared_rate() -> rates.RedisRate | rates.PostgresRate:
    if url := os.environ.get("REDIS_URL"):
        return rates.RedisRate(url, "example")
    return rates.PostgresRate(os.environ["DATABASE_URL"], "example")


async def main() -> None:
    async with shared_rate() as rate, LuccaProcurement(rate=rate) as lucca:
        print(len([nature async for nature in lucca.natures.iterate()]), "natures")


if __name__ == "__main__":
    asyncio.run(main())
