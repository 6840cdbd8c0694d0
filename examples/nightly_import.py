"""Submit the purchase orders that an ERP exports each night. The mapping is ours, and the library does the rest.

python nightly_import.py export.csv --store orders.sqlite

LUCCA_BASE_URL and LUCCA_API_KEY name the host. The exit code is 0 if every order is submitted, and 1 if some are left.
`lucca-procurement status` and `resolve` work on the same store. If the ERP can export the columns of
`lucca-procurement template`, the command `lucca-procurement import` makes this program unnecessary.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from lucca_procurement import LuccaProcurement, Order, errors, models
from lucca_procurement.orders import Entry
from lucca_procurement.stores import SQLiteOrders, State
from lucca_procurement.taxes import find_rate

Row = dict[str, str]
VENDORS = {"V-0815": 6, "V-0816": 1}
"""The supplier in Lucca of each vendor of the ERP."""
GROUPS = {"IT": 1, "FURNITURE": 4}
"""The nature in Lucca of each group of goods."""


def order_of(row: Row, rates: Sequence[models.TaxRate]) -> Order:
    """Return the order of a row. Raises KeyError or ValueError for a value that the mapping does not know."""
    return Order.one_time(
        f"ERP-{row['ORDER_NO']}",
        title=row["TEXT"],
        supplier=VENDORS[row["VENDOR"]],
        owner=int(row["BUYER"]),
        nature=GROUPS[row["GROUP"]],
        cost_center=int(row["COST_CENTER"]),
        establishment=1,
        department=14,
        # The ERP writes 1250,00.
        amount=row["NET"].replace(",", "."),
        currency=row["CURRENCY"],
        taxes=[find_rate(rates, Decimal(int(row["VAT"])) / 100)],
        cost_date=_day(row["DELIVERY"]),
        invoice_date=_day(row["INVOICE"]),
    )


def _day(text: str) -> str:
    """Return a day such as 01.12.2026 in the form that Lucca reads."""
    return f"{datetime.strptime(text, '%d.%m.%Y'):%Y-%m-%d}"  # noqa: DTZ007 - it is a day


def orders_of(path: Path, rates: Sequence[models.TaxRate]) -> list[tuple[Order, str]]:
    """Return the orders of an export with their sources. Raises ValueError, which names the line, for a wrong row."""
    orders: list[tuple[Order, str]] = []
    with path.open(encoding="cp1252", newline="") as file:
        lines = csv.DictReader(file, delimiter=";")
        for row in lines:
            source = f"{path.name}:{lines.line_num}"
            try:
                orders.append((order_of(row, rates), source))
            except (KeyError, ValueError, errors.NoTaxRate) as error:
                raise ValueError(f"{source}: {type(error).__name__}: {error}") from error
    return orders


async def main(path: Path, stored: Path) -> int:
    """Submit the orders of an export and the unfinished ones of earlier nights, and return the exit code."""
    left = 0
    async with LuccaProcurement(app="nightly-import/1.0") as lucca, SQLiteOrders(stored) as store, store.lead():
        today = datetime.now(UTC).date()
        orders = orders_of(path, await lucca.tax_rates.list(today, "FR"))
        async for result in lucca.orders.submit_many(with_unfinished(orders, store), store=store):
            if result.error is not None:
                left += 1
                print(f"{result.source}, {result.order.reference}: {result.error.__cause__ or result.error}")
    print(f"{left} left.")
    return 1 if left else 0


async def with_unfinished(orders: Sequence[tuple[Order, str]], store: SQLiteOrders) -> AsyncIterator[Entry]:
    """Yield orders, and then the unfinished ones of earlier nights."""
    for entry in orders:
        yield entry
    tonight = {order.key for order, _ in orders}
    async for record in store.records(State.WAITING, State.SUBMITTING):
        if record.order.key not in tonight:
            yield record


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--store", type=Path, default=Path("orders.sqlite"))
    options = parser.parse_args()
    try:
        sys.exit(asyncio.run(main(options.file, options.store)))
    except (errors.ProcurementError, OSError, ValueError) as error:
        sys.exit(f"The import cannot go on: {error}")
    except KeyboardInterrupt:
        sys.exit("Stopped. Run it again to continue.")
