"""Place one order and wait for its approval. After any event, run it again: it continues.

LUCCA_BASE_URL and LUCCA_API_KEY name the host. The order is stored in order.json, or in the file that you name.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import date, timedelta
from pathlib import Path

from lucca_procurement import LuccaProcurement, Order, errors

STORE = Path(sys.argv[1] if len(sys.argv) > 1 else "order.json")


def new_order() -> Order:
    delivery = date.today() + timedelta(days=14)  # noqa: DTZ011 - the day of this machine is meant
    return Order.one_time(
        "ERP-4711",
        title="Laptops",
        supplier=6,
        owner=35,
        nature=1,
        cost_center=3,
        establishment=1,
        department=14,
        amount="1250.00",
        cost_date=delivery,
        invoice_date=delivery + timedelta(days=14),
    )


def load() -> Order | None:
    return Order.from_json(STORE.read_bytes()) if STORE.exists() else None


def save(order: Order) -> None:
    # A rename is atomic: after a kill, the file has the whole old state or the whole new one.
    half = STORE.with_name(f"{STORE.name}.part")
    half.write_bytes(order.to_json())
    half.replace(STORE)


async def main() -> None:
    order = load() or new_order()
    async with LuccaProcurement(app="place-order/1.0") as lucca:
        await lucca.orders.submit(order, save=save)
        print(f"Purchase {order.purchase_id} waits for its approval.", flush=True)
        try:
            await lucca.orders.wait(order, timeout=600)
        finally:
            save(order)
    print(f"Purchase {order.purchase_id} is {order.decision}.")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except errors.OrderIncomplete as stopped:
        sys.exit(f"{stopped} {stopped.__cause__}\nRun it again to continue with {STORE}.")
    except errors.ProcurementError as error:
        sys.exit(f"{error}\nRun it again to continue with {STORE}." if STORE.exists() else str(error))
    except KeyboardInterrupt:
        sys.exit(f"Stopped. Run it again to continue with {STORE}.")
