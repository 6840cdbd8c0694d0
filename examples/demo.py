"""Two orders from nothing to their approval, as `make demo` shows them.

Without settings, the demo starts an emulator, which loses one answer. With LUCCA_BASE_URL and LUCCA_API_KEY, it lists
the orders that it would create on that host, and asks first. `make demo-picture` draws docs/demo.svg with it.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

try:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from lucca_procurement import LuccaProcurement, Order, errors, events, models
    from lucca_procurement.client import Clock
    from lucca_procurement.emulator import Emulator
except ImportError as error:
    sys.exit(f'{error}: run it by `make demo`, or pip install ".[demo]" first.')

URL, KEY = "LUCCA_BASE_URL", "LUCCA_API_KEY"
APP = "lucca-procurement-demo/1.0"
PATIENCE = 60.0

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def documented_orders(run: str) -> list[Order]:
    """Return the one-time order and the subscription of Lucca's documentation. Each has a reference of this run."""
    day = date(2025, 4, 14)
    euros = models.Currency.EUR
    purchase = models.PurchaseCreation(
        title="Purchase entry test",
        supplier=models.SupplierChoice(id=6, name="Amazon", territory_id="FR"),
        owner_id=35,
        nature_id=1,
        cost_center_id=3,
        establishment_id=1,
        department_id=14,
        axis_section_ids=[361],
    )
    one_time = models.OneTimeCommitmentCreation(
        cost_date=day,
        invoice_date=day,
        amount_including_taxes=models.TaxedAmount(
            excluding_taxes=models.Amount(value=Decimal(120), currency=euros), taxes=[]
        ),
        attachment_ids=[],
        comment="Comment",
        payment_method=None,
    )
    subscription = models.SubscriptionCommitmentCreation(
        start_date=day,
        first_invoice_date=day,
        invoicing_frequency=models.Duration(value=1, unit=models.DurationUnit.MONTH),
        subscription_duration=models.Duration(value=12, unit=models.DurationUnit.MONTH),
        contractual_obligation=None,
        termination_notice=None,
        amount_including_taxes_per_period=models.TaxedAmount(
            excluding_taxes=models.Amount(value=Decimal(1000), currency=euros), taxes=[]
        ),
        attachment_ids=[],
        comment="Comment",
        payment_method=None,
    )
    return [
        Order(f"{run}-1", purchase, one_time),
        Order(f"{run}-2", purchase, subscription),
    ]


class Stored:
    """The orders of a real host, one file each. A demo that was stopped continues with them."""

    def __init__(self, host: str) -> None:
        self._stem = "demo-order." + re.sub(r"[^\w.-]", "_", host)

    def load(self) -> list[Order]:
        return [Order.from_json(path.read_bytes()) for path in self._paths()]

    def save(self, order: Order) -> None:
        path = Path(f"{self._stem}.{order.reference}.json")
        half = path.with_suffix(".part")
        half.write_bytes(order.to_json())
        half.replace(path)

    def clear(self) -> None:
        for path in self._paths():
            path.unlink()

    def _paths(self) -> list[Path]:
        return sorted(Path().glob(f"{self._stem}.*.json"))


class Narrator:
    """Prints the events of a client as they happen, and counts the requests."""

    def __init__(self) -> None:
        self.requests = Counter[str]()
        self._lost = False

    def __call__(self, event: events.Event) -> None:
        match event:
            case events.RequestSent(method=method):
                self.requests[method] += 1
            case events.RequestAnswered(method=method, path=path, status=status):
                colour = "green" if status < 400 else "red"
                self._say(f"[{colour}]{status}[/] {method} {escape(path)}")
            case events.RequestFailed(method=method, path=path, failure=failure, sent=sent):
                self._say(f"[red]---[/] {method} {escape(path)}")
                self._say(f"    [red]no answer[/] ({escape(failure)})")
                if sent and method == "POST":
                    self._lost = True
                    self._say("    It may have been done. The client does not send it again, and looks for it.")
            case events.OrderStep(step=step, reference=reference):
                what, id = {
                    "commitment": ("purchase", event.purchase_id),
                    "request": ("commitment", event.commitment_id),
                    "submitted": ("request for approval", event.approval_request_id),
                }[step]
                how = "[yellow]found, not created twice[/]" if self._lost else "created"
                self._lost = False
                self._say(f"    {reference}: {what} [bold]{id}[/] {how}")
            case events.HeldBack(seconds=seconds, reason=reason):
                self._say(f"    held back {seconds:.1f} s ({reason})")
            case _:
                pass

    def _say(self, text: str) -> None:
        console.print(f"  {text}", soft_wrap=True)


def heading(text: str) -> None:
    console.print(f"\n[bold cyan]{escape(text)}[/]", soft_wrap=True)


