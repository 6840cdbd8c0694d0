"""Run the work of a command: its event loop, its signals, its errors and its exit code."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from enum import IntEnum
from typing import Any

from ..errors import ConfigurationError, InvalidArgument, NoMatch, ProcurementError
from ._sheet import SheetError

__all__ = ("Exit", "Refused", "run", "say", "stopped")


class Exit(IntEnum):
    """The exit codes."""

    DONE = 0
    NEEDS_YOU = 1
    WRONG_INPUT = 2
    STOPPED = 3


class Refused(Exception):
    """The input of a command is wrong. The message has the correction."""


def say(text: str) -> None:
    """Print a message that is no data."""
    print(text, file=sys.stderr, flush=True)


def run(work: Callable[[], Coroutine[Any, Any, Exit]]) -> Exit:
    """Run the work of a command, and return its exit code. Every error becomes one message.

    Args:
        work: The work.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A redirected output of Windows cannot encode each title. That must not end an import.
            stream.reconfigure(errors="backslashreplace")
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_until_stopped(work))
    except (Refused, SheetError, ConfigurationError, InvalidArgument, NoMatch) as error:
        say(str(error))
        return Exit.WRONG_INPUT
    except ProcurementError as error:
        say(str(error))
        return Exit.STOPPED
    except BrokenPipeError:
        # The reader of the output, such as `head`, has ended. Python would report it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.STOPPED
    except OSError as error:
        say(f"{error.filename or 'The system'}: {error.strerror or error}")
        return Exit.STOPPED
    except KeyboardInterrupt:
        say("Stopped.")
        return Exit.STOPPED
    except Exception as error:
        say(f"The command failed, and this is a defect of it: {type(error).__name__}: {error}")
        return Exit.STOPPED


def stopped() -> bool:
    """Return True if the current task was stopped by a signal, and end this state. Its clean-up can then wait."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0 and task.uncancel() == 0


async def _until_stopped(work: Callable[[], Coroutine[Any, Any, Exit]]) -> Exit:
    """Run the work. The first Ctrl-C or SIGTERM cancels it. The others are ignored, so that requests in flight end."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work())
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        if len(signals) == 1:
            say("Stopping. The requests in flight end first.")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:
            # Windows. The handler runs in the main thread, between two steps of the loop.
            signal.signal(number, lambda number, _frame: loop.call_soon_threadsafe(stop, number))
    try:
        await asyncio.wait([task])
        return task.result()
    except asyncio.CancelledError:
        say("Stopped.")
        return Exit.STOPPED
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    # psycopg needs this loop on Windows.
    return asyncio.SelectorEventLoop if sys.platform == "win32" else None
