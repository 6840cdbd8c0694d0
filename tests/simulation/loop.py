"""An event loop in simulated time. It never really waits, every run is the same, and each process stops alone."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from itertools import count
from typing import Any, Protocol, TypeVar, TypeVarTuple

__all__ = ("Bound", "Gate", "Loop", "SimulatedTask", "Stuck")

Ts = TypeVarTuple("Ts")
T = TypeVar("T")


class Gate(Protocol):
    """A simulated process, as the loop sees it."""

    def admits(self, run: asyncio.Handle) -> bool:
        """Return whether the callback runs now. If not, the process keeps it or drops it."""
        ...


class Stuck(Exception):
    """The run has not ended, and no callback is left that could run."""


class Bound(Exception):
    """The run takes more events or more simulated time than any run should take."""


class Loop(asyncio.BaseEventLoop):
    """An event loop whose time jumps to the next timer.

    Each callback belongs to the process of the context it was scheduled in, and passes that process's gate before it
    runs. So the loop can kill or pause a process between any two of its callbacks, as the system does with a real one.
    """

    process: ContextVar[Gate | None] = ContextVar("process", default=None)

    def __init__(self, most_events: int, longest: float) -> None:
        super().__init__()
        self._now = 0.0
        self._due: deque[tuple[asyncio.Handle, Gate | None]] = deque()
        self._later: list[tuple[float, int, asyncio.TimerHandle, Gate | None]] = []
        self._numbers = count()
        self._left = most_events
        self._longest = longest
        self.world = copy_context()
        """The context of callbacks that belong to no process."""
        self.tasks: list[SimulatedTask] = []
        """All tasks, in the order of their beginning."""

    def allow(self, events: int) -> None:
        """Allow this number of further events, at any simulated time."""
        self._left = events
        self._longest = float("inf")

    def time(self) -> float:
        return self._now

    def create_future(self) -> asyncio.Future[Any]:
        return SimulatedFuture(next(self._numbers), self)

    def create_task(self, coro: Any, *, context: Context | None = None, **_: Any) -> SimulatedTask:
        task = SimulatedTask(next(self._numbers), coro, self, context)
        self.tasks.append(task)
        return task

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self.run_soon(handle, self._gate(context))
        return handle

    call_soon_threadsafe = call_soon

    def run_soon(self, handle: asyncio.Handle, gate: Gate | None) -> None:
        """Schedule a callback of a process, for instance one that was kept while the process was paused."""
        self._due.append((handle, gate))

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._later, (when, next(self._numbers), handle, self._gate(context)))
        return handle

    def run_in_executor(self, executor: object, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Run the function at once, because threads have no place in simulated time."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _gate(self, context: Context | None) -> Gate | None:
        return self.process.get() if context is None else context.get(self.process)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Do nothing, because the loop skips a cancelled timer when its time has come."""

    def _run_once(self) -> None:
        due, later = self._due, self._later
        while not due:
            if not later:
                raise Stuck
            moment, _, timer, gate = heapq.heappop(later)
            if not timer.cancelled():
                # A timer that was set to the past must not turn the time back.
                self._now = max(self._now, moment)
                due.append((timer, gate))
        while later and later[0][0] <= self._now:
            _, _, timer, gate = heapq.heappop(later)
            due.append((timer, gate))
        if self._left < 0 or self._now > self._longest:
            raise Bound
        for _ in range(len(due)):
            handle, gate = due.popleft()
            if not handle.cancelled() and (gate is None or gate.admits(handle)):
                self._left -= 1
                handle._run()


class _Numbered:
    """An object whose hash is its number in the order of creation. So the order of a set is the same in every run."""

    number: int

    def __hash__(self) -> int:
        return self.number


class SimulatedFuture(_Numbered, asyncio.Future[Any]):
    """A future of the loop."""

    def __init__(self, number: int, loop: Loop) -> None:
        super().__init__(loop=loop)
        self.number = number


class SimulatedTask(_Numbered, asyncio.Task[Any]):
    """A task of the loop. It knows the process that it belongs to."""

    def __init__(self, number: int, coro: Coroutine[Any, Any, Any], loop: Loop, context: Context | None) -> None:
        self.number = number
        super().__init__(coro, loop=loop, name=str(number), context=context)
        self.coroutine: str = getattr(coro, "__qualname__", type(coro).__name__)
        self.process = Loop.process.get() if context is None else context.get(Loop.process)

    @property
    def forgotten(self) -> BaseException | None:
        """The exception that nobody retrieved. asyncio would report it when the task is deleted."""
        # asyncio records this in no other attribute.
        if not self.done() or self.cancelled() or not self._log_traceback:
            return None
        return self.exception()
