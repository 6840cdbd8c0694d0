"""Machines with their clocks, and the processes that run on them. A process can be paused or killed at any moment."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

from .loop import Loop, SimulatedTask
from .story import EPOCH, Story

__all__ = ("Machine", "Process")


class Machine:
    """A computer. Its wall clock is wrong by `offset` seconds; its monotonic clock counts from its own start.

    It is the clock of the clients that run on it.
    """

    def __init__(self, loop: Loop, name: str, offset: float, uptime: float) -> None:
        self._loop = loop
        self._uptime = uptime
        self.name = name
        self.offset = offset

    def time(self) -> float:
        return EPOCH + self._loop.time() + self.offset

    def monotonic(self) -> float:
        return self._uptime + self._loop.time()

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(seconds)


class Process:
    """A process of the program on a machine. Its name is part of the host that its clients use."""

    def __init__(self, loop: Loop, story: Story, name: str, machine: Machine) -> None:
        self._loop = loop
        self._story = story
        self._kept: deque[asyncio.Handle] = deque()
        self._actions: list[tuple[int, int, Callable[[], object]]] = []
        self._numbers = count()
        self.name = name
        self.machine = machine
        self.ticks = 0
        """The number of its callbacks that have run."""
        self.paused = False
        self.slept = 0.0
        """The seconds that it was paused, in all."""
        self._paused_at = 0.0
        self.killed = False
        self.ghost = False
        """True if a killed process only ends its tasks. It reaches neither Lucca nor the store any more."""
        self.held: dict[int, str] = {}
        """The references of the purchases that its orders certainly hold, by the id of the purchase."""
        self.calls: list[tuple[SimulatedTask, tuple[str, ...]]] = []
        """The calls that its program has made, and the orders of each."""
        self.stall: Callable[[str], float] = lambda _: 0.0
        """Returns the seconds for which the process is paused between the check of a request and its send."""
        self.at_end: list[Callable[[], object]] = []
        """Functions that are called when the process is killed, as the system then closes its connections."""
        self.ended: asyncio.Future[None] = loop.create_future()

    def start(self, work: Coroutine[Any, Any, None]) -> SimulatedTask:
        """Run the work of the process."""
        context = self._loop.world.copy()
        context.run(Loop.process.set, self)
        task = self._loop.create_task(work, context=context)
        task.add_done_callback(lambda _: self._end(), context=self._loop.world)
        return task

    @property
    def awake(self) -> float:
        """The seconds that the process has run, without its pauses."""
        return (self._paused_at if self.paused else self._loop.time()) - self.slept

    def at_tick(self, tick: int, action: Callable[[], object]) -> None:
        """Plan an action right before the callback that is this number of callbacks ahead."""
        heapq.heappush(self._actions, (self.ticks + tick, next(self._numbers), action))

    def admits(self, run: asyncio.Handle) -> bool:
        if self.ghost:
            return True
        if not self.killed and not self.paused:
            self.ticks += 1
            while self._actions and self._actions[0][0] <= self.ticks:
                heapq.heappop(self._actions)[2]()
        if self.killed or self.paused:
            self._kept.append(run)
            return False
        return True

    def pause(self, seconds: float) -> None:
        """Keep all callbacks of the process from running for these seconds."""
        if self.paused or self.killed:
            return
        self.note(f"the process is paused for {seconds:.1f} s")
        self._story.count("program: processes paused")
        self.paused = True
        self._paused_at = self._loop.time()
        self._loop.call_later(seconds, self._resume, context=self._loop.world)

    def _resume(self) -> None:
        if self.killed:
            return
        self.note("the process goes on")
        self.paused = False
        self.slept += self._loop.time() - self._paused_at
        self._run_kept()

    def kill(self) -> None:
        """End the process at once. None of its callbacks runs any more."""
        if not self.killed and not self.ended.done():
            self.note("the process is killed")
            self._story.count("program: processes killed")
            self.killed = True
            for close in self.at_end:
                close()
            self._end()

    def bury(self) -> None:
        """Let the tasks of a killed process end, so that Python finds none that is pending."""
        self.ghost = True
        self._run_kept()

    def _run_kept(self) -> None:
        while self._kept:
            self._loop.run_soon(self._kept.popleft(), self)

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def count(self, what: str) -> None:
        """Count something for the figures."""
        self._story.count(what)

    def note(self, what: str) -> None:
        """Record an event of the process."""
        self._story.note(self._loop.time(), self.name, what, self.machine.time())
