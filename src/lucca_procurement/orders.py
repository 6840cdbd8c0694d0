"""The approved order: a purchase, its commitment, and the request to approve it. Created once, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from ._ordering.decisions import Decisions, decision_of, who_decided
from ._ordering.finish import LONGEST, ended
from ._ordering.lookup import Lookup
from ._ordering.submission import Save, Submission, name_of
from ._ordering.undo import undo
from ._wire.session import Session
from .errors import InvalidArgument, OrderRefused, ProcurementError, StillPending
from .order import Decision, Order, Step

__all__ = ("Order", "Orders", "Result")


@frozen
class Result:
    """What came of one order of `submit_many`: it is submitted, unless there is an error."""

    order: Order
    error: ProcurementError | None = None


class Orders:
    """`lucca.orders`: submit an order, wait for its decision, or take it back."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._decisions = Decisions(session)
        self._lookup = Lookup(session, self._taken_by_others, self._has_rival)
        self._taken: dict[int, str | None] = {}
        """The purchases of the orders that were submitted here, and what tells those orders."""

    async def submit(self, order: Order, save: Save | None = None, resubmit: bool = False) -> Order:
        """Create what is not yet created of an order: its purchase, commitment and request. Gives the order back.

        `save(order)` is awaited before each request that creates, and after the last one: whenever the process ends,
        load what it stored last and submit that. An order that is submitted already sends nothing. Nothing is created
        twice: where the outcome of a request is unknown, it is looked for, for as long as the client's `settle` says.
        An order belongs to one process at a time: two that load the same one know nothing of each other.

        Raises OrderIncomplete, whose cause says why: after a rejection correct `order.commitment` (or
        `order.purchase`) and submit it again, or `cancel` it. After OutcomeUnknown look at the candidates;
        `resubmit=True` creates again what was looked for and not found. Raises InvalidArgument, before anything is
        sent, for an order that cannot be.
        """
        if not isinstance(order, Order):
            raise InvalidArgument(f"only an Order can be submitted, not {type(order).__name__} data")
        with self._alone(order):
            if order.decision is Decision.CANCELLED:
                raise InvalidArgument("the order was cancelled: make another one")
            if order.step is not Step.SUBMITTED:
                await self._submission(order, save, resubmit=resubmit).run()
        return order

    async def submit_many(
        self,
        orders: Iterable[Order] | AsyncIterable[Order],
        concurrency: int = 8,
        save: Save | None = None,
        resubmit: bool = False,
    ) -> AsyncIterator[Result]:
        """Submit many orders, at most `concurrency` at a time, and give the result of each as it finishes.

        One failure stops none of the others: it is in the result. Give each order a `reference`. Breaking off the loop
        cancels what is under way, as cancelling `submit` does. Raises InvalidArgument for a concurrency below 1.
        """
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise InvalidArgument(f"concurrency must be a whole number from 1, not {concurrency!r}")

        async def one(order: Order) -> Result:
            try:
                return Result(await self.submit(order, save, resubmit))
            except ProcurementError as error:
                return Result(order, error)

        source = _one_by_one(orders)
        running: set[asyncio.Task[Result]] = set()
        arriving: asyncio.Task[Order] | None = asyncio.ensure_future(anext(source))
        try:
            while running or arriving:
                ready = {*running, arriving} if arriving and len(running) < concurrency else running
                await asyncio.wait(ready, return_when=asyncio.FIRST_COMPLETED)
                if arriving and arriving.done():
                    try:
                        running.add(asyncio.create_task(one(arriving.result())))
                        arriving = asyncio.ensure_future(anext(source))
                    except StopAsyncIteration:
                        arriving = None
                for task in [task for task in running if task.done()]:
                    running.discard(task)
                    yield task.result()
        finally:
            left: set[asyncio.Task[Any]] = {*running, *([arriving] if arriving else ())}
            for task in left:
                task.cancel()
            # Each ends by itself when its own patience is over, and has saved by then.
            await ended(*left, times=LONGEST)
            await source.aclose()

    async def wait(self, order: Order, timeout: float | None = 600.0) -> Order:
        """Wait for the decision of a submitted order, `timeout` seconds (None: without end). Gives it back.

        Its purchase is read at once, after pauses of 2 s that grow to 30 s, and when the time is over, within the
        client's rate; orders that wait at the same time share what is read. Fills `order.decision` and, if it is told,
        `order.decided_by`.

        Raises OrderRefused where it was denied or cancelled, StillPending when the time is over: wait again then. An
        outage is waited through; a purchase that cannot be read for good is a NotFound, Forbidden and so on.
        InvalidArgument for an order that is not submitted.
        """
        if order.decision is None:
            if order.step is not Step.SUBMITTED or order.purchase_id is None:
                raise InvalidArgument("the order is not submitted yet: nobody decides on it")
            trouble: list[ProcurementError] = []
            purchase = await self._decisions.of(order.purchase_id, timeout, trouble)
            if purchase is None:
                reason = f"{name_of(order)} was not decided within {timeout:g} s"
                if trouble:
                    raise StillPending(f"{reason}, and could not be read in the end", order=order) from trouble[0]
                raise StillPending(reason, order=order)
            order.decision = decision_of(purchase)
            order.decided_by = who_decided(purchase)
        if order.decision is not Decision.APPROVED:
            by = f" by {order.decided_by}" if order.decided_by else ""
            raise OrderRefused(f"{name_of(order)} was {order.decision}{by}", order=order)
        return order

    async def cancel(self, order: Order, comment: str, save: Save | None = None) -> tuple[str, ...]:
        """Take an order back, as far as the API can: cancel its request, and close its purchase.

        Gives what remains in Lucca, in sentences for people; nothing, where it is all undone, and `order.decision` is
        `cancelled` then. There is no way to delete a purchase. `save(order)` is awaited for what is learnt of the order
        on the way, and at the end. It can be called again after an error.

        Raises OrderIncomplete where it is not known what there is to undo, and whatever the API refuses it with.
        """
        with self._alone(order):
            submission = self._submission(order, save, resubmit=False)
            await submission.settle()
            remains = await undo(self._session, order, comment)
            if not remains:
                order.decision = Decision.CANCELLED
            await submission.store()
        return remains

    def _submission(self, order: Order, save: Save | None, *, resubmit: bool) -> Submission:
        return Submission(self._session, self._lookup, order, save, resubmit=resubmit, took=self._take)

    @contextmanager
    def _alone(self, order: Order) -> Iterator[None]:
        """Let nobody else submit this order, or one of the same reference, meanwhile."""
        if id(order) in _ACTIVE:
            raise InvalidArgument("this order is being submitted or cancelled already: await that first")
        if order.reference is not None and any(each.reference == order.reference for each in self._others(order)):
            raise InvalidArgument(f"another order with the reference {order.reference} is being submitted already")
        if order.purchase_id is not None:
            self._take(order, order.purchase_id)
        _ACTIVE[id(order)] = self._session.settings.host, order
        try:
            yield
        finally:
            del _ACTIVE[id(order)]

    def _others(self, order: Order) -> Iterator[Order]:
        """Give the other orders that are being submitted to this host, by this client or another."""
        host = self._session.settings.host
        return (each for where, each in _ACTIVE.values() if where == host and each is not order)

    def _take(self, order: Order, purchase_id: int) -> None:
        self._taken.setdefault(purchase_id, _mark_of(order))

    def _taken_by_others(self, order: Order) -> set[int]:
        """Give the purchases that other orders have. One of the same mark is the same order, loaded again."""
        own = _mark_of(order)
        pairs = [*self._taken.items(), *((each.purchase_id, _mark_of(each)) for each in self._others(order))]
        return {number for number, mark in pairs if number is not None and (mark is None or mark != own)}

    def _has_rival(self, order: Order) -> bool:
        """Tell whether another order that cannot be told from this one is about to be created."""
        return order.reference is None and any(
            each.reference is None and each.step is Step.PURCHASE and each.purchase == order.purchase
            for each in self._others(order)
        )


_ACTIVE: dict[int, tuple[str, Order]] = {}
"""The orders that are being submitted, and to which host, by the identity of their objects."""


def _mark_of(order: Order) -> str | None:
    """Give what an order has in common with a copy of itself that was stored before its purchase was known."""
    return order.reference or (order.doubt.token if order.doubt else None)


async def _one_by_one(orders: Iterable[Order] | AsyncIterable[Order]) -> AsyncGenerator[Order, None]:
    if isinstance(orders, AsyncIterable):
        async for order in orders:
            yield order
    else:
        for order in orders:
            yield order
