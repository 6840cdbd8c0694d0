"""Machines with their clocks, and the processes that run on them: each can be paused or killed at any moment."""

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
        """How many of its callbacks have run."""
        self.paused = False
        self.slept = 0.0
        """For how long it was paused, in all."""
        self._paused_at = 0.0
        self.killed = False
        self.ghost = False
        """Whether a killed process only ends its tasks, and reaches neither Lucca nor the store any more."""
        self.held: dict[int, str] = {}
        """The purchases that its orders hold for certain, and the reference of each."""
        self.calls: list[tuple[SimulatedTask, tuple[str, ...]]] = []
        """The calls that its program has made, and the orders of each."""
        self.at_end: list[Callable[[], object]] = []
        """Called when the process is killed: the system closes its connections."""
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
        """For how long it has run, in seconds."""
        return (self._paused_at if self.paused else self._loop.time()) - self.slept

    def at_tick(self, tick: int, action: Callable[[], object]) -> None:
        """Have something happen right before the callback of that number."""
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
        """Let none of its callbacks run for that long."""
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
        """End it at once: nothing of it runs any more."""
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
        """Note what the process does."""
        self._story.note(self._loop.time(), self.name, what, self.machine.time())
