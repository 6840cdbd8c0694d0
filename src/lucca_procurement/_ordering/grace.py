"""Shield work that has begun from the cancellation of the task that awaits it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ("ended", "is_cancelled", "result_of", "shield_until_done")

T = TypeVar("T")

GRACE_PERIOD = 5.0
"""In seconds. Lucca aborts a request after this time, so no answer can come later."""
_LAST_STORE = 0.5
"""In seconds. Work that is cancelled at the end of the grace period may still have to store its state."""
SLICE = 0.25
"""In seconds. A pause of the process counts as at most one slice: work needs turns of the event loop to end."""


async def shield_until_done(
    work: Coroutine[Any, Any, T], *, interruptible: Callable[[], bool], stop: Callable[[], None]
) -> T:
    """Run `work`, and return its result. After a cancellation, `work` can finish within the grace period.

    Args:
        work: The work. It runs in its own task, and a second cancellation does not interrupt it.
        interruptible: Returns True if `work` has nothing in flight. A cancellation then reaches `work` at once.
        stop: Called at the cancellation, so that `work` begins nothing new.

    Raises CancelledError if the caller's task was cancelled.
    """
    task = asyncio.create_task(work)
    try:
        return await result_of(task)
    except asyncio.CancelledError:
        stop()
        left = GRACE_PERIOD
        if not interruptible():
            left = await ended(task, within=left)
        task.cancel()
        await ended(task, within=left + _LAST_STORE)
        raise


async def result_of(task: asyncio.Task[T]) -> T:
    """Return the result of a task, or raise its error. A cancellation of the caller does not reach the task.

    If the caller was cancelled, nothing reports the error of the task. From Python 3.14 on, `asyncio.shield` reports it
    to the event loop.
    """
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait([task])
    return task.result()


def is_cancelled() -> bool:
    """Return True if the current task was cancelled. Code of the caller can raise CancelledError without that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def ended(*tasks: asyncio.Task[Any], within: float | None = None) -> float:
    """Wait until tasks have ended, and return the seconds that are left. A cancellation does not end the wait.

    Args:
        tasks: The tasks. Their errors are not raised.
        within: Seconds by the event loop's clock, without those for which the process was paused. If it is None, the
            grace period and the time to store.
    """
    loop = asyncio.get_running_loop()
    left = GRACE_PERIOD + 2 * _LAST_STORE if within is None else within
    while (unfinished := [task for task in tasks if not task.done()]) and left > 0:
        began, length = loop.time(), min(left, SLICE)
        # The caller raises the first cancellation again.
        with suppress(asyncio.CancelledError):
            done, _ = await asyncio.wait(unfinished, timeout=length)
            if not done:
                left -= length
                continue
        left -= min(length, loop.time() - began)
    for task in tasks:
        if task.done() and not task.cancelled():
            # If nobody retrieves the error, asyncio reports it. The order already holds the result of the work.
            task.exception()
    return left
