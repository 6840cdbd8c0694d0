"""The processes of a program: they start on machines, are killed, paused and cancelled, and make calls."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import define, field

from lucca_procurement import LuccaProcurement

from .chance import Chance
from .faults import Weather
from .invariants import Invariants
from .loop import Loop
from .lucca import Lucca
from .machines import Machine, Process
from .manner import Manner
from .story import Story
from .traits import SETTLE
from .wanted import Wanted
from .wire import Wire

__all__ = ("Fleet",)


@define(eq=False)
class Fleet(ABC):
    """All processes of a program, one after the other and side by side."""

    loop: Loop
    story: Story
    chance: Chance
    lucca: Lucca
    weather: Weather
    manner: Manner
    invariants: Invariants
    orders: dict[str, Wanted]
    run_number: int
    processes: list[Process] = field(factory=list, init=False)
    clients: list[LuccaProcurement] = field(factory=list, init=False)
    wires: list[Wire] = field(factory=list, init=False)

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

    @abstractmethod
    async def _work(self, process: Process) -> None:
        """Do the work of a process while everything may go wrong."""

    def _host(self, process: Process) -> str:
        """Return the host of the clients of a process. All clients of a host share a registry."""
        return f"{process.name}.r{self.run_number}.sim"

    @asynccontextmanager
    async def _client(self, process: Process) -> AsyncIterator[LuccaProcurement]:
        wire = Wire(self.loop, process, self.lucca, self.weather, self.invariants)
        self.wires.append(wire)
        lucca = LuccaProcurement(
            f"https://{self._host(process)}",
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

    async def recover(self) -> None:
        """Bring each order to its end, in a new process that knows only the stored orders."""
        process = self._process("last")
        task = process.start(self._finish(process))
        await process.ended
        task.result()

    @abstractmethod
    async def _finish(self, process: Process) -> None:
        """Bring each order to its end."""