async def show(
    lucca: LuccaProcurement, narrator: Narrator, orders: Sequence[Order], save: Callable[[Order], None] | None
) -> None:
    """Submit the orders, wait for the decisions and print a summary."""
    for order in orders:
        heading(f"Submit {order.reference} ({kind(order)})")
        await lucca.orders.submit(order, save=save)
    heading("Wait for the decisions")
    for order in orders:
        await decided(lucca, order)
    heading("What happened")
    table = Table("order", "kind", "purchase", "commitment", "request", "decision", box=None, pad_edge=False)
    for order in orders:
        ids = (order.purchase_id, order.commitment_id, order.approval_request_id)
        cells = (order.reference, kind(order), *ids, order.decision or "pending")
        table.add_row(*(escape("-" if each is None else str(each)) for each in cells))
    console.print(table)
    console.print(f"\n{narrator.requests.total()} requests, {narrator.requests['POST']} of them POST.")


async def decided(lucca: LuccaProcurement, order: Order) -> None:
    try:
        await lucca.orders.wait(order, timeout=PATIENCE)
    except errors.StillPending:
        how = "still pending: have it approved in Lucca, and run this again"
    except errors.OrderNotApproved:
        how = f"[red]{order.decision}[/]"
    else:
        how = f"[green]{order.decision}[/]"
    by = f" by {escape(order.decided_by)}" if order.decided_by else ""
    console.print(f"      {order.reference}: {how}{by}", soft_wrap=True)


def kind(order: Order) -> str:
    return "subscription" if isinstance(order.commitment, models.SubscriptionCommitmentCreation) else "one-time"


async def demo_here(clock: Clock | None = None) -> None:
    """Run the demo on an emulator in this process. The emulator loses the answer to the first purchase."""
    emulator = Emulator(approve="after=1.5", clock=clock.time if clock else time.time)
    emulator.faults.add("create_purchase", "commit-then-drop")
    narrator, orders = Narrator(), documented_orders("DEMO")
    async with (
        emulator.serve() as url,
        LuccaProcurement(url, emulator.key, app=APP, on_event=narrator, clock=clock) as lucca,
    ):
        console.print("Two orders on an emulator of Lucca on this machine.")
        console.print("It loses the answer to the first request, and approves an order after 1.5 s.")
        await show(lucca, narrator, orders, None)
    created = len(emulator.created())
    console.print(f"[bold]{len(orders)} orders, 1 lost answer, {created} purchases in Lucca.[/]")


async def demo_there(url: str, stored: Stored, orders: Sequence[Order]) -> None:
    narrator = Narrator()
    async with LuccaProcurement(url, app=APP, on_event=narrator) as lucca:
        await show(lucca, narrator, orders, stored.save)
    if all(order.decision for order in orders):
        stored.clear()


async def check(url: str) -> None:
    """Raise ConfigurationError if a setting is invalid, before the demo prints a URL that may hold a password."""
    async with LuccaProcurement(url, app=APP):
        pass


def agreed(host: str, orders: Sequence[Order]) -> bool:
    """Print the orders and ask. Return True if the answer is yes. Without a terminal, the answer is no."""
    console.print(f"This would create on [bold]{escape(host)}[/]:", soft_wrap=True)
    for order in orders:
        known = f", of which purchase {order.purchase_id} is there" if order.purchase_id else ""
        title = escape(order.to_create().title)
        console.print(f"  {kind(order)}: {title}, its commitment and a request for approval{known}", soft_wrap=True)
    console.print(
        "Their ids (owner, supplier, ...) are those of Lucca's documentation: see documented_orders.", soft_wrap=True
    )
    console.print("A purchase cannot be deleted afterwards.")
    if not sys.stdin.isatty():
        return False
    return input("Create them? [y/N] ").strip().lower() in ("y", "yes")


def main() -> None:
    """Run the demo on the host of the settings, or on an emulator. Raises ProcurementError."""
    url, key = os.environ.get(URL), os.environ.get(KEY)
    if not url and not key:
        asyncio.run(demo_here())
        return
    if not url or not key:
        there, missing = (URL, KEY) if url else (KEY, URL)
        raise errors.ConfigurationError(f"{there} is set, and {missing} is not: set both, or none for the emulator")
    asyncio.run(check(url))
    host = urlsplit(url).netloc
    stored = Stored(host)
    orders = stored.load() or documented_orders(f"DEMO-{datetime.now().astimezone():%Y%m%d-%H%M%S}")
    if not agreed(host, orders):
        console.print("Nothing was sent. Unset both variables to see it on the emulator.")
        return
    asyncio.run(demo_there(url, stored, orders))


if __name__ == "__main__":
    try:
        main()
    except errors.OrderIncomplete as stopped:
        sys.exit(f"The demo stopped: {stopped} {stopped.__cause__}")
    except (errors.ProcurementError, OSError) as error:
        sys.exit(f"The demo stopped: {error}")
    except (EOFError, KeyboardInterrupt):
        # The orders of a real host are stored after each step, so a next run continues.
        print("\nStopped. Run it again: on a real host it continues, on the emulator it starts anew.")
        sys.exit(130)
