"""Shield work that has begun from the cancellation of the task that awaits it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ("ended", "is_cancelled", "shield_until_done")

T = TypeVar("T")

GRACE_PERIOD = 5.0
"""In seconds. Lucca aborts a request after that time, so no answer comes later."""
_LAST_STORE = 0.5
"""In seconds: work that is cancelled at the end of the grace period may have to store how far it came."""
SLICE = 0.25
"""In seconds. If the process is paused during a slice, only the slice counts: work needs turns, not time, to end."""


async def shield_until_done(
    work: Coroutine[Any, Any, T], *, interruptible: Callable[[], bool], stop: Callable[[], None]
) -> T:
    """Run `work`, and return its result. A cancellation lets it end first, within the grace period.

    Args:
        work: Runs in a task of its own. A second cancellation does not interrupt it.
        interruptible: Returns whether `work` has nothing in flight. Then it is cancelled at once.
        stop: Called at the cancellation, so that `work` begins nothing new.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop()
        left = GRACE_PERIOD
        if not interruptible():
            left = await ended(task, within=left)
        task.cancel()
        await ended(task, within=left + _LAST_STORE)
        raise


def is_cancelled() -> bool:
    """Return whether the present task was cancelled. The caller's own code can raise CancelledError without that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def ended(*tasks: asyncio.Task[Any], within: float | None = None) -> float:
    """Wait until tasks have ended, and return the seconds that are left. A cancellation meanwhile changes nothing.

    Args:
        within: Seconds by the loop's clock, without those for which the process was paused. None: the grace period of
            each task.
    """
    loop = asyncio.get_running_loop()
    left = GRACE_PERIOD + 2 * _LAST_STORE if within is None else within
    while (unfinished := [task for task in tasks if not task.done()]) and left > 0:
        began, length = loop.time(), min(left, SLICE)
        # The caller re-raises the first cancellation.
        with suppress(asyncio.CancelledError):
            done, _ = await asyncio.wait(unfinished, timeout=length)
            if not done:
                left -= length
                continue
        left -= min(length, loop.time() - began)
    for task in tasks:
        if task.done() and not task.cancelled():
            # Retrieved, so that asyncio does not report it as forgotten: the order holds what was done.
            task.exception()
    return left
