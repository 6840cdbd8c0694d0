"""Read the decisions on many submitted orders, in few requests."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress

from lucca_procurement_api import api
from lucca_procurement_api.models import PagingMember
from lucca_procurement_api.types import UNSET

from .._wire.session import Session
from ..errors import Forbidden, NotFound, Superseded
from ..models import Purchase
from ..pages import LARGEST_PAGE, Route, Token
from ..purchases import Purchases
from .decisions import decided_by, decision_of
from .records import OrderStore, PerStore, Record, State, late_corrections

__all__ = ("Refresh",)


class Refresh:
    """Passes over the submitted orders of stores.

    A pass reads the list from the front in pages of 1,000 until it has seen all orders. If it takes fewer requests to
    read the purchases that are left one by one, it does that.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pages = 2
        """The number of pages that the last pass read. Before the first one, two: a single order is read by itself."""
        self._decided: PerStore[list[Record]] = PerStore(list)
        """The records that a pass decided before it failed. The next pass returns them."""

    async def run(self, store: OrderStore) -> list[Record]:
        """Return the records of the orders that are now decided. Each is stored as soon as it is read.

        Args:
            store: The store.

        Raises ProcurementError if the list or a purchase cannot be read, or if the store fails.
        """
        pending: dict[int, Record] = {}
        async for record in store.records(State.SUBMITTED):
            if (id := record.order.purchase_id) is not None:
                pending[id] = record
        earlier = self._decided.of(store)
        decided = [*earlier]
        earlier.clear()
        try:
            if len(pending) >= self._pages:
                await self._in_the_list(store, pending, decided)
            for id, record in pending.items():
                await self._on_the_purchase(store, id, record, decided)
        except BaseException:
            self._decided.of(store).extend(decided)
            raise
        return decided

    async def _in_the_list(self, store: OrderStore, pending: dict[int, Record], decided: list[Record]) -> None:
        """Read pages while that saves requests. It removes the orders that it sees from `pending`."""
        route, token = Route(None, LARGEST_PAGE), None
        seen, pages = 0, 0
        while True:
            page, token = await self._page(route, token)
            seen, pages = seen + len(page), pages + 1
            # A purchase that shows no state is read by itself.
            shown = [(pending.pop(each.id), each) for each in page if each.state and each.id in pending]
            # All of them have to end. A decision that was stored while another one failed would not be returned.
            saves = (_store(store, record, each, decided) for record, each in shown)
            for error in await asyncio.gather(*saves, return_exceptions=True):
                if error is not None:
                    raise error
            if not pending or token is None or len(pending) <= _most_pages_left(page, seen, route.count, pending):
                break
        self._pages = max(2, pages)

    async def _page(self, route: Route, token: Token) -> tuple[Sequence[Purchase], Token]:
        page = await self._session(
            api.list_purchases,
            fields_root=[PagingMember.NEXT, PagingMember.COUNT],
            page=UNSET if token is None else token,
            limit=LARGEST_PAGE,
        )
        next_token = route.after(page)
        return route.new, next_token

    async def _on_the_purchase(self, store: OrderStore, id: int, record: Record, decided: list[Record]) -> None:
        try:
            purchase = await Purchases(self._session).get(id)
        except (NotFound, Forbidden) as error:
            # The other orders must not wait for this one. A later pass may see it again.
            note = "; ".join(filter(None, [f"purchase {id} cannot be read: {error.reason}", late_corrections(record)]))
            if record.note != note:
                # If another process was faster, what it stored counts.
                with suppress(Superseded):
                    await store.replace(record, record.order, note)
        else:
            await _store(store, record, purchase, decided)


async def _store(store: OrderStore, record: Record, purchase: Purchase, decided: list[Record]) -> None:
    """Store the decision on a purchase, if there is one, and append the new record to `decided`."""
    decision = decision_of(purchase)
    if decision is not None:
        record.order.decision = decision
        record.order.decided_by = decided_by(purchase)
        # If another process was faster, what it stored counts.
        with suppress(Superseded):
            decided.append(await store.replace(record, record.order, late_corrections(record)))


def _most_pages_left(page: Sequence[Purchase], seen: int, count: int | None, pending: Iterable[int]) -> float:
    """Return the most pages until all pending orders are seen.

    If the ids of the latest page fall, the purchases before the oldest pending one are at most as many as the ids.
    """
    most = math.inf if count is None else count - seen
    ids = [purchase.id for purchase in page]
    if ids and ids == sorted(ids, reverse=True):
        most = min(most, ids[-1] - min(pending))
    return math.ceil(most / LARGEST_PAGE) if most < math.inf else most
