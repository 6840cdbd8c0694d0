"""The Lucca of the proof, the person who answers, and the counts."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from attrs import define, field
from starlette.types import Message, Receive, Scope, Send

from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator
from lucca_procurement.emulator.faults import KINDS, Fault, Faults
from lucca_procurement.errors import ProcurementError
from lucca_procurement.stores import PostgresOrders, Record, SQLiteOrders, State
from support.careful_caller import Books
from support.orders import CREATING

SHARE = 0.12
"""The part of the requests that meets a fault."""
FAULTS = {"commit-then-drop": 2, "500-after-commit": 1, "drop": 1, "503": 1}
"""The faults and how often each is met, compared with the others."""
SPARED = ("list_suppliers", "list_natures", "list_cost_centers", "list_tax_rates")
"""The reads of the command's checks. If one of them fails, the command ends before it sends anything else."""
LATENCY = 0.12
"""The most seconds from the arrival of a request until its work is done, and from then until its answer."""
SEED = 20261129
_BEGUN = time.monotonic()


def say(text: str) -> None:
    """Print the progress of the proof."""
    print(f"{time.monotonic() - _BEGUN:6.0f} s  {text}", file=sys.stderr, flush=True)


@define
class Counts:
    """What was counted on the server and in the store."""

    duplicates: int = 0
    lost: int = 0
    persons: int = 0
    created_again: int = 0
    sent_twice: int = 0
    requests: int = 0
    reads: int = 0
    seconds: float = 0.0
    problems: list[str] = field(factory=list)


class _Chance(Faults):
    """Lets a part of all requests meet a fault."""

    def __init__(self, chance: random.Random, share: float) -> None:
        super().__init__(frozenset(CREATING))
        self.share = share
        self._chance = chance

    def meet(self, operation: str) -> Fault | None:
        if operation in SPARED or self._chance.random() >= self.share:
            return None
        (name,) = self._chance.choices([*FAULTS], [*FAULTS.values()])
        return Fault(operation, name, options=dict(KINDS[name].options))


class SlowLucca(Emulator):
    """An emulator with faults and latency. A request that has arrived is done, even if its sender has died."""

    def __init__(self, chance: random.Random, share: float = SHARE) -> None:
        super().__init__(rate=None, approve="manual")
        self.faults: _Chance = _Chance(chance, share)
        self.creates = 0
        """The number of requests so far that create."""
        self._chance = chance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        arrived: list[Message] = [await receive()]
        while arrived[-1].get("more_body"):
            arrived.append(await receive())
        self.creates += scope["method"] == "POST"
        arrived.reverse()

        async def replay() -> Message:
            return arrived.pop() if arrived else await receive()

        async def send_late(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(self._chance.uniform(0.0, LATENCY))
            await send(message)

        await asyncio.sleep(self._chance.uniform(0.0, LATENCY))
        await super().__call__(scope, replay, send_late)


async def answer(
    lucca: LuccaProcurement, store: SQLiteOrders | PostgresOrders, emulator: Emulator, counts: Counts
) -> None:
    """Be the person: look in Lucca for each order that needs it, and answer truthfully."""
    purchases: dict[str, int] = {}
    for purchase in emulator.created():
        purchases.setdefault(_reference(purchase), purchase["id"])
    records = [record async for record in store.records(State.NEEDS_A_LOOK)]
    counts.persons = len(records)

    async def answer_one(record: Record) -> None:
        order, found = record.order, purchases.get(record.reference)
        counts.created_again += found is None
        try:
            if found is not None and order.purchase_id is None:
                record = await store.replace(record, await lucca.orders.adopt(order, found))
            await lucca.orders.ensure(record.order, store, resubmit=True)
        except ProcurementError as error:
            counts.problems.append(f"{record.reference}: {error!r} from {error.__cause__!r}")

    await asyncio.gather(*map(answer_one, records))


def count(orders: int, records: Sequence[Record], emulator: Emulator, counts: Counts) -> None:
    """Count what the server and the store hold in the end.

    Args:
        orders: The number of orders that the import was told to submit.
        records: All records of the store.
        emulator: The server.
        counts: The counts to complete.
    """
    counted = Counter(map(_reference, emulator.created()))
    books = Books(emulator)
    counts.duplicates = sum(number - 1 for number in counted.values())
    counts.sent_twice = sum(entry.operation in CREATING[1:] and entry.status == 409 for entry in emulator.log)
    counts.lost = orders - len(records)
    for record in records:
        # The control has orders with several purchases. They are not lost.
        if record.state is not State.SUBMITTED or not counted[record.reference]:
            counts.lost += 1
            counts.problems.append(f"{record.reference} is {record.state}: {record.note}")
        elif counted[record.reference] == 1 and not books.hold(record.order):
            counts.problems.append(f"{record.reference} is not whole")


def count_requests(emulator: Emulator, counts: Counts) -> None:
    """Count the requests so far, before a person interferes."""
    counts.requests = len(emulator.log)
    counts.reads = sum(entry.method == "GET" for entry in emulator.log)


def _reference(purchase: dict[str, Any]) -> str:
    return str(purchase["title"]).partition("]")[0].removeprefix("[")
