"""One order of a store while it is processed. Each save replaces its record, if no other process has replaced it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from ..errors import Needs, OrderIncomplete, StoreFailed, StoreInUse, Superseded
from ..order import Order, Remaining, Step
from .grace import result_of
from .records import OrderStore, Record
from .stopped import cause_of, concerns_all

__all__ = ("StoredOrder",)


class StoredOrder:
    """Saves an order. `record` is the record of its last save.

    Args:
        store: The store.
        record: The record of the order.
        late: The note about corrections that came too late.
    """

    def __init__(self, store: OrderStore, record: Record, late: str) -> None:
        self.store = store
        self._late = late
        self._saving: asyncio.Task[None] | None = None
        self.record = record

    async def save(self, order: Order) -> None:
        """Store a new state of the order. Raises Superseded if another process has stored a newer version."""
        await self._replace(order, self._late, None)

    @asynccontextmanager
    async def stopping(self) -> AsyncIterator[None]:
        """Store the reason if the order stops in a block."""
        try:
            yield
        except OrderIncomplete as error:
            # If another process went ahead, its state of the order counts.
            with suppress(Superseded):
                await self._stopped(error)
            raise

    async def cancelling(self, order: Order) -> None:
        """Store an order whose cancellation has begun. If it does not end, a person has to begin it again.

        Raises Superseded if another process has stored a newer version.
        """
        await self._store_cancelled(order, "its cancellation has begun and not ended: cancel the order again")

    async def cancelled(self, order: Order, remains: Sequence[Remaining]) -> None:
        """Store an order whose cancellation has ended, with the objects that remain in Lucca.

        Raises Superseded if another process has stored a newer version.
        """
        await self._store_cancelled(order, f"not cancelled: {'; '.join(map(str, remains))}" if remains else "")

    async def _store_cancelled(self, order: Order, note: str) -> None:
        # `refresh` reads the decisions on submitted orders. The others must not continue by themselves.
        needs: Needs | None = "person" if note and order.step is not Step.SUBMITTED else None
        await self._replace(order, "; ".join(filter(None, [note, self._late])), needs)

    async def _stopped(self, error: OrderIncomplete) -> None:
        # A store that failed cannot store the reason.
        cause = cause_of(error)
        if isinstance(cause, Superseded | StoreFailed | StoreInUse):
            return
        # People read the notes of a store, also with SQL.
        note = "; ".join(filter(None, [cause.without_calls, self._late]))
        # A wrong key concerns all orders. The order itself has no defect.
        await self._replace(error.order, note, "time" if concerns_all(cause) else error.needs)

    async def finished(self) -> Record:
        """Return the record of an order that has all its objects. Its note is about corrections that came too late.

        Raises ProcurementError if the store fails.
        """
        if self.record.note != self._late:
            await self._replace(self.record.order, self._late, None)
        return self.record

    async def _replace(self, order: Order, note: str, needs: Needs | None) -> None:
        if self._saving is not None:
            # A cancelled save still runs. Its version is the one to replace.
            await asyncio.wait([self._saving])
        self._saving = asyncio.create_task(self._write(order, note, needs))
        await result_of(self._saving)

    async def _write(self, order: Order, note: str, needs: Needs | None) -> None:
        self.record = await self.store.replace(self.record, order, note, needs)
