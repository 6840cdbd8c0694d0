"""The approved order: a purchase, its commitment, and the request to approve it. Created once, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import suppress

from attrs import frozen

from ._ordering.cancelling import cancel_order
from ._ordering.check import check_order
from ._ordering.compare import purchase_differences
from ._ordering.decisions import Undecided, decided_by, decision_of, until_decided
from ._ordering.grace import ended, is_cancelled
from ._ordering.lookup import Lookup
from ._ordering.registry import Registry
from ._ordering.stopped import name_of
from ._ordering.submission import Save, Submission
from ._wire.session import Session
from .errors import (
    ConfigurationError,
    Forbidden,
    InvalidArgument,
    OrderIncomplete,
    OrderNotApproved,
    ProcurementError,
    StillPending,
    Unauthorized,
)
from .models import Purchase
from .order import Decision, Order, Remaining, Step, check_reference
from .purchases import Purchases

__all__ = ("Order", "Orders", "Result")


@frozen
class Result:
    """The result of one order of `submit_many`. The order is submitted, unless there is an error."""

    order: Order
    error: ProcurementError | None = None


class Orders:
    """`lucca.orders`: submit an order, wait for its decision, or cancel it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._registry = Registry.of(session.settings.base_url)
        self._lookup = Lookup(session, self._registry)

    def check(self, order: Order) -> None:
        """Check a whole order, down to the bytes. Nothing is sent.

        `submit` does the same before its first request.

        Args:
            order: The order to check.

        Raises InvalidArgument, which names the member: for a value that the contract does not list (an unknown
        currency), a currency that differs between an amount and its taxes, taxes that do not add up, and text that
        cannot be written.
        """
        check_order(order)

    async def submit(self, order: Order, save: Save | None = None, resubmit: bool = False) -> Order:
        """Create the missing parts of an order, and return it: its purchase, its commitment, its approval request.

        Nothing is created twice: if the outcome of a request is unknown, it is determined first, which may take the
        client's `settle`. An order that is submitted already sends nothing.

        Args:
            order: The order. It holds all that was done, after any error and any cancellation.
            save: Stores the order. It is called, and awaited, right before each request that creates, and after each
                result. After a crash, load what it stored last and submit that. It raises Superseded if another
                process has stored a newer version; the request is not sent then. It must not call this client, whose
                places it may hold.
            resubmit: Whether somebody looked in Lucca, and the purchase in doubt does not exist. Then it may be created
                again, unless the whole list has a purchase that carries the reference.

        Raises OrderIncomplete if it stopped; its `needs` says when to submit the order again. Raises InvalidArgument
        before anything is sent, for an order that cannot be sent, or whose reference is in use.
        """
        return await self._submit(order, save, resubmit=resubmit, patient=False)

    async def submit_many(
        self,
        orders: Iterable[Order] | AsyncIterable[Order],
        concurrency: int = 8,
        save: Save | None = None,
        resubmit: bool = False,
    ) -> AsyncIterator[Result]:
        """Submit many orders, and yield the result of each as it finishes.

        An error of one order stops none of the others: it is in the result. While the outcomes of creates are unknown,
        no further one is sent: the orders wait. After a rejection that concerns the key or the network and not an order
        (401, or 403 from something that is not Lucca), no further order begins. To leave the loop cancels the orders
        under way, as cancelling `submit` does.

        Args:
            orders: The orders. If this source raises, the orders that have begun finish, and then its error is raised.
            concurrency: The number of orders at a time.
            save: As for `submit`.
            resubmit: As for `submit`.

        Raises InvalidArgument for a concurrency below 1, and for a single order.
        """
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise InvalidArgument(f"concurrency must be a whole number from 1, not {concurrency!r}")
        if not isinstance(orders, Iterable | AsyncIterable):
            raise InvalidArgument("orders must be several orders: for a single one, call submit(order)")
        if isinstance(orders, Sequence):
            # The requests of another process: all of them are over since now, and their settle time passes once.
            now = self._session.clock.monotonic()
            for order in orders:
                if isinstance(order, Order) and order.pending is not None:
                    self._registry.over_since(order.pending, now)
        async for result in _Batch(self, _one_by_one(orders), save, resubmit).run(concurrency):
            yield result

    async def wait(self, order: Order, timeout: float | None = 600.0) -> Order:
        """Wait for the decision on a submitted order, and return the order.

        It reads the purchase at once and after pauses that grow from 2 s to 30 s, within the client's rate. It fills
        `order.decision`, and `order.decided_by` if the server returns that.

        Args:
            order: A submitted order.
            timeout: Seconds. None: without end.

        Raises OrderNotApproved if the order was denied or cancelled, StillPending when the time is over; wait again
        then. An outage is waited through. A purchase that can never be read raises NotFound, Forbidden and so on.
        Raises InvalidArgument for an order that is not submitted.
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
        """Return the purchases that carry a reference: mostly none or one. It reads the whole list.

        Args:
            reference: The reference of an order. Case is ignored.

        Raises InvalidArgument for text that cannot be a reference, and ProcurementError if the list cannot be read.
        """
        check_reference(reference)
        return await self._lookup.carrying(reference)

    async def adopt(self, order: Order, purchase_id: int) -> Order:
        """Take a purchase that somebody found in Lucca as the order's own, and return the order.

        It reads the purchase, and compares it with the order. It takes the commitment and the request as well, if they
        exist. Submit the order afterwards.

        Args:
            order: An order whose purchase is not known.
            purchase_id: The purchase. Its title need not carry the reference.

        Raises InvalidArgument, which says what differs. Raises OrderIncomplete if the purchase changed meanwhile.
        """
        check_order(order)
        if order.step is not Step.PURCHASE:
            raise InvalidArgument(f"the order has the purchase {order.purchase_id} already")
        with self._registry.claim(order, adopting=purchase_id):
            purchase = await Purchases(self._session).get(purchase_id)
            differences = [*purchase_differences(order, purchase)]
            if other := self._registry.holder(Step.PURCHASE, purchase.id, order):
                differences.insert(0, f"it belongs to the order {other}")
            elif self._registry.is_foreign(purchase, order, self._session.settings.reference_at):
                differences.insert(0, f"its title carries the reference of another order ({purchase.title})")
            if differences:
                error = InvalidArgument(
                    f"purchase {purchase.id} is not the one of the order {order.reference}: {'; '.join(differences)}"
                )
                error.advice = "Nothing was changed: correct the order or the id."
                raise error
            await self._submission(order, None).adopt(purchase)
        return order

    async def cancel(self, order: Order, comment: str, save: Save | None = None) -> tuple[Remaining, ...]:
        """Cancel an order, as far as the API can: cancel its request, and close its purchase.

        It returns a record of each object that remains in Lucca. If none remains, `order.decision` is `cancelled`.
        Nothing deletes a purchase. It can be called again after an error.

        Args:
            order: The order.
            comment: The reason, for the people in Lucca.
            save: Stores the order, when its state is known better and at the end.

        Raises OrderIncomplete if it is not known what exists, ResponseError for what the API rejects, StoreFailed if
        `save` fails.
        """
        check_order(order)
        with self._registry.claim(order):
            submission = self._submission(order, save)
            await submission.recover()
            remains = await cancel_order(self._session, order, comment)
            await submission.store()
        return remains

    async def _submit(self, order: Order, save: Save | None, *, resubmit: bool, patient: bool) -> Order:
        if not (isinstance(order, Order) and order.step is Step.SUBMITTED):
            check_order(order)
        if order.decision is Decision.CANCELLED:
            raise InvalidArgument("the order was cancelled: make another one, with another reference")
        await self._submission(order, save, resubmit=resubmit, patient=patient).run()
        return order

    def _submission(
        self, order: Order, save: Save | None, *, resubmit: bool = False, patient: bool = False
    ) -> Submission:
        return Submission(self._session, self._registry, self._lookup, order, save, resubmit=resubmit, patient=patient)


class _Batch:
    """The orders of one `submit_many`: workers take them from the source, and put their results into a queue."""

    def __init__(self, orders: Orders, source: AsyncGenerator[Order, None], save: Save | None, resubmit: bool) -> None:
        self._orders = orders
        self._source = source
        self._save = save
        self._resubmit = resubmit
        self._turn = asyncio.Lock()
        self._source_error: BaseException | None = None
        self._halted_by: ProcurementError | None = None
        """The error after which no further order begins."""

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
            # A source that does not end when it is cancelled is still running.
            with suppress(RuntimeError):
                await self._source.aclose()

    async def _work(self, results: asyncio.Queue[Result | None]) -> None:
        try:
            while next_one := await self._next():
                await results.put(await self._one(*next_one))
        finally:
            if not is_cancelled():
                await results.put(None)

    async def _next(self) -> tuple[Order] | None:
        """Return the next order of the source. None after the last, also if the source raised."""
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

    async def _one(self, order: Order) -> Result:
        if self._halted_by is not None and isinstance(order, Order):
            return Result(order, _not_begun(order, self._halted_by))
        try:
            return Result(await self._orders._submit(order, self._save, resubmit=self._resubmit, patient=True))
        except ProcurementError as error:
            cause = error.__cause__ if isinstance(error, OrderIncomplete) else error
            if isinstance(cause, ProcurementError) and _concerns_all(cause):
                self._halted_by = cause
            return Result(order, error)


def _concerns_all(error: ProcurementError) -> bool:
    """Return whether an error concerns the surroundings and not an order: the key, or something before Lucca."""
    if isinstance(error, Forbidden):
        # Lucca itself answers with problem+json. A firewall or a proxy does not.
        return error.title is None and error.detail is None
    return isinstance(error, Unauthorized | ConfigurationError)


def _not_begun(order: Order, halted_by: ProcurementError) -> OrderIncomplete:
    error = OrderIncomplete(
        f"{name_of(order)} was not begun, because of the error of an earlier order: {type(halted_by).__name__}",
        order=order,
        step=str(order.step),
        needs="time",
    )
    error.__cause__ = halted_by
    return error


async def _one_by_one(orders: Iterable[Order] | AsyncIterable[Order]) -> AsyncGenerator[Order, None]:
    if isinstance(orders, AsyncIterable):
        async for order in orders:
            yield order
    else:
        for order in orders:
            yield order
