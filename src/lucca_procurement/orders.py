"""Submit orders for approval: a purchase, its commitment and its approval request. Nothing is created twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from ._ordering.cancelling import cancel_order
from ._ordering.census import Census
from ._ordering.check import check_order
from ._ordering.decisions import Undecided, decided_by, decision_of, until_decided
from ._ordering.grace import ended, is_cancelled
from ._ordering.holders import Holders, objections
from ._ordering.lookup import Lookup
from ._ordering.records import OrderStore, PerStore, Record, State, bind, late_corrections, note_of_differences
from ._ordering.refresh import Refresh
from ._ordering.registry import Registry
from ._ordering.stopped import cause_of, concerns_all, name_of, needs_of
from ._ordering.stored import StoredOrder
from ._ordering.submission import Introduce, Save, Submission
from ._wire.session import Session
from .errors import (
    InvalidArgument,
    OrderIncomplete,
    OrderNotApproved,
    ProcurementError,
    ResponseError,
    StillPending,
    StoreFailed,
)
from .models import Purchase
from .order import Decision, Order, Remaining, Result, Step, check_reference
from .purchases import Purchases

__all__ = ("Order", "Orders", "Result")


Entry = Order | tuple[Order, str] | Record
"""An order, alone or with its source, or the record of an order."""

_ALIKE = 5
"""The number of equal rejections in a row after which no further order begins."""


class Orders:
    """`lucca.orders`: submit an order, wait for its decision, find it or cancel it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._registry = Registry.of(session.settings.base_url)
        self._lookup = Lookup(session, self._registry)
        self._refresh = Refresh(session)
        self._censuses = PerStore(lambda: Census(session))
        self._holders = PerStore(lambda: Holders(self._registry))

    def check(self, order: Order) -> None:
        """Check a whole order without sending anything. `submit` does the same before its first request.

        Args:
            order: The order to check.

        Raises InvalidArgument, which names the member, if the contract does not list a value (such as an unknown
        currency), if an amount and its taxes differ in currency, if taxes do not add up, or if text cannot be encoded.
        """
        check_order(order)

    async def submit(self, order: Order, save: Save | None = None, resubmit: bool = False) -> Order:
        """Create the missing parts of an order (purchase, commitment, approval request), and return the order.

        Nothing is created twice. If the outcome of a request is unknown, `submit` determines it first. This may take
        the client's `settle`. If the order is already submitted, nothing is sent.

        Args:
            order: The order. After an error or a cancellation, it holds all progress.
            save: Stores the order. It is called, and awaited, right before each request that creates, and after each
                result. After a crash, load the last stored order and submit it. `save` must raise Superseded if another
                process has stored a newer version. The request is then not sent. `save` must not call this client,
                because it may hold the client's places.
            resubmit: True if a person looked in Lucca and did not find the purchase in doubt. It may then be created
                again, unless a purchase in the whole list may be the order's.

        Raises OrderIncomplete if the order stopped. Its `needs` is the condition for the order to continue. Raises
        InvalidArgument, before anything is sent, if the order is invalid or its reference is in use.
        """
        return await self._submit(order, save, resubmit=resubmit, patient=False)

    async def ensure(self, order: Order | Record, store: OrderStore, resubmit: bool = False) -> Record:
        """Make sure that an order is submitted, once, and return its record. It can be called any number of times.

        It inserts the order into the store or loads the record of its reference. Then it continues the order as
        `submit` does, and stores each state. If the order is decided, nothing is sent.

        Before the first order that the store has not begun, it reads the whole list once per client and store. If a
        purchase carries the order's reference, the store was lost or is old: the order takes over its own purchase.

        Args:
            order: The order. Corrections of parts that were not sent yet are stored. The others are in the record's
                `differences` and `note`. If it is a record, it is not loaded again: the store must still hold its
                version, and its own order counts.
            store: The store, such as `stores.SQLiteOrders`.
            resubmit: True if a person looked in Lucca and did not find the purchase in doubt. It may then be created
                again, as by `submit`.

        Raises OrderIncomplete if the order stopped: its state and the reason are stored. Raises InvalidArgument if the
        order is invalid or its reference is in use. Raises StoreFailed or Superseded if the order cannot be stored.
        """
        stored = await self._stored(self._bound(store), order)
        return await self._ensure(stored, self._censuses.of(store), resubmit=resubmit, patient=False)

    async def refresh(self, store: OrderStore) -> list[Record]:
        """Read the decisions on all submitted orders of a store once, store them, and return the decided records.

        It reads the list in pages of 1,000, or each purchase if that takes fewer requests. Call it as often as the
        decisions matter, such as every 15 minutes.

        Args:
            store: The store.

        Raises ProcurementError if the list or a purchase cannot be read. The decisions that were read before are
        stored. Raises StoreFailed if the store fails.
        """
        return await self._refresh.run(self._bound(store))

    async def submit_many(
        self,
        orders: Iterable[Entry] | AsyncIterable[Entry],
        concurrency: int = 8,
        save: Save | None = None,
        resubmit: bool = False,
        *,
        store: OrderStore | None = None,
    ) -> AsyncIterator[Result]:
        """Submit many orders, and yield the result of each when it finishes.

        An error of one order is in its result, and does not stop the others. In an outage, the orders wait before they
        create anything. If an error concerns all orders (401, a 403 that is not from Lucca, ConfigurationError, a store
        that fails, or five equal rejections in a row), no further order begins. If the iterator is closed early, the
        orders under way are cancelled, as if `submit` were cancelled.

        With a store, each order is processed as by `ensure`. The whole list is read once, before the first order that
        the store has not begun.

        Args:
            orders: The orders. If this source raises an error, the orders that have begun finish first. Then the error
                is raised. With a store, it may also yield pairs of an order and its source, and records.
            concurrency: The number of orders that are processed at the same time, from 1. Orders in doubt that begin at
                the same time share their lookups.
            save: The same as for `submit`.
            resubmit: The same as for `submit`. With a store, it applies to the orders with a request in doubt.
            store: The store of the orders. An order that does not begin is `waiting` in it.

        Raises InvalidArgument if `concurrency` is invalid, if `orders` is a single order, or if both `save` and `store`
        are passed.
        """
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise InvalidArgument(f"concurrency must be a whole number from 1, not {concurrency!r}")
        if not isinstance(orders, Iterable | AsyncIterable):
            raise InvalidArgument("orders must be several orders: for a single one, call submit(order)")
        _check_one(save, store)
        # Requests of another process count as over from now on, so that their settle times pass at the same time.
        now = self._session.clock.monotonic()
        if store is not None:
            async for record in self._bound(store).records(State.SUBMITTING, State.NEEDS_A_LOOK):
                if record.order.pending is not None:
                    self._registry.over_since(record.order.pending, now)
            await self._holders.of(store).introduce(store)
        elif isinstance(orders, Sequence):
            for order in orders:
                if isinstance(order, Order) and order.pending is not None:
                    self._registry.over_since(order.pending, now)
        batch = _Batch(self, _one_by_one(orders), save, store, resubmit, Census(self._session))
        async for result in batch.run(concurrency):
            yield result

    async def wait(self, order: Order, timeout: float | None = 600.0) -> Order:
        """Wait for the decision on a submitted order, and return the order.

        It reads the purchase at once, and after pauses that grow from 2 s to 30 s, within the client's rate. It sets
        `order.decision`, and `order.decided_by` if the server returns a name. It continues during an outage.

        Args:
            order: A submitted order.
            timeout: Seconds to wait. If it is None, the wait has no end.

        Raises OrderNotApproved if the order was denied or cancelled. Raises StillPending when the time is over: call
        `wait` again. Raises InvalidArgument if the order is not submitted. Raises another ProcurementError, such as
        NotFound or Forbidden, if the purchase cannot be read.
        """
        if order.decision is None:
            if order.step is not Step.SUBMITTED or order.purchase_id is None:
                raise InvalidArgument("the order is not submitted yet: nobody decides on it")
            purchase = await until_decided(self._session, order.purchase_id, timeout)
            if isinstance(purchase, Undecided):
                raise StillPending(
                    f"{name_of(order)} was not decided within {timeout:g} s"
                    + (", and could not be read in the end" if purchase.cause else ""),
                    order=order,
                ) from purchase.cause
            order.decision = decision_of(purchase)
            order.decided_by = decided_by(purchase)
        if order.decision is not Decision.APPROVED:
            by = f" by {order.decided_by}" if order.decided_by else ""
            raise OrderNotApproved(f"{name_of(order)} was {order.decision}{by}", order=order)
        return order

    async def find(self, reference: str) -> list[Purchase]:
        """Return the purchases that carry a reference, usually none or one. It reads the whole list.

        Args:
            reference: The reference of an order. Case is ignored.

        Raises InvalidArgument if `reference` cannot be a reference. Raises OutcomeUnknown if the list may have hidden a
        purchase. Raises another ProcurementError if the list cannot be read.
        """
        check_reference(reference)
        return await self._lookup.carrying(reference)

    async def adopt(
        self, order: Order | Record, purchase_id: int, save: Save | None = None, *, store: OrderStore | None = None
    ) -> Order:
        """Assign a purchase that a person found in Lucca to the order, and return the order.

        It reads the purchase, and compares it with the order. If the commitment and the approval request exist, it
        assigns them as well. Submit the order afterwards.

        Args:
            order: An order whose purchase is not known. With a store, it may be a record.
            purchase_id: The id of the purchase. Its title need not carry the reference.
            save: Stores the order. It is called for each object that is assigned.
            store: The store of the order. It adds or loads the order as `ensure` does, and returns the order of the
                store. A record is not loaded again: its own order counts.

        Raises InvalidArgument, which lists the differences, if the purchase is not the order's. Raises it also if the
        purchase belongs to another order of this process or of the store, if the order is invalid, already has a
        purchase, or is in use, and if both `save` and `store` are passed. Raises
        OrderIncomplete if the existing parts of the purchase cannot be assigned, or if the order cannot be stored.
        Raises another ProcurementError if the purchase cannot be read.
        """
        async with self._opened(order, save, store) as (own, keep, stored):
            if own.step is not Step.PURCHASE:
                raise InvalidArgument(f"the order has the purchase {own.purchase_id} already")
            if stored is not None:
                await self._introducing(stored)()
            with self._registry.claim(own, adopting=purchase_id):
                purchase = await Purchases(self._session).get(purchase_id)
                if found := objections(self._session, self._registry, own, purchase):
                    error = InvalidArgument(
                        f"purchase {purchase.id} is not the one of the order {own.reference}: {'; '.join(found)}"
                    )
                    error.advice = "Nothing was changed: correct the order or the id."
                    raise error
                await self._submission(own, keep).adopt(purchase)
        return own

    async def cancel(
        self, order: Order | Record, comment: str, save: Save | None = None, *, store: OrderStore | None = None
    ) -> tuple[Remaining, ...]:
        """Cancel the approval request of an order, close its purchase, and return the objects that remain in Lucca.

        If nothing remains, `order.decision` becomes `cancelled`, or `denied` if the order was denied before. The API
        cannot delete a purchase. If `cancel` raised an error, you can call it again.

        Args:
            order: The order. With a store, it may be a record.
            comment: The reason, for the people in Lucca.
            save: Stores the order. It is called when a lookup finds an object of the order, and at the end.
            store: The store of the order. It adds or loads the order as `ensure` does. A record is not loaded again. If
                the cancellation fails or leaves something, an order that is not submitted is `needs_a_look`. If the
                store has not begun the order, the whole list is read as by `ensure`, because the store may be lost.

        Raises InvalidArgument if the order is invalid or in use, and if both `save` and `store` are passed. Raises
        OrderIncomplete if the outcome of an earlier request stays unknown. Raises StoreFailed or Superseded if the
        order cannot be stored. Raises another ProcurementError if a request fails. If the API rejects the cancellation
        or the closing with 400, 403, 404, 409 or 422, no error is raised: the record of the object that remains has the
        reason.
        """
        async with self._opened(order, save, store) as (own, keep, stored):
            with self._registry.claim(own):
                if stored is not None:
                    keep = stored.cancelling
                    # Another process that continues the order stops before it sends.
                    await keep(own)
                # A store that was lost does not know the purchase that must not remain.
                census = None if store is None else self._censuses.of(store)
                introduce = None if stored is None else self._introducing(stored)
                submission = self._submission(own, keep, census=census, introduce=introduce)
                await submission.recover()
                remains = await cancel_order(self._session, own, comment)
                if stored is None:
                    await submission.store()
                else:
                    await stored.cancelled(own, remains)
        return remains

    async def _submit(
        self,
        order: Order,
        save: Save | None,
        *,
        resubmit: bool,
        patient: bool,
        census: Census | None = None,
        introduce: Introduce | None = None,
    ) -> Order:
        if not (isinstance(order, Order) and order.step is Step.SUBMITTED):
            check_order(order)
        if order.decision is Decision.CANCELLED:
            raise InvalidArgument("the order was cancelled: make another one, with another reference")
        submission = self._submission(
            order, save, resubmit=resubmit, patient=patient, census=census, introduce=introduce
        )
        await submission.run()
        return order

    async def _ensure(self, stored: StoredOrder, census: Census, *, resubmit: bool, patient: bool) -> Record:
        order = stored.record.order
        if order.decision is None:
            # A person looked for the purchases in doubt, and for no other.
            resubmit = resubmit and order.pending is not None
            if order.step is Step.PURCHASE:
                await self._holders.of(stored.store).introduce(stored.store)
            introduce = self._introducing(stored)
            async with stored.stopping():
                await self._submit(
                    order, stored.save, resubmit=resubmit, patient=patient, census=census, introduce=introduce
                )
        return await stored.finished()

    @asynccontextmanager
    async def _opened(
        self, entry: Order | Record, save: Save | None, store: OrderStore | None
    ) -> AsyncIterator[tuple[Order, Save | None, StoredOrder | None]]:
        """Yield an order, its `save`, and the order in its store. If the order stops, the store has the reason."""
        _check_one(save, store)
        if store is not None:
            stored = await self._stored(self._bound(store), entry)
            check_order(stored.record.order)
            async with stored.stopping():
                yield stored.record.order, stored.save, stored
        elif isinstance(entry, Record):
            raise InvalidArgument("a record needs the `store` that it is from")
        else:
            check_order(entry)
            yield entry, save, None

    async def _stored(self, store: OrderStore, entry: Entry) -> StoredOrder:
        if isinstance(entry, Record):
            return StoredOrder(store, entry, late_corrections(entry))
        order, source = entry if isinstance(entry, tuple) else (entry, None)
        check_order(order)
        record = await store.add(order, source)
        return StoredOrder(store, record, note_of_differences(record.differences))

    def _introducing(self, stored: StoredOrder) -> Introduce:
        """Return the function that lets the registry know the purchases that other processes have stored by then."""
        return partial(self._holders.of(stored.store).introduce, stored.store, again=True)

    def _bound(self, store: OrderStore) -> OrderStore:
        bind(store, self._session.settings.host)
        return store

    def _submission(
        self,
        order: Order,
        save: Save | None,
        *,
        resubmit: bool = False,
        patient: bool = False,
        census: Census | None = None,
        introduce: Introduce | None = None,
    ) -> Submission:
        return Submission(
            self._session,
            self._registry,
            self._lookup,
            order,
            save,
            resubmit=resubmit,
            patient=patient,
            census=census,
            introduce=introduce,
        )


