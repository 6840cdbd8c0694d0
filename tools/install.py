"""Install the packages of an extra into .venv, and report each step: `python3 tools/install.py demo`.

It runs before anything is installed, so it needs only the standard library. pip alone is silent for half a minute, or
prints 60 lines.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parent.parent
VENV = ROOT / ".venv"
LOG = "pip.log"
PROJECT = "lucca-procurement"
OLDEST = (3, 11)
WIDTH = 100
SILENCE = 3.0
"""Seconds without a line of pip. After them, the report shows a dot."""
NO_ANSWER = """\
The package registry did not answer, or does not have the package. The first run of a `make` command needs a registry.
  - Behind a proxy, set HTTPS_PROXY.
  - If you have a registry of your own, set PIP_INDEX_URL.
  - Without a network, set PIP_NO_INDEX=1, and PIP_FIND_LINKS to a folder with the wheels.
"""

_FETCHED = re.compile(r"(?:Collecting|Processing) (?:\S*/)?([A-Za-z0-9][\w.]*(?:-[A-Za-z]\w*)*)")
_INSTALLING = re.compile(r"Installing collected packages: (.*)")
_NOT_FETCHED = ("Retrying (", "No matching distribution found", "Temporary failure in name resolution")


class Report:
    """Prints a line for each step, with the seconds so far. The names of packages follow each other on a line."""

    def __init__(self, out: TextIO, clock: Callable[[], float]) -> None:
        self._out, self._clock, self._started = out, clock, clock()
        self._column = 0
        self._fetching = False

    def step(self, text: str) -> None:
        """Begin a line with a step."""
        self._fetching = False
        self._begin(text)

    def see(self, line: str) -> None:
        """Report a line of pip if it begins a step, or names a package."""
        line = line.strip()
        if line.startswith("Installing build dependencies: started"):
            self.step(f"fetch the tools that build {PROJECT}")
        elif line.startswith("Building editable") and line.endswith("started"):
            self.step(f"build {PROJECT}")
        elif installing := _INSTALLING.match(line):
            self.step(f"install {len(installing[1].split(', '))} packages")
        elif fetched := _FETCHED.match(line):
            if not self._fetching:
                self.step("fetch")
            elif self._column + len(fetched[1]) > WIDTH:
                self._begin("     ")
            self._fetching = True
            self._add(f" {fetched[1]}")

    def wait(self) -> None:
        """Show that nothing has happened for a while, and that the command is alive."""
        self._add(".")

    def end(self) -> None:
        """End the last line."""
        self._add("\n")

    def _begin(self, text: str) -> None:
        if self._column:
            self._add("\n")
        self._column = 0
        self._add(f"{self._clock() - self._started:5.0f} s  {text}")

    def _add(self, text: str) -> None:
        self._column += len(text)
        self._out.write(text)
        self._out.flush()


def lines_of(command: list[str], waiting: Callable[[], None]) -> Iterator[str]:
    """Run a command and yield its lines. Call `waiting` whenever none comes. Raises CalledProcessError if it fails."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read(pipe: Iterable[str]) -> None:
        for line in pipe:
            lines.put(line)
        lines.put(None)

    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout
        threading.Thread(target=read, args=(process.stdout,), daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=SILENCE)
            except queue.Empty:
                waiting()
                continue
            if line is None:
                break
            yield line
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def failure(output: Iterable[str]) -> str:
    """Return why pip failed: its own errors, and advice if it could not fetch a package."""
    output = list(output)
    errors = [line.strip() for line in output if line.lstrip().startswith("ERROR: ")]
    shown = "".join(f"  {line}\n" for line in dict.fromkeys(errors))
    advice = NO_ANSWER if any(sign in line for line in output for sign in _NOT_FETCHED) else ""
    return f"The installation failed:\n{shown}{advice}All of pip's output is in {VENV.name}/{LOG}."


def create(report: Report) -> None:
    """Create .venv. If this fails, leave no half of it, which a later run would take for a whole one."""
    report.step(f"create {VENV.name} with Python {sys.version.split()[0]}")
    output = []
    try:
        for line in lines_of([sys.executable, "-m", "venv", str(VENV)], report.wait):
            output.append(line)
    except subprocess.CalledProcessError:
        shutil.rmtree(VENV, ignore_errors=True)
        report.end()
        sys.exit(f"{VENV.name} could not be created:\n{''.join(output)}")


def install(extra: str, report: Report) -> None:
    """Install an extra of this project into .venv. pip writes no .pyc files: Python writes those that it needs."""
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install"]
    options = ["--no-input", "--progress-bar", "off", "--no-compile", "--editable", f"{ROOT}[{extra}]"]
    os.environ.setdefault("PIP_RETRIES", "2")
    output = []
    try:
        for line in lines_of([*pip, *options], report.wait):
            output.append(line)
            report.see(line)
    except subprocess.CalledProcessError:
        report.end()
        sys.exit(failure(output))
    finally:
        (VENV / LOG).write_text("".join(output), encoding="utf-8")
    report.step("done")
    report.end()


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        found, needed = sys.version.split()[0], ".".join(map(str, OLDEST))
        sys.exit(f"Python {needed} or newer is needed, and this is {found}. Name one: make demo PYTHON=python3.13")
    name = sys.argv[1]
    print(f"Installing what `{name}` needs into {VENV.name}, once.", flush=True)
    steps = Report(sys.stdout, time.monotonic)
    if not (VENV / "bin" / "python").exists():
        create(steps)
    install(name, steps)
