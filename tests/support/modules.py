"""Modules of the tests as programs of their own."""

from __future__ import annotations

import os
import sys

__all__ = ("command", "environment")


def command(module: str, *arguments: object) -> list[str]:
    """Return the command that runs a module of the tests. It needs `environment()`."""
    return [sys.executable, "-B", "-m", module, *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which a program imports from where this process imports."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}
