"""Shield work that has begun from the cancellation of the task that awaits it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ("ended", "is_cancelled", "shield_until_done")

T = TypeVar("T")

GRACE_PERIOD = 5.0
"""In seconds. Lucca aborts a request after that time, so no answer comes later."""
_LAST_STORE = 0.5
"""In seconds: work that is cancelled at the end of the grace period may have to store how far it came."""


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
        deadline = asyncio.get_running_loop().time() + GRACE_PERIOD
        if not interruptible():
            await ended(task, deadline=deadline)
        task.cancel()
        await ended(task, deadline=deadline + _LAST_STORE)
        raise


def is_cancelled() -> bool:
    """Return whether the present task was cancelled. The caller's own code can raise CancelledError without that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def ended(*tasks: asyncio.Task[Any], deadline: float | None = None) -> None:
    """Wait until tasks have ended. A cancellation meanwhile changes nothing.

    Args:
        deadline: The end of the wait, by the loop's clock. None: when the grace period of each task is over.
    """
    loop = asyncio.get_running_loop()
    if deadline is None:
        deadline = loop.time() + GRACE_PERIOD + 2 * _LAST_STORE
    while (unfinished := [task for task in tasks if not task.done()]) and (left := deadline - loop.time()) > 0:
        try:
            await asyncio.wait(unfinished, timeout=left)
        except asyncio.CancelledError:
            # The caller re-raises the first cancellation.
            continue
    for task in tasks:
        if task.done() and not task.cancelled():
            # Retrieved, so that asyncio does not report it as forgotten: the order holds what was done.
            task.exception()
