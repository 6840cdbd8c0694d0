"""A world: everything that takes part in a run, from the beginning to the end of the run."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from .caller import Caller
from .chance import Chance
from .database import Condition
from .faults import Weather
from .invariants import Invariants
from .loop import Bound, Loop, Stuck
from .lucca import Lucca
from .manner import Manner
from .people import KINDS, People
from .store import Habits
from .story import Story
from .traits import Traits
from .wanted import Wanted, owner_of

__all__ = ("World",)

MOST_EVENTS = 200_000
LONGEST = 14 * 24 * 3600.0
"""The limit of a run, in simulated seconds."""
MINUTE = 60.0
SHORT = 0.5

Behaviour = TypeVar("Behaviour", Habits, Condition)
"""The type of the behaviour of a store."""
Working = TypeVar("Working", bound=Caller[Any])
"""The type of the program."""


class World(ABC, Generic[Behaviour, Working]):
    """Everything that takes part in a run."""

    habits: Behaviour
    """The behaviour of the store."""
    program: Working

    def __init__(self, seed: int) -> None:
        self.story = story = Story()
        self.loop = loop = Loop(MOST_EVENTS, LONGEST)
        self.chance = chance = Chance(seed)
        outage = chance.happens(0.02)
        self.manner = manner = self._manner(outage=outage)
        traits = Traits.draw(chance)
        self.weather = weather = Weather.of_outage(chance) if outage else Weather.draw(chance)
        self.habits = self._habits(outage=outage)
        kinds = chance.some(KINDS, 0.3) if chance.happens(0.3) and not outage else ()
        # If the list misses a purchase and shows its copy, nobody can distinguish them.
        if not (traits.counts or traits.reads_whole):
            kinds = tuple(each for each in kinds if each != "copy")
        self.orders = orders = {wanted.key: wanted for wanted in Wanted.draw(chance, manner.orders)}
        self.lucca = lucca = Lucca(chance, traits, story, loop.time, lambda title: owner_of(title, orders))
        self.invariants = Invariants(loop, story, lucca, orders)
        lucca.hides_own = "copy" not in kinds
        self.people = People(chance, loop, story, lucca, weather, orders, kinds)
        self.invariants.listeners.append(self.people.ordered)
        self.undisturbed = weather.fair and not weather.slow and manner.calm and self.habits.faultless and not kinds
        story.note(0.0, "seed", f"{seed}")
        for part in (manner, traits, weather, self.habits):
            story.note(0.0, "seed", str(part))
        for wanted in orders.values():
            story.note(0.0, "seed", f"order {wanted.reference} {wanted.purchase['title']!r}")
        story.note(0.0, "seed", f"people: {', '.join(kinds) or 'nobody'}")

    @abstractmethod
    def _manner(self, *, outage: bool) -> Manner:
        """Return the manner of the program by chance."""

    @abstractmethod
    def _habits(self, *, outage: bool) -> Behaviour:
        """Return the behaviour of the store by chance."""

    @abstractmethod
    def _check_undisturbed(self) -> None:
        """Check the requests and saves of the orders if there was no trouble."""

    def run(self) -> Story:
        loop, story = self.loop, self.story
        loop.set_exception_handler(lambda _, context: self._unhandled(context))
        try:
            loop.run_until_complete(self._live())
        except Stuck:
            story.violate(loop.time(), "the run hangs: nothing is left that could happen")
        except Bound:
            story.violate(loop.time(), "the run does not end")
        finally:
            self._clean_up()
        return story

    async def _live(self) -> None:
        manner = self.manner
        if manner.revoked is not None:
            begin, end = manner.revoked
            self.loop.call_at(begin, self._revoke, True)
            self.loop.call_at(end, self._revoke, False)
        await self.program.misbehave()
        if self.undisturbed and self.lucca.traits.path in ("purchase", "both"):
            self._check_undisturbed()
        self.story.note(self.loop.time(), "world", "the weather clears")
        self.weather.clear = True
        self.lucca.key = "key"
        await self.program.recover()
        self.invariants.finish()
        self._count()
        self._check_rate()
        self._check_tasks()

    def _revoke(self, revoked: bool) -> None:
        if not self.weather.clear:
            self.lucca.key = "another key" if revoked else "key"
            self.story.note(self.loop.time(), "somebody", "revokes the key" if revoked else "allows the key again")

    def _count(self) -> None:
        story, program = self.story, self.program
        story.count("of all: orders", len(program.orders))
        story.count("of all: processes of the program", len(program.processes))
        story.count("of all: requests", sum(len(wire.sent) for wire in program.wires))
        story.count("of all: saves", sum(self.invariants.saves.values()))
        story.count("of all: simulated seconds", int(self.loop.time()))
        story.count("order: submitted in the end", len(program.finished))
        story.count("order: whose answers were exchanged, of all", len(self.invariants.crossed_orders))

    def _check_rate(self) -> None:
        rate = self.manner.rate
        # The turn comes before the save and the connection. If these take long, requests leave closer together.
        if rate is None or self.weather.slow or self.habits.slow > SHORT:
            return
        for wire in self.program.wires:
            if wire.process.slept:
                continue
            for index in range(len(wire.sent) - rate):
                if wire.sent[index + rate] - wire.sent[index] < MINUTE:
                    self.story.violate(self.loop.time(), f"{wire.process.name} sends more than {rate} in a minute")
                    break

    def _check_tasks(self) -> None:
        """Check that no process leaves a task behind, and that no error is forgotten."""
        current = asyncio.current_task()
        for task in self.loop.tasks:
            process = getattr(task, "process", None)
            if task is current or (process is not None and process.killed):
                continue
            if not task.done():
                self.story.violate(self.loop.time(), f"a task is left running: {task.coroutine}")
            elif (error := task.forgotten) is not None:
                self.story.violate(self.loop.time(), f"nobody retrieves {type(error).__name__}: {error}")

    def _unhandled(self, context: dict[str, object]) -> None:
        self.story.violate(self.loop.time(), f"asyncio reports: {context.get('message')}")

    def _clean_up(self) -> None:
        """End all tasks that are left, so that Python has nothing to report."""
        loop = self.loop
        self.weather.clear = True
        loop.set_exception_handler(lambda *_: None)
        for process in self.program.processes:
            process.bury()
        loop.allow(MOST_EVENTS)
        for _ in range(20):
            left = [task for task in loop.tasks if not task.done()]
            if not left:
                break
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.wait(left, timeout=60.0))
        for task in loop.tasks:
            # Nobody else is left to retrieve the exception.
            if task.done() and not task.cancelled():
                task.exception()
        for client in self.program.clients:
            loop.run_until_complete(client.aclose())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
