"""Let what was begun come to its end when whoever waits for it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ("LONGEST", "ended", "finish")

T = TypeVar("T")

PATIENCE = 5.0
"""In seconds: the server gives a request up after that time."""
LONGEST = 5
"""How many times that, and one to spare, a cancelled `submit` takes: what is under way, how far it came, its mark."""


async def finish(work: Coroutine[Any, Any, T], *, waiting: Callable[[], bool], stop: Callable[[], None]) -> T:
    """Run `work`. Cancelled, it has 5 s to end before the cancellation goes on; a second one changes nothing.

    `waiting` tells that `work` has begun nothing yet: it is cancelled at once then. `work` that is cancelled has 5 s
    more to put down how far it came. `stop` is called first, so that `work` can tell that nothing follows it.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop()
        if not waiting():
            await ended(task)
        task.cancel()
        await ended(task)
        raise


async def ended(*tasks: asyncio.Task[Any], times: int = 1) -> None:
    """Wait until tasks have ended, for so many times 5 s at most, whatever cancellations come meanwhile."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + times * PATIENCE
    while (open_ := [task for task in tasks if not task.done()]) and (left := deadline - loop.time()) > 0:
        try:
            await asyncio.wait(open_, timeout=left)
        except asyncio.CancelledError:
            # One is on its way already: it goes on when this is over.
            continue
    for task in tasks:
        if task.done() and not task.cancelled():
            # Asked for, an error is not reported as forgotten: what a task came to is in its order.
            task.exception()