class _Batch:
    """The orders of one `submit_many`. Workers take them from the source, and put their results into a queue."""

    def __init__(
        self,
        orders: Orders,
        source: AsyncGenerator[Entry, None],
        save: Save | None,
        store: OrderStore | None,
        resubmit: bool,
        census: Census,
    ) -> None:
        self._orders = orders
        self._source = source
        self._save = save
        self._store = store
        self._resubmit = resubmit
        self._census = census
        self._turn = asyncio.Lock()
        self._source_error: BaseException | None = None
        self._halted_by: ProcurementError | None = None
        """The error after which no further order begins."""
        self._rejection: tuple[object, ...] | None = None
        self._alike = 0
        """The number of orders in a row that had this rejection."""

    async def run(self, concurrency: int) -> AsyncIterator[Result]:
        results: asyncio.Queue[Result | None] = asyncio.Queue(concurrency)
        workers = [asyncio.create_task(self._work(results)) for _ in range(concurrency)]
        try:
            working = concurrency
            while working:
                result = await results.get()
                if result is None:
                    working -= 1
                else:
                    yield result
            for worker in workers:
                worker.result()
            if self._source_error is not None:
                raise self._source_error
        finally:
            for worker in workers:
                worker.cancel()
            await ended(*workers)
            # A source that ignored its cancellation is still running, and cannot be closed.
            with suppress(RuntimeError):
                await self._source.aclose()

    async def _work(self, results: asyncio.Queue[Result | None]) -> None:
        try:
            while next_one := await self._next():
                await results.put(await self._one(*next_one))
        finally:
            if not is_cancelled():
                await results.put(None)

    async def _next(self) -> tuple[Entry] | None:
        """Return the next order of the source, or None if there is none or the source raised an error."""
        async with self._turn:
            if self._source_error is not None:
                return None
            try:
                return (await anext(self._source),)
            except StopAsyncIteration:
                return None
            except (Exception, asyncio.CancelledError) as error:
                if is_cancelled():
                    raise
                self._source_error = error
                return None

    async def _one(self, entry: Entry) -> Result:
        order = _order_of(entry)
        stored: StoredOrder | None = None
        error: ProcurementError | None = None
        try:
            if self._store is not None and not isinstance(self._halted_by, StoreFailed):
                stored = await self._orders._stored(self._store, entry)
                order = stored.record.order
            if self._halted_by is not None and isinstance(order, Order):
                error = _not_begun(order, self._halted_by)
            elif stored is not None:
                await self._orders._ensure(stored, self._census, resubmit=self._resubmit, patient=True)
            else:
                await self._orders._submit(order, self._save, resubmit=self._resubmit, patient=True)
        except ProcurementError as raised:
            error = raised
        self._note(error)
        return Result(order, error, None if stored is None else stored.record)

    def _note(self, error: ProcurementError | None) -> None:
        """Note the result of an order. Some errors mean that no further order can succeed."""
        cause = None if error is None else cause_of(error)
        rejection: tuple[object, ...] | None = None
        if isinstance(cause, ResponseError) and needs_of(cause) == "correction":
            rejection = (cause.operation, cause.status, cause.title, cause.detail, cause.fields)
        self._alike = self._alike + 1 if rejection == self._rejection else 1
        self._rejection = rejection
        if cause is None or self._halted_by is not None:
            return
        lost_store = self._store is not None and isinstance(cause, StoreFailed)
        if concerns_all(cause) or lost_store or (rejection is not None and self._alike >= _ALIKE):
            self._halted_by = cause


def _check_one(save: Save | None, store: OrderStore | None) -> None:
    if save is not None and store is not None:
        raise InvalidArgument("pass `save` or `store`, not both")


def _order_of(entry: Entry) -> Order:
    if isinstance(entry, Record):
        return entry.order
    return entry[0] if isinstance(entry, tuple) else entry


def _not_begun(order: Order, halted_by: ProcurementError) -> OrderIncomplete:
    error = OrderIncomplete(
        f"{name_of(order)} was not begun, because of the error of an earlier order: {type(halted_by).__name__}",
        order=order,
        step=str(order.step),
        needs="time",
    )
    error.__cause__ = halted_by
    return error


async def _one_by_one(orders: Iterable[Entry] | AsyncIterable[Entry]) -> AsyncGenerator[Entry, None]:
    if isinstance(orders, AsyncIterable):
        async for order in orders:
            yield order
    else:
        for order in orders:
            yield order
