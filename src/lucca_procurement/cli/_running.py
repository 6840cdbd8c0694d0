"""Run the work of a command: its event loop, its signals, its errors and its exit code."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, InvalidArgument, NoMatch, OrderIncomplete, ProcurementError
from ._sheet import SheetError
from ._wording import of_error

__all__ = ("Exit", "Refused", "accept_stop", "ask", "check_new", "guarded", "has_terminal", "run", "say")

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Exit(IntEnum):
    """The exit codes."""

    DONE = 0
    NEEDS_YOU = 1
    WRONG_INPUT = 2
    STOPPED = 3


class Refused(Exception):
    """The input of a command is wrong. The message has the correction."""


def check_new(path: Path, *, force: bool) -> None:
    """Raise Refused if a file exists and may not be replaced."""
    if path.exists() and not force:
        raise Refused(f"{path} exists: choose another name, or add --force to replace it")


def say(text: str, end: str = "\n") -> None:
    """Print a message that is no data."""
    print(text, end=end, file=sys.stderr, flush=True)


def has_terminal() -> bool:
    """Return True if a person can answer a question."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def ask(question: str) -> str:
    """Ask a person in a terminal, and return the answer.

    Args:
        question: The question.

    Raises Refused if there is no terminal, or if the person ends the input. Raises CancelledError after Ctrl-C.
    """
    if not has_terminal():
        raise Refused("Nothing was changed: add --yes, because there is no terminal to ask")
    try:
        # The question comes after the handlers: a person who sees it may press Ctrl-C at once.
        with _interruptible():
            say(question, end=" ")
            answer = sys.stdin.readline()
    except KeyboardInterrupt:
        say("")
        raise asyncio.CancelledError from None
    if not answer:
        say("")
        raise Refused("Nothing was changed: the input ended before an answer")
    return answer.strip()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let a signal interrupt a block that waits for a person. The handlers of the loop would wait for its end."""
    wakeup = signal.set_wakeup_fd(-1)
    handlers = [(number, signal.signal(number, signal.default_int_handler)) for number in _STOPPING]
    try:
        yield
    finally:
        for number, handler in handlers:
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)


def run(work: Callable[[], Coroutine[Any, Any, Exit]]) -> int:
    """Run the work of a command in an event loop, and return its exit code. Every error becomes one message.

    Args:
        work: The work.
    """

    def in_loop() -> int:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_until_stopped(work))

    return guarded(in_loop)


def guarded(work: Callable[[], int]) -> int:
    """Run the work of a command, and return its exit code. Every error becomes one message.

    Args:
        work: The work.
    """
    try:
        return work()
    except (ConfigurationError, InvalidArgument, NoMatch) as error:
        say(of_error(error))
        return Exit.WRONG_INPUT
    except (Refused, SheetError) as error:
        say(str(error))
        return Exit.WRONG_INPUT
    except ProcurementError as error:
        say(of_error(error))
        needs_you = isinstance(error, OrderIncomplete) and error.needs != "time"
        return Exit.NEEDS_YOU if needs_you else Exit.STOPPED
    except OSError as error:
        say(f"{error.filename or 'The system'}: {error.strerror or error}")
        return Exit.STOPPED
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("Stopped.")
        return Exit.STOPPED
    except Exception as error:
        say(f"The command failed, and this is a defect of it: {type(error).__name__}: {error}")
        return Exit.STOPPED


def accept_stop() -> bool:
    """If a signal stopped the current task, end this state and return True. The clean-up of the task can then wait."""
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

    for number in _STOPPING:
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:
            # Windows. The handler runs in the main thread, between two steps of the loop.
            signal.signal(number, lambda number, _frame: loop.call_soon_threadsafe(stop, number))
    try:
        await asyncio.wait([task])
        return task.result()
    finally:
        for number in _STOPPING:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    # psycopg needs this loop on Windows.
    return asyncio.SelectorEventLoop if sys.platform == "win32" else None
