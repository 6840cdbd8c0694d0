"""One run: the world of a seed from its beginning to its end, and the invariants that it broke."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from unittest import mock

import httpx

from .chance import Chance
from .faults import Weather
from .invariants import Invariants
from .loop import Bound, Loop, Stuck
from .lucca import Lucca
from .people import KINDS, People
from .program import Manner, Program
from .store import Habits
from .story import Story
from .traits import Traits
from .wanted import Wanted, owner_of

__all__ = ("run",)

MOST_EVENTS = 200_000
LONGEST = 14 * 24 * 3600.0
"""The limit of a run, in simulated seconds."""
MINUTE = 60.0
SHORT = 0.5

_runs = count()
_tls = httpx.create_ssl_context()


def run(seed: int) -> Story:
    """Run a seed, and return its story."""
    with _settled(seed):
        return _World(seed).run()


@contextmanager
def _settled(seed: int) -> Iterator[None]:
    """Make a run depend on its seed alone: not on chance, another run or the time when memory is freed."""
    state, collects = random.getstate(), gc.isenabled()
    gc.disable()
    random.seed(seed)
    # No client in a run uses TLS, and the creation of a context takes as long as a run.
    with mock.patch.object(httpx, "create_ssl_context", return_value=_tls):
        try:
            yield
        finally:
            random.setstate(state)
            if collects:
                gc.enable()


class _World:
    """Everything that takes part in a run."""

    def __init__(self, seed: int) -> None:
        self.story = story = Story()
        self.loop = loop = Loop(MOST_EVENTS, LONGEST)
        chance = Chance(seed)
        outage = chance.happens(0.02)
        self.manner = manner = Manner.of_outage(chance) if outage else Manner.draw(chance)
        traits = Traits.draw(chance)
        self.weather = weather = Weather.of_outage(chance) if outage else Weather.draw(chance)
        self.habits = habits = Habits.of_outage(chance) if outage else Habits.draw(chance)
        kinds = chance.some(KINDS, 0.3) if chance.happens(0.3) and not outage else ()
        # If the list misses a purchase and shows its copy, nobody can distinguish them.
        if not (traits.counts or traits.reads_whole):
            kinds = tuple(each for each in kinds if each != "copy")
        orders = {wanted.key: wanted for wanted in Wanted.draw(chance, manner.orders)}
        self.lucca = lucca = Lucca(chance, traits, story, loop.time, lambda title: owner_of(title, orders))
        self.invariants = Invariants(loop, story, lucca, orders)
        lucca.hides_own = "copy" not in kinds
        self.people = People(chance, loop, story, lucca, weather, orders, kinds)
        self.invariants.listeners.append(self.people.ordered)
        self.program = Program(
            loop, story, chance, lucca, weather, manner, habits, self.invariants, orders, next(_runs)
        )
        self.undisturbed = weather.fair and not weather.slow and manner.calm and habits.faultless and not kinds
        story.note(0.0, "seed", f"{seed}")
        for part in (manner, traits, weather, habits):
            story.note(0.0, "seed", str(part))
        for wanted in orders.values():
            story.note(0.0, "seed", f"order {wanted.reference} {wanted.purchase['title']!r}")
        story.note(0.0, "seed", f"people: {', '.join(kinds) or 'nobody'}")

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

    def _check_undisturbed(self) -> None:
        """Check that each order takes 3 requests and 6 saves if there was no trouble."""
        if not self.undisturbed or self.lucca.traits.path not in ("purchase", "both"):
            return
        for key, wanted in self.program.orders.items():
            if key not in self.program.finished:
                self.story.violate(self.loop.time(), f"{wanted.key} is not submitted at once")
        requests = sum(len(wire.sent) for wire in self.program.wires)
        saves = sum(self.invariants.saves.values())
        number = len(self.program.orders)
        if (requests, saves) != (3 * number, 6 * number):
            self.story.violate(
                self.loop.time(), f"{number} orders without trouble take {requests} requests and {saves} saves"
            )

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
