"""The program that places the orders: a careful caller in one process or two, killed, paused and cancelled."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Literal

from attrs import define, evolve, field, frozen

from lucca_procurement import Decision, LuccaProcurement, Order, Step, errors

from .acts import KINDS, Acts
from .chance import Chance
from .faults import Weather
from .invariants import Attempt, Invariants
from .loop import Loop, SimulatedTask
from .lucca import Lucca, Purchase
from .machines import Machine, Process
from .store import Habits, Saver, Store
from .story import Story
from .traits import SETTLE
from .wanted import Wanted, unsendable
from .wire import Wire

__all__ = ("Manner", "Program")

GRACE = 5.5 + 1e-6
"""The most seconds that a cancelled call takes: for the request in flight and for the last save."""
EASE = 120.0
"""The most seconds that a submit takes when nothing goes wrong: a settle time and the requests after it."""
LONGEST = 3000.0
"""The most seconds that a submit takes when anything goes wrong."""
ROUNDS = 15
"""The number of submits after the weather has cleared. By then, an order must have reached its end."""


@frozen(kw_only=True)
class Manner:
    """The way in which the program works in one run."""

    orders: int
    many: int
    """The concurrency of `submit_many`. If 0, each order is submitted by itself."""
    workers: int
    """The number of processes that work on the same records at once."""
    attempts: int
    """The number of times that a process submits each order before the weather clears."""
    rate: int | None
    timeout: float
    reference_at: Literal["front", "end"]
    clients: int
    """The number of clients of a process."""
    kills: int
    pauses: int
    cancels: int
    steps: int
    """The numbers of these events: a process is killed, paused, one of its calls is cancelled, its clock is stepped."""
    reach: int
    """Each of these events is drawn within the first 20, 80 or this number of ticks."""
    trusts: bool
    """True if the caller follows the advice of an error and does not look in Lucca."""
    careless: bool
    """True if the caller always passes `resubmit` when a purchase is in doubt, and never looks."""
    doubles: bool
    """True if the program sometimes makes a second object of one order."""
    acts: tuple[str, ...]
    """The acts of the program besides `submit`."""
    slips: bool
    """True if the program also submits an order that cannot be sent."""
    source_fails: bool
    """True if the source of the orders of `submit_many` raises in the middle."""
    meets_outage: bool = False
    """True if many orders meet an outage and no other trouble."""
    revoked: tuple[float, float] | None
    """The begin and end of the time in which the key is not valid."""

    @classmethod
    def draw(cls, chance: Chance) -> Manner:
        """Return a manner by chance."""
        rough = chance.choice((0.0, 0.2, 0.6))
        begin = chance.uniform(0.0, 2.0)
        return cls(
            orders=chance.choice((1, 1, 1, 2, 2, 3)),
            many=chance.choice((0, 0, 1, 2, 8)),
            workers=2 if chance.happens(0.2) else 1,
            attempts=chance.choice((1, 1, 2, 4)),
            rate=chance.choice((None, None, 50, 6)),
            timeout=chance.choice((30.0, 30.0, 6.0)),
            reference_at="end" if chance.happens(0.1) else "front",
            clients=chance.choice((1, 1, 2)),
            kills=chance.choice((1, 1, 2, 3)) if chance.happens(rough) else 0,
            pauses=chance.choice((1, 2)) if chance.happens(rough) else 0,
            cancels=chance.choice((1, 2)) if chance.happens(rough) else 0,
            steps=chance.choice((1, 2)) if chance.happens(rough) else 0,
            reach=chance.choice((20, 80, 200)),
            trusts=chance.happens(0.5),
            careless=chance.happens(0.1),
            doubles=chance.happens(0.1),
            acts=chance.some(KINDS, 0.3) if chance.happens(0.3) else (),
            slips=chance.happens(0.05),
            source_fails=chance.happens(0.1),
            revoked=(begin, begin + chance.choice((1.0, 60.0))) if chance.happens(0.05) else None,
        )

    @classmethod
    def of_outage(cls, chance: Chance) -> Manner:
        """Return a manner by chance, with a long list of orders that meets an outage and no other trouble."""
        return evolve(
            cls.draw(chance),
            orders=24,
            many=chance.choice((1, 2, 4, 8)),
            workers=1,
            attempts=1,
            kills=0,
            pauses=0,
            cancels=0,
            steps=0,
            doubles=False,
            acts=(),
            slips=False,
            source_fails=False,
            meets_outage=True,
            revoked=None,
        )

    @property
    def calm(self) -> bool:
        """True if the program does nothing that could cost an order a request."""
        rough = self.kills or self.pauses or self.cancels or self.steps or self.doubles or self.revoked
        return not (rough or self.acts or self.slips or self.source_fails) and self.workers == 1


@frozen
class Next:
    """The next act of the caller after an error."""

    pause: float
    resubmit: bool = False
    adopt: int | None = None
    reload: bool = False


class SourceFailed(Exception):
    """The error of a source of orders."""


@define(eq=False)
class Program:
    """All processes of the program, one after the other and side by side."""

    loop: Loop
    story: Story
    chance: Chance
    lucca: Lucca
    weather: Weather
    manner: Manner
    habits: Habits
    invariants: Invariants
    orders: dict[str, Wanted]
    run_number: int
    store: Store = field(factory=Store)
    processes: list[Process] = field(factory=list)
    clients: list[LuccaProcurement] = field(factory=list)
    wires: list[Wire] = field(factory=list)
    finished: set[str] = field(factory=set)
    """The orders that are submitted, as far as the program knows."""
    acts: Acts = field(init=False)
    last_errors: dict[str, str] = field(factory=dict)
    """The last error of each order, for the story."""

    def __attrs_post_init__(self) -> None:
        self.acts = Acts(self.story, self.invariants, self.loop.time)

    async def misbehave(self) -> None:
        """Work through the orders while everything may go wrong."""
        manner = self.manner
        await asyncio.gather(*(self._worker(number, manner.kills) for number in range(manner.workers)))

    async def _worker(self, number: int, kills: int) -> None:
        """Run one process after the other. Each runs as long as it lives."""
        await asyncio.sleep(number * self.chance.choice((0.0, 1.0, 20.0)))
        for generation in range(kills + 1):
            process = self._process(f"p{number + 1}{'abcd'[generation]}")
            self._disturb(process, last=generation == kills)
            task = process.start(self._work(process))
            await process.ended
            if not process.killed:
                # The process has ended, so an error of the simulation itself would show here.
                task.result()
                return
            await asyncio.sleep(self.chance.choice((0.0, 1.0, 10.0, 60.0)))

    def _process(self, name: str) -> Process:
        offset = self.chance.choice((0.0, 0.0, 1.0, -1.0, 90.0, -90.0, 300.0, -300.0))
        machine = Machine(self.loop, name, offset, self.chance.uniform(10.0, 1e6))
        process = Process(self.loop, self.story, name, machine)
        self.processes.append(process)
        return process

    def _disturb(self, process: Process, *, last: bool) -> None:
        """Plan the kills, pauses, cancellations and clock steps of a process."""
        chance, manner = self.chance, self.manner

        def tick() -> int:
            return chance.randrange(1, chance.choice((20, 80, manner.reach, manner.reach)) + 1)

        if not last:
            process.at_tick(tick(), process.kill)
        for _ in range(manner.pauses):
            process.at_tick(tick(), lambda: process.pause(chance.choice((1.0, 4.0, 10.0, 40.0, 120.0))))
        for _ in range(manner.cancels):
            process.at_tick(tick(), lambda: self._cancel(process))
        for _ in range(manner.steps):
            process.at_tick(tick(), lambda: self._step_clock(process))

    def _cancel(self, process: Process) -> None:
        """Cancel one of the calls that are under way in a process."""
        running = [(task, keys) for task, keys in process.calls if not task.done()]
        if not running:
            return
        task, keys = self.chance.choice(running)
        process.note(f"the program cancels the submit of {', '.join(keys)}")
        self.story.count("program: submits cancelled")
        task.cancel()
        for key in keys:
            for attempt in self.invariants.attempts.get((process, key), []):
                if attempt.task is task and attempt.cancelled is None:
                    attempt.cancelled = process.awake

    def _step_clock(self, process: Process) -> None:
        step = self.chance.choice((-300.0, -60.0, 60.0, 300.0, 3600.0, -3600.0))
        process.machine.offset += step
        process.note(f"the clock of the machine is stepped by {step:.0f} s")
        self.story.count("program: clocks stepped")

    # In a process.

    @asynccontextmanager
    async def _client(self, process: Process) -> AsyncIterator[LuccaProcurement]:
        wire = Wire(self.loop, process, self.lucca, self.weather, self.invariants)
        self.wires.append(wire)
        lucca = LuccaProcurement(
            f"https://{process.name}.r{self.run_number}.sim",
            "key",
            transport=wire,
            clock=process.machine,
            rate=self.manner.rate,
            settle=SETTLE,
            timeout=self.manner.timeout,
            reference_at=self.manner.reference_at,
        )
        self.clients.append(lucca)
        async with lucca:
            yield lucca

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

    def _load(self, saver: Saver, key: str) -> Order:
        return saver.load(key) or self.orders[key].order()

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

    async def _carry(
        self, process: Process, lucca: LuccaProcurement, saver: Saver, key: str, order: Order, attempts: int
    ) -> None:
        """Submit one order, again and again, as a careful caller does."""
        following = Next(0.0)
        for _ in range(attempts):
            if self._is_over(order):
                return
            following = await self._attempt(process, lucca, saver, key, order, following)
            if self.manner.acts and not self.weather.clear:
                await self._act(process, lucca, saver, order)
            if self._is_over(order):
                return
            await asyncio.sleep(following.pause)
            if following.reload or self.chance.happens(0.3):
                before, order = order, self._load(saver, key)
                if following.resubmit and _token(order) != _token(before):
                    # A person looked for the purchase of one request. Another worker has sent a newer one since.
                    following = Next(0.0)

    def _is_over(self, order: Order) -> bool:
        return order.key in self.finished or order.decision is Decision.CANCELLED

    async def _act(self, process: Process, lucca: LuccaProcurement, saver: Saver, order: Order) -> None:
        kind = self.chance.choice(self.manner.acts)
        if kind == "find":
            await self.acts.find(process, lucca, order.key)
        elif kind == "wait" and self.acts.may_wait(order):
            await self.acts.wait(process, lucca, order, self.chance.choice((0.0, 5.0, 60.0)))
        elif kind == "cancel" and self.chance.happens(0.5):
            await self.acts.cancel(process, lucca, saver, order)

    async def _attempt(
        self, process: Process, lucca: LuccaProcurement, saver: Saver, key: str, order: Order, how: Next
    ) -> Next:
        call = self._submit(process, lucca, saver, order, how)
        began = process.awake
        task = self._call(process, call, {key: order})
        double: SimulatedTask | None = None
        if self.manner.doubles and self.chance.happens(0.5) and not self.weather.clear:
            double = self.loop.create_task(self._double(process, lucca, saver, key, task))
        error: errors.ProcurementError | None = None
        try:
            await task
        except asyncio.CancelledError:
            process.note(f"submit of {key} was cancelled")
            self._check_cancellation(process, task, (key,))
            return Next(self.chance.choice((0.0, 5.0, 60.0)))
        except errors.ProcurementError as raised:
            error = raised
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

    async def _submit(self, process: Process, lucca: LuccaProcurement, saver: Saver, order: Order, how: Next) -> None:
        if how.adopt is not None and order.purchase_id is None:
            await lucca.orders.adopt(order, how.adopt)
            self.story.count("program: purchases adopted on the word of a person")
            process.note(f"adopts purchase {how.adopt} for {order.reference}")
        self.story.count("program: submits with resubmit", how.resubmit)
        await lucca.orders.submit(order, saver, how.resubmit)

    async def _double(
        self, process: Process, lucca: LuccaProcurement, saver: Saver, key: str, first: SimulatedTask
    ) -> None:
        """Submit another object of the same order, as a program may do by mistake."""
        await asyncio.sleep(self.chance.choice((0.0, 0.5, 5.0, 60.0)))
        if first.cancelled():
            # If that was before the call began, the process does not know the order.
            return
        order = self.orders[key].order()
        task = self._call(process, lucca.orders.submit(order, saver), {key: order})
        try:
            await task
            self._result(process, order, None)
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
        # The ids of requests are chance of the product, and the hosts count the runs of this process.
        words = re.sub(r"Request id: \w+\.|\.r\d+(?=\.sim)", "", f"{error} | {error.__cause__ or ''}")
        process.note(f"{key}: {self.last_errors[key]}: {words}")

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
        return shown and told and not purchase.touched and not self._is_taken(key)

    # After the weather has cleared.

    async def recover(self) -> None:
        """Bring each order to its end, in a new process that knows only the stored orders."""
        process = self._process("last")
        task = process.start(self._finish(process))
        await process.ended
        task.result()

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
        """Return whether an order may stay unfinished, because of something that no client can mend."""
        own = self.invariants.purchases_of(key)
        traits = self.lucca.traits
        touched = key in self.acts.withdrawn or any(each.touched for each in own)
        silent = not traits.says_amount or not traits.says_state
        unreadable = not own and (traits.hidden or not traits.reads_whole)
        taken = not own and self._is_taken(key)
        return touched or silent or bool(unreadable) or taken or bool(self.invariants.crossed_orders)

    def _is_taken(self, key: str) -> bool:
        """Return whether another purchase has a title that carries the order's reference."""
        positions = [rf"[^a-z0-9]*{re.escape(key)}(?![a-z0-9._/#:+-]*[a-z0-9])"]
        if self.manner.reference_at == "end":
            positions.append(rf".*(?<![a-z0-9._/#:+-]){re.escape(key)}[^a-z0-9]*$")
        titles = [each.title.lower() for each in self.lucca.purchases.values() if each.reference != key]
        return any(re.match(position, title) for title in titles for position in positions)


def _token(order: Order) -> str | None:
    return None if order.pending is None else order.pending.token
