"""The examples as programs, and the traces that they leave in an emulator."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lucca_procurement.emulator import Emulator
from support.folders import EXAMPLES
from support.orders import CREATING


def environment_of(emulator: Emulator | None = None, /, **more: str) -> dict[str, str]:
    """Return the environment of an example, with the address and the key of an emulator if there is one."""
    kept = {name: value for name, value in os.environ.items() if name not in ("LUCCA_BASE_URL", "LUCCA_API_KEY")}
    kept.pop("FORCE_COLOR", None)
    if emulator is not None:
        assert emulator.url
        more = {"LUCCA_BASE_URL": emulator.url, "LUCCA_API_KEY": emulator.key, **more}
    return {**kept, **more}


class Runner:
    """Runs an example as a program, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, name: str, *arguments: str, env: dict[str, str]) -> subprocess.Popen[str]:
        command = [sys.executable, str(EXAMPLES / name), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        )

    def __call__(self, name: str, *arguments: str, env: dict[str, str]) -> tuple[int, str, str]:
        with self.start(name, *arguments, env=env) as process:
            out, err = process.communicate(timeout=60)
        assert "Traceback" not in err, err
        return process.returncode, out, err


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds that another process brings about."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def states(emulator: Emulator) -> list[tuple[str, str]]:
    """Return the title and the state of each purchase that was created."""
    return [(each["title"], each["state"]) for each in emulator.created()]


def times(emulator: Emulator) -> list[int]:
    """Return the number of calls of each of the three creating operations."""
    return [[entry.operation for entry in emulator.log].count(operation) for operation in CREATING]
