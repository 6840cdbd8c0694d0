"""Shield work that has begun from the cancellation of the task that awaits it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ("ended", "shield_until_done")

T = TypeVar("T")

GRACE_PERIOD = 5.0
"""In seconds. Lucca aborts a request after that time, so no answer comes later."""


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
        if not interruptible():
            await ended(task)
        task.cancel()
        await ended(task)
        raise


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Wait until tasks have ended, for the grace period at most. A cancellation meanwhile changes nothing."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GRACE_PERIOD
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
