"""The progress of an import: a bar in a terminal, and plain lines elsewhere."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from math import ceil
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from .._wire.retry import WINDOW
from ..events import Event, HeldBack, OrderStep, RequestSent
from ..order import Order, Step

__all__ = ("Tally", "requests_left", "shown_progress")

_STEPS = {Step.PURCHASE: 3, Step.COMMITMENT: 2, Step.REQUEST: 1, Step.SUBMITTED: 0}
RECENT = 180.0
"""In seconds. Without a rate that holds the requests back, the pace is that of this time."""
LINE_EVERY = 10.0
"""In seconds: the time between two plain lines."""
TICK = 0.5


def requests_left(order: Order) -> int:
    """Return the number of requests that an order still needs, if none fails."""
    return 0 if order.decision is not None else _STEPS[order.step]


class Tally:
    """Counts what an import did, and estimates the minutes that are left."""

    def __init__(self, rate: int, now: Callable[[], float] = monotonic) -> None:
        self.total = 0
        self.submitted = 0
        self.need_you = 0
        self.rate = rate
        self._now = now
        self._left: dict[str, int] = {}
        self._sent: deque[float] = deque()
        self._begun = now()
        self._rate_until = 0.0
        self._held_until = 0.0
        self._held_by = ""

    def expect(self, order: Order) -> None:
        """Note an order that the import will submit."""
        self._left[order.key] = requests_left(order)

    def finished(self, order: Order, *, submitted: bool) -> None:
        """Note the result of an order."""
        self._left.pop(order.key, None)
        self.submitted += submitted
        self.need_you += not submitted

    def note(self, event: Event) -> None:
        """Note an event of the client. It is the client's listener."""
        now = self._now()
        match event:
            case RequestSent():
                self._sent.append(now)
                if self._held_by == "outage":
                    self._held_by = ""
                while self._sent and self._sent[0] < now - RECENT:
                    self._sent.popleft()
            case OrderStep():
                if (key := event.reference.lower()) in self._left:
                    self._left[key] = _STEPS[Step(event.step)]
            case HeldBack(reason="rate"):
                self._rate_until = now + event.seconds
            case HeldBack():
                self.hold(event.seconds, event.reason)
            case _:
                pass

    def hold(self, seconds: float, reason: str) -> None:
        """Note that nothing is sent for some seconds."""
        self._held_until, self._held_by = self._now() + seconds, reason

    @property
    def minutes_left(self) -> float:
        """The minutes that the requests that are left take."""
        now, left = self._now(), sum(self._left.values())
        elapsed = min(RECENT, now - self._begun)
        # In the first minute, and while the rate holds requests back, the rate is the pace.
        if elapsed > WINDOW and now > self._rate_until + WINDOW:
            recent = sum(at > now - RECENT for at in self._sent)
            return left / min(self.rate, max(recent * 60 / elapsed, 0.1))
        return self._seconds_at_rate(now, left) / 60

    def _seconds_at_rate(self, now: float, left: int) -> float:
        """Return the seconds until the rate admits the last of the requests that are left.

        The requests leave in bursts, so that the mean pace would be wrong by up to a minute.
        """
        if not left:
            return 0.0
        window = [at for at in self._sent if at > now - WINDOW][-self.rate :]
        windows, place = divmod(left - 1, self.rate)
        taken = place - (self.rate - len(window))
        # A request leaves a window after the one that has its place in the last window.
        first = window[taken] + WINDOW if taken >= 0 else now
        return first + windows * WINDOW - now

    def __str__(self) -> str:
        text = f"{self.submitted}/{self.total} submitted"
        if self.need_you:
            text += f", {self.need_you} {'needs' if self.need_you == 1 else 'need'} you"
        if self._held_by and (seconds := self._held_until - self._now()) > 0:
            why = "Lucca asks to wait" if self._held_by == "retry_after" else "Lucca does not answer"
            return f"{text}, {why}: the next request in {ceil(seconds)} s"
        if self._left:
            minutes = self.minutes_left
            text += f", about {ceil(minutes)} min left" if minutes >= 1 else ", less than a minute left"
            text += f" ({self.rate} requests a minute)"
        return text


@asynccontextmanager
async def shown_progress(console: Console, tally: Tally) -> AsyncIterator[None]:
    """Show the progress while a block runs. Messages of the block go through the console.

    Args:
        console: The console.
        tally: The counts.
    """
    task = asyncio.create_task(_bar(console, tally) if console.is_terminal else _lines(console, tally))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _bar(console: Console, tally: Tally) -> None:
    columns = (BarColumn(bar_width=24), TaskProgressColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, auto_refresh=False, transient=True) as bar:
        task = bar.add_task(str(tally), total=tally.total)
        while True:
            bar.update(task, description=str(tally), completed=tally.submitted + tally.need_you, refresh=True)
            await asyncio.sleep(TICK)


async def _lines(console: Console, tally: Tally) -> None:
    while True:
        console.print(str(tally), soft_wrap=True, markup=False, highlight=False)
        await asyncio.sleep(LINE_EVERY)
