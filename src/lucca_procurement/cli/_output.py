"""The output of the command. Its reader can end before the work does: `lucca-procurement status | head -1`."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ("has_no_reader", "lasting_output")

_NO_READER = (errno.EPIPE, errno.EINVAL)
"""The error of an output whose reader has ended. Windows has the second one."""


class _LastingRaw(io.RawIOBase):
    """Writes until a write fails. It drops everything after that, because no message is worth an order."""

    def __init__(self, raw: Any) -> None:
        super().__init__()
        self._raw = raw
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        number: int = self._raw.fileno()
        return number

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def write(self, data: Any) -> int | None:
        written: int | None = len(data)
        if self.failure is None:
            try:
                written = self._raw.write(data)
            except OSError as error:
                self.failure = error
        return written


class _Lasting(io.TextIOWrapper):
    """A text stream that never raises OSError."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._raw = _LastingRaw(getattr(stream.buffer, "raw", stream.buffer))
        super().__init__(
            io.BufferedWriter(self._raw),
            encoding=stream.encoding,
            # A redirected output of Windows cannot encode each title. That must not end an import.
            errors="backslashreplace",
            # `python -u` has no buffer at all.
            line_buffering=stream.line_buffering or stream.write_through,
        )

    @property
    def failure(self) -> OSError | None:
        return self._raw.failure


@contextmanager
def lasting_output() -> Iterator[Callable[[], OSError | None]]:
    """Let the output of a block fail without stopping the block, and yield a function that returns the failure.

    If the reader of the output has ended, the rest of the output is dropped: that is what `head` is for. The function
    returns any other failure, such as that of a full disk.
    """
    before = sys.stdout, sys.stderr
    streams = [_Lasting(each) if isinstance(each, io.TextIOWrapper) else each for each in before]
    sys.stdout, sys.stderr = streams

    def failure() -> OSError | None:
        for stream in streams:
            if stream is not None:
                stream.flush()
        failures = [each.failure for each in streams if isinstance(each, _Lasting)]
        return next((each for each in failures if each and each.errno not in _NO_READER), None)

    try:
        yield failure
    finally:
        failure()
        sys.stdout, sys.stderr = before


def has_no_reader() -> bool:
    """Return True if nobody reads the output any more."""
    return isinstance(sys.stdout, _Lasting) and sys.stdout.failure is not None
