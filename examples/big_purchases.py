"""This month's purchases over 10,000 EUR: as a table, as CSV in big_purchases.csv, and as a pandas frame.

LUCCA_BASE_URL and LUCCA_API_KEY name the host. It needs `pip install pandas rich`.
"""

from __future__ import annotations

import asyncio
import csv
from datetime import UTC, datetime
from typing import Any

import pandas
import rich
from rich.table import Table

from lucca_procurement import LuccaProcurement


async def big_purchases(since: datetime, least: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with LuccaProcurement() as lucca:
        async for each in lucca.purchases.iterate(page_size=1_000):
            amount = each.committed_amount and each.committed_amount.base
            if each.created_at and each.created_at >= since and amount and amount.currency == "EUR":
                supplier = each.supplier and each.supplier.name
                rows.append({"id": each.id, "title": each.title, "supplier": supplier, "amount": amount.value or 0})
    return [row for row in rows if row["amount"] > least]


rows = asyncio.run(big_purchases(datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0), least=10_000))
table = Table("id", "title", "supplier", "amount")
for row in rows:
    table.add_row(*map(str, row.values()))
rich.print(table)
with open("big_purchases.csv", "w", newline="", encoding="utf-8") as file:  # noqa: PTH123 - the shortest form
    writer = csv.DictWriter(file, ["id", "title", "supplier", "amount"])
    writer.writeheader()
    writer.writerows(rows)
print(pandas.DataFrame(rows).groupby("supplier")["amount"].sum() if rows else "none")
