"""The event loop of a test: its rounds, its clock, and the tasks and errors that a test must not leave behind."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lucca_procurement._ordering import grace


async def settled() -> None:
    """Let every task run until it waits for something."""
    for _ in range(100):
        await asyncio.sleep(0)


def skip(seconds: float) -> None:
    """Set the clock of the running loop forward. The timers that are due by then run next."""
    loop = asyncio.get_running_loop()
    now = loop.time
    loop.time = lambda: now() + seconds  # type: ignore[method-assign]


async def go_through(seconds: float) -> None:
    """Set the clock of the running loop forward in small steps. All tasks get their turns after each step."""
    for _ in range(round(seconds / grace.SLICE)):
        skip(grace.SLICE)
        await settled()


async def forbidden_tasks(*, but: int = 1) -> list[str]:
    """Return the tasks that still run after all have had their turns, unless there are just `but` (the test's own)."""
    await settled()
    tasks = asyncio.all_tasks()
    return [] if len(tasks) == but else [str(task.get_coro()) for task in tasks]


@contextmanager
def nothing_forgotten() -> Iterator[None]:
    """Fail if a task ended with an error that nobody retrieved. asyncio reports such an error only to its loop."""
    reported: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context))
    try:
        yield
        gc.collect()
    finally:
        loop.set_exception_handler(None)
    assert not reported
