"""The program that stores its orders by `save`: one process or two on the same records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from attrs import define, field

from lucca_procurement import Decision, LuccaProcurement, Order, Step, errors

from .acts import Acts
from .caller import ROUNDS, Caller, Next
from .machines import Process
from .store import Habits, Saver, Store
from .wanted import unsendable

__all__ = ("Program",)


class SourceFailed(Exception):
    """The error of a source of orders."""


@define(eq=False)
class Program(Caller[Saver]):
    """A program that calls `submit` and `submit_many` with a `save` of its own."""

    habits: Habits = field(kw_only=True)
    store: Store = field(factory=Store, init=False)
    acts: Acts = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.acts = Acts(self.story, self.invariants, self.loop.time)

    def _saver(self, process: Process) -> Saver:
        return Saver(self.loop, self.chance, self.store, self.habits, self.weather, process, self.invariants)

    async def _work(self, process: Process) -> None:
        manner = self.manner
        async with self._client(process) as lucca:
            if manner.clients == 2:
                async with self._client(process) as second:
                    await self._submit_all(process, [lucca, second])
            else:
                await self._submit_all(process, [lucca])

    async def _submit_all(self, process: Process, clients: list[LuccaProcurement]) -> None:
        saver = self._saver(process)
        keys = [key for key in self.orders if key not in self.finished]
        held: dict[str, Order] = {}
        if self.manner.slips and not self.manner.many:
            await self._slip(process, clients[0], saver)
        if self.manner.many:
            held = await self._submit_many(process, clients[0], saver, keys)
        else:
            for key in keys:
                held[key] = self._load(saver, key)
        await asyncio.gather(
            *(
                self._carry(process, clients[index % len(clients)], saver, key, held[key], self.manner.attempts)
                for index, key in enumerate(keys)
                if key not in self.finished
            )
        )

    async def _slip(self, process: Process, lucca: LuccaProcurement, saver: Saver) -> None:
        """Submit an order that cannot be sent. If it sends a request, that breaks an invariant."""
        try:
            await lucca.orders.submit(unsendable(), saver)
        except errors.InvalidArgument:
            process.note("an order that cannot be sent is refused")
        else:
            self.story.violate(self.loop.time(), "an order that cannot be sent is submitted")

    def _load(self, keeper: Saver, key: str) -> Order:
        return keeper.load(key) or self.orders[key].order()

    async def _submit_many(
        self, process: Process, lucca: LuccaProcurement, saver: Saver, keys: list[str]
    ) -> dict[str, Order]:
        manner = self.manner
        held = {key: self._load(saver, key) for key in keys}
        orders = [*([unsendable()] if manner.slips else ()), *held.values()]
        fails_at = self.chance.randrange(len(orders) + 1) if manner.source_fails else None
        begun: list[Order] = []
        seen: list[Order] = []

        def source() -> Iterator[Order]:
            for index, order in enumerate(orders):
                if index == fails_at:
                    raise SourceFailed
                begun.append(order)
                yield order
            if fails_at == len(orders):
                raise SourceFailed

        async def consume() -> None:
            several = orders if fails_at is None else source()
            async for result in lucca.orders.submit_many(several, manner.many, saver):
                seen.append(result.order)
                if result.order.key in held:
                    self._result(process, result.order, result.error)
                elif not isinstance(result.error, errors.InvalidArgument):
                    self.story.violate(self.loop.time(), f"an order that cannot be sent ends with {result.error!r}")

        task = self._call(process, consume(), held)
        try:
            await task
        except asyncio.CancelledError:
            process.note("submit_many was cancelled")
            self._check_cancellation(process, task, held)
        except Exception as error:
            if not isinstance(error, SourceFailed):
                self._raw(process, error)
            if len(seen) != len(begun if fails_at is not None else orders):
                self.story.violate(self.loop.time(), "submit_many ends without the results of all orders")
        else:
            if fails_at is not None:
                self.story.violate(self.loop.time(), "submit_many keeps the error of its source to itself")
        self._over(process, task, held)
        if self.manner.meets_outage and not self.weather.outage_does:
            begin, end = self.weather.outage or (0.0, 0.0)
            self.invariants.check_doubts(held.values(), self.manner.many, end - begin)
        return held

    async def _act(self, process: Process, lucca: LuccaProcurement, keeper: Saver, order: Order) -> None:
        kind = self.chance.choice(self.manner.acts)
        if kind == "find":
            await self.acts.find(process, lucca, order.key)
        elif kind == "wait" and self.acts.may_wait(order):
            await self.acts.wait(process, lucca, order, self.chance.choice((0.0, 5.0, 60.0)))
        elif kind == "cancel" and self.chance.happens(0.5):
            await self.acts.cancel(process, lucca, keeper, order)

    async def _submit(self, process: Process, lucca: LuccaProcurement, keeper: Saver, order: Order, how: Next) -> Order:
        if how.adopt is not None and order.purchase_id is None:
            await lucca.orders.adopt(order, how.adopt)
            self.story.count("program: purchases adopted on the word of a person")
            process.note(f"adopts purchase {how.adopt} for {order.reference}")
        self.story.count("program: submits with resubmit", how.resubmit)
        return await lucca.orders.submit(order, keeper, how.resubmit)

    async def _finish(self, process: Process) -> None:
        async with self._client(process) as lucca:
            saver = self._saver(process)
            await asyncio.gather(*(self._end(process, lucca, saver, key) for key in self.orders))
            if "find" in self.manner.acts:
                for key in self.orders:
                    await self.acts.find_all(process, lucca, key)

    async def _end(self, process: Process, lucca: LuccaProcurement, saver: Saver, key: str) -> None:
        order = self._load(saver, key)
        if order.decision is Decision.CANCELLED:
            self.story.count("order: cancelled by the program")
            self.finished.discard(key)
            self.acts.check_cancelled(order)
            return
        if order.step is Step.SUBMITTED:
            self.finished.add(key)
            self.invariants.check_submitted(order)
            return
        self.finished.discard(key)
        await self._carry(process, lucca, saver, key, order, ROUNDS)
        if key in self.finished:
            return
        self.story.count("order: stopped, because of what a person did or Lucca did not show")
        if not self._may_fail(key):
            self.story.violate(self.loop.time(), f"{key} never reaches its end: {self.last_errors.get(key)}")

    def _may_fail(self, key: str) -> bool:
        return key in self.acts.withdrawn or super()._may_fail(key)
