"""The command `lucca-procurement`: imports of many orders, their decisions, and the lists. It needs the extra `cli`."""

from __future__ import annotations

import sys

__all__ = ("main",)


def main() -> int:
    """Run the command, and return its exit code."""
    try:
        return _run()
    except KeyboardInterrupt:
        # The import of the packages takes the first half second.
        print("Stopped.", file=sys.stderr)
        return 3


def _run() -> int:
    try:
        import openpyxl  # noqa: F401 - it is found here, or the message below says what to install
        import rich  # noqa: F401 - for the same reason
        import typer  # noqa: F401 - for the same reason
    except ImportError as error:
        print(f'The command needs {error.name}: pip install "lucca-procurement[cli]"', file=sys.stderr)
        return 2
    from ._app import run

    return run()
