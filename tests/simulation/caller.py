"""A careful caller: it submits an order again and again, and follows the advice of each error."""

from __future__ import annotations

import asyncio
import re
from abc import abstractmethod
from collections.abc import Iterable
from typing import Generic, TypeVar

from attrs import define, field, frozen

from lucca_procurement import Decision, LuccaProcurement, Order, Step, errors

from .fleet import Fleet
from .invariants import Attempt
from .loop import SimulatedTask
from .lucca import Purchase
from .machines import Process
from .story import words_of

__all__ = ("ROUNDS", "Caller", "Next")

Keeper = TypeVar("Keeper")
"""The type of the object that stores the orders of a process."""
GRACE = 5.5 + 1e-6
"""The most seconds that a cancelled call takes: for the request in flight and for the last save."""
EASE = 120.0
"""The most seconds that a submit takes when nothing goes wrong: a settle time and the requests after it."""
LONGEST = 3000.0
"""The most seconds that a submit takes when anything goes wrong."""
ROUNDS = 15
"""The number of submits after the weather has cleared. By then, an order must have reached its end."""


@frozen
class Next:
    """The next act of the caller after an error."""

    pause: float
    resubmit: bool = False
    adopt: int | None = None
    reload: bool = False


@define(eq=False)
class Caller(Fleet, Generic[Keeper]):
    """A program that carries each order to its end."""

    finished: set[str] = field(factory=set, init=False)
    """The orders that are submitted, as far as the program knows."""
    last_errors: dict[str, str] = field(factory=dict, init=False)
    """The last error of each order, for the story."""

    @abstractmethod
    def _load(self, keeper: Keeper, key: str) -> Order:
        """Return the order to submit."""

    @abstractmethod
    async def _submit(
        self, process: Process, lucca: LuccaProcurement, keeper: Keeper, order: Order, how: Next
    ) -> Order:
        """Submit an order as the caller has decided, and return it."""

    async def _act(self, process: Process, lucca: LuccaProcurement, keeper: Keeper, order: Order) -> None:
        """Do something else with an order."""

    async def _carry(
        self, process: Process, lucca: LuccaProcurement, keeper: Keeper, key: str, order: Order, attempts: int
    ) -> None:
        """Submit one order, again and again, as a careful caller does."""
        following = Next(0.0)
        for _ in range(attempts):
            if self._is_over(process, order):
                return
            following = await self._attempt(process, lucca, keeper, key, order, following)
            if self.manner.acts and not self.weather.clear:
                await self._act(process, lucca, keeper, order)
            if self._is_over(process, order):
                return
            await asyncio.sleep(following.pause)
            if following.reload or self.chance.happens(0.3):
                before, order = order, self._load(keeper, key)
                if following.resubmit and _token(order) != _token(before):
                    # A person looked for the purchase of one request. Another worker has sent a newer one since.
                    following = Next(0.0)

    def _is_over(self, process: Process, order: Order) -> bool:
        return order.key in self.finished or order.decision is Decision.CANCELLED

    async def _attempt(
        self, process: Process, lucca: LuccaProcurement, keeper: Keeper, key: str, order: Order, how: Next
    ) -> Next:
        call = self._submit(process, lucca, keeper, order, how)
        began = process.awake
        task = self._call(process, call, {key: order})
        double: SimulatedTask | None = None
        if self.manner.doubles and self.chance.happens(0.5) and not self.weather.clear:
            double = self.loop.create_task(self._double(process, lucca, keeper, key, task))
        error: errors.ProcurementError | None = None
        try:
            order = await task
        except asyncio.CancelledError:
            process.note(f"submit of {key} was cancelled")
            self._check_cancellation(process, task, (key,))
            return Next(self.chance.choice((0.0, 5.0, 60.0)))
        except errors.ProcurementError as raised:
            error = raised
            if isinstance(raised, errors.OrderIncomplete):
                order = raised.order
        except Exception as raised:
            self._raw(process, raised)
            return Next(60.0)
        finally:
            self._check_duration(process, key, process.awake - began)
            self._over(process, task, {key: order})
            if double is not None:
                await double
        self._result(process, order, error)
        return Next(0.0) if error is None else self._decide(process, order, error)

    async def _double(
        self, process: Process, lucca: LuccaProcurement, keeper: Keeper, key: str, first: SimulatedTask
    ) -> None:
        """Submit another object of the same order, as a program may do by mistake."""
        await asyncio.sleep(self.chance.choice((0.0, 0.5, 5.0, 60.0)))
        if first.cancelled():
            # If that was before the call began, the process does not know the order.
            return
        order = self.orders[key].order()
        task = self._call(process, self._submit(process, lucca, keeper, order, Next(0.0)), {key: order})
        try:
            self._result(process, await task, None)
        except asyncio.CancelledError:
            process.note(f"submit of a second object of {key} was cancelled")
        except errors.ProcurementError as error:
            process.note(f"a second object of {key}: {type(error).__name__}")
        finally:
            self._over(process, task, {key: order})

    def _call(self, process: Process, call: object, held: dict[str, Order]) -> SimulatedTask:
        task = self.loop.create_task(call)
        process.calls.append((task, tuple(held)))
        for key in held:
            attempts = self.invariants.attempts.setdefault((process, key), [])
            attempts.append(Attempt(task, self.loop.time()))
        return task

    def _check_duration(self, process: Process, key: str, seconds: float) -> None:
        # If the list leaves out one of these members, each purchase is read by itself.
        shows_enough = not {"title", "createdAt"} & set(self.lucca.traits.left_out)
        one_page = self.lucca.traits.cap >= len(self.lucca.purchases)
        at_ease = self.weather.clear and self.manner.rate != 6 and shows_enough and one_page
        if not process.ghost and seconds > (EASE if at_ease else LONGEST):
            self.story.violate(self.loop.time(), f"a submit of {key} takes {seconds:.0f} s")

    def _check_cancellation(self, process: Process, task: SimulatedTask, keys: Iterable[str]) -> None:
        """Check that a call that ended as cancelled was really cancelled, and that it ended in time."""
        if process.ghost:
            return
        for key in keys:
            for attempt in self.invariants.attempts[process, key]:
                if attempt.task is not task:
                    continue
                if attempt.cancelled is None:
                    self.story.violate(self.loop.time(), f"submit of {key} ends as cancelled, and nobody cancelled it")
                elif process.awake - attempt.cancelled > GRACE:
                    took = process.awake - attempt.cancelled
                    self.story.violate(self.loop.time(), f"a cancelled submit of {key} takes {took:.2f} s")

    def _over(self, process: Process, task: SimulatedTask, held: dict[str, Order]) -> None:
        for key, order in held.items():
            attempts = self.invariants.attempts[process, key]
            attempts[:] = [each for each in attempts if each.task is not task]
            self.invariants.check_own(order)

    def _raw(self, process: Process, error: Exception) -> None:
        self.story.violate(self.loop.time(), f"{process.name} meets a raw {type(error).__name__}: {error}")

    def _result(self, process: Process, order: Order, error: errors.ProcurementError | None) -> None:
        key = order.reference.lower()
        if error is None:
            process.note(f"{key} is submitted")
            self.finished.add(key)
            self.invariants.check_submitted(order)
            return
        cause = f" by {type(error.__cause__).__name__}" if error.__cause__ else ""
        needs = f" needs {error.needs}" if isinstance(error, errors.OrderIncomplete) else ""
        self.last_errors[key] = f"{type(error).__name__}{needs}{cause} at {order.step}"
        process.note(f"{key}: {self.last_errors[key]}: {words_of(error)}")

    def _decide(self, process: Process, order: Order, error: errors.ProcurementError) -> Next:
        """Return the act that the error advises. If the error needs a person, that person looks in Lucca."""
        key, cause = order.reference.lower(), error.__cause__
        pause = self.chance.choice((1.0, 20.0, 90.0)) if not self.weather.clear else 100.0
        if isinstance(error, errors.InvalidArgument):
            own = self.invariants.purchases_of(key)
            if error.purchase_id is not None and own:
                return Next(pause, adopt=error.purchase_id)
            return Next(pause, reload=True)
        if isinstance(cause, errors.Superseded):
            return Next(pause, reload=True)
        asks = isinstance(error, errors.OrderIncomplete) and error.needs == "person"
        # A list that changes all the time is never read whole, so a person looks in the end.
        asks |= isinstance(cause, errors.OutcomeUnknown) and self.weather.clear and self.chance.happens(0.3)
        if not asks or order.step is not Step.PURCHASE:
            return Next(pause)
        own = self.invariants.purchases_of(key)
        if self.manner.careless and not self.weather.clear and self._shows(key):
            process.note("the caller passes resubmit, and does not look")
            return Next(pause, resubmit=True)
        if self.weather.clear and len(own) == 1 and self._is_plain(own[0]):
            self.story.violate(self.loop.time(), f"a person has to find purchase {own[0].id} of {key}")
        trusts = self.manner.trusts and self.lucca.traits.shows_references
        # A list that leaves purchases out is not enough, so a person looks in the end who sees more.
        trusts &= not (self.weather.clear and self.lucca.traits.hidden)
        if isinstance(cause, errors.OutcomeUnknown) and not cause.candidates and trusts:
            process.note(f"the caller trusts that there is no purchase of {key}")
            return Next(pause, resubmit=True)
        if own:
            process.note(f"a person finds purchase {own[0].id} of {key}")
            return Next(pause, adopt=own[0].id)
        process.note(f"a person finds no purchase of {key}")
        return Next(pause, resubmit=True)

    def _shows(self, key: str) -> bool:
        """Return whether the list shows the order's purchase with its reference, if it exists."""
        return self.lucca.traits.shows_references and self.manner.reference_at == "front"

    def _is_plain(self, purchase: Purchase) -> bool:
        """Return whether the product can decide without a person that a purchase is the order's own."""
        traits = self.lucca.traits
        key = purchase.reference or ""
        shown = self._shows(key) and traits.reads_whole and not traits.hidden
        told = traits.says_amount and not self.manner.steps and not self.invariants.crossed_orders
        return shown and told and not purchase.touched and not self.is_taken(key)

    def _may_fail(self, key: str) -> bool:
        """Return whether an order may stay unfinished, because of something that no client can mend."""
        own = self.invariants.purchases_of(key)
        traits = self.lucca.traits
        touched = any(each.touched for each in own)
        silent = not traits.says_amount or not traits.says_state
        unreadable = not own and (traits.hidden or not traits.reads_whole)
        taken = (not own and self.is_taken(key)) or self.invariants.is_late(key)
        return touched or silent or bool(unreadable) or taken or bool(self.invariants.crossed_orders)

    def is_taken(self, key: str) -> bool:
        """Return whether another purchase has a title that carries the order's reference."""
        positions = [rf"[^a-z0-9]*{re.escape(key)}(?![a-z0-9._/#:+-]*[a-z0-9])"]
        if self.manner.reference_at == "end":
            positions.append(rf".*(?<![a-z0-9._/#:+-]){re.escape(key)}[^a-z0-9]*$")
        titles = [each.title.lower() for each in self.lucca.purchases.values() if each.reference != key]
        return any(re.match(position, title) for title in titles for position in positions)


def _token(order: Order) -> str | None:
    return None if order.pending is None else order.pending.token
