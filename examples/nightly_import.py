"""Submit the orders of a CSV file, each once. The next run continues with the orders that this one leaves.

python nightly_import.py orders.csv --store orders.sqlite

LUCCA_BASE_URL and LUCCA_API_KEY name the host. The exit code is 0 if every order is submitted, and 1 if some are left.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lucca_procurement import LuccaProcurement, Order, Result, Step, errors, models
from order_store import OrderStore, corrected

Row = dict[str, str]


class Import:
    """One run over a file. It counts the orders `submitted` in this run and `before` it. `left` has the others.

    `found` has the purchases that a person found in Lucca. `again` has the references that a person did not find.
    """

    def __init__(
        self,
        lucca: LuccaProcurement,
        store: OrderStore,
        found: Iterable[tuple[str, int]] = (),
        again: Iterable[str] = (),
    ) -> None:
        self._lucca = lucca
        self._store = store
        self._found = tuple(found)
        self._again = tuple(again)
        self._rates: dict[tuple[date, str, str], models.TaxRate] = {}
        self.submitted = 0
        self.before = 0
        self.left: list[str] = []

    async def run(self, path: Path) -> None:
        orders = self._lucca.orders
        again = [self._stored(reference) for reference in self._again]
        for reference, purchase_id in self._found:
            self._store.save(await orders.adopt(self._stored(reference), purchase_id))
        # The client reads the whole list once more before it creates a purchase again.
        await self._note(orders.submit_many(again, save=self._store.save, resubmit=True))
        await self._note(orders.submit_many(self._orders(path), save=self._store.save))

    async def _note(self, results: AsyncIterator[Result]) -> None:
        async for result in results:
            if result.error is None:
                self.submitted += 1
                print(f"{result.order.reference}: purchase {result.order.purchase_id}", flush=True)
            else:
                self.left.append(_advice(result.order, result.error))

    def _stored(self, reference: str) -> Order:
        order = self._store.load(reference)
        if order is None:
            raise errors.InvalidArgument(f"no order {reference} is in the store")
        return order

    async def _orders(self, path: Path) -> AsyncIterator[Order]:
        again = {reference.lower() for reference in self._again}
        seen = set(again)
        # utf-8-sig, because a CSV file of Excel begins with a byte order mark.
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            for row in lines:
                if (row.get("reference") or "").lower() in again:
                    continue
                try:
                    order = await self._order(row, seen)
                except (errors.ProcurementError, InvalidOperation, KeyError, ValueError) as error:
                    self.left.append(f"line {lines.line_num}: {_words(error)}")
                    continue
                if order.step is Step.SUBMITTED:
                    self.before += 1
                else:
                    yield order
        for order in self._store:
            # The order is from the file of an earlier night.
            if order.step is not Step.SUBMITTED and order.key not in seen:
                yield order

    async def _order(self, row: Row, seen: set[str]) -> Order:
        if None in row or None in row.values():
            raise ValueError("it has not as many fields as the first line")
        reference = row["reference"]
        if reference.lower() in seen:
            raise ValueError(f"the reference {reference} is in the file twice")
        seen.add(reference.lower())
        stored = self._store.load(reference)
        if stored and stored.step is Step.SUBMITTED:
            return stored
        fresh = await self._fresh(row)
        return corrected(stored, fresh) if stored else fresh

    async def _fresh(self, row: Row) -> Order:
        invoiced = date.fromisoformat(row["invoice_date"])
        return Order.one_time(
            row["reference"],
            title=row["title"],
            supplier=int(row["supplier_id"]),
            owner=int(row["owner_id"]),
            nature=int(row["nature_id"]),
            cost_center=int(row["cost_center_id"]),
            establishment=int(row["establishment_id"]),
            department=int(row["department_id"]),
            amount=row["amount"],
            currency=row["currency"],
            taxes=[await self._rate(invoiced, row["territory"], row["tax"])],
            cost_date=row["cost_date"],
            invoice_date=invoiced,
        )

    async def _rate(self, day: date, territory: str, percentage: str) -> models.TaxRate:
        # Keep the rates, because each request counts against the tenant's 50 a minute.
        key = (day, territory, percentage)
        if key not in self._rates:
            fraction = Decimal(percentage.removesuffix("%")) / 100
            self._rates[key] = await self._lucca.tax_rates.find(day, territory, fraction)
        return self._rates[key]


def _words(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"there is no column {error}"
    if isinstance(error, InvalidOperation):
        return "an amount or a tax is no number as 1234.50"
    return str(error)


def _advice(order: Order, error: errors.ProcurementError) -> str:
    name, cause = order.reference, error.__cause__
    if not isinstance(error, errors.OrderIncomplete):
        return f"{name}: {error}"
    if error.needs == "time":
        return f"{name}: LATER, by the next run: {cause or error}"
    if error.needs == "correction":
        return f"{name}: CORRECT IT, and run again: {cause}"
    if not isinstance(cause, errors.OutcomeUnknown) or order.step is not Step.PURCHASE:
        return f"{name}: LOOK at purchase {order.purchase_id} in Lucca: {cause or error}"
    candidates = ", ".join(str(purchase.id) for purchase in cause.candidates) or "none was found"
    return (
        f"{name}: UNKNOWN, it may be in Lucca (candidates: {candidates}). Look for [{name}] there."
        f" If it is there, run again with --found {name}=ID; if it is not, with --again {name}"
    )


async def main(options: argparse.Namespace) -> int:
    with OrderStore(options.store) as store:
        async with LuccaProcurement(app="nightly-import/1.0") as lucca:
            work = Import(lucca, store, options.found, options.again)
            await work.run(options.file)
    print(f"{work.submitted} submitted, {work.before} submitted before, {len(work.left)} left.")
    for sentence in work.left:
        print(f"- {sentence}")
    return 1 if work.left else 0


def _found(text: str) -> tuple[str, int]:
    reference, _, number = text.rpartition("=")
    return reference, int(number)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--store", type=Path, default=Path("orders.sqlite"))
    parser.add_argument("--found", type=_found, action="append", default=[], metavar="REFERENCE=ID")
    parser.add_argument("--again", action="append", default=[], metavar="REFERENCE")
    try:
        sys.exit(asyncio.run(main(parser.parse_args())))
    except (errors.ProcurementError, OSError, UnicodeError, csv.Error, sqlite3.Error) as error:
        sys.exit(f"The import cannot go on: {error}")
    except KeyboardInterrupt:
        sys.exit("Stopped. Run it again to continue.")
