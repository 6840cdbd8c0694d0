"""The questions of the command: answers, the end of the input, Ctrl-C, and no terminal."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

from lucca_procurement.cli import _running
from lucca_procurement.emulator import Emulator
from support.example_programs import environment_of, states
from support.import_files import row

from .conftest import Command

if sys.platform == "win32":
    pytest.skip("a terminal of its own needs pty", allow_module_level=True)

import pty


class Terminal:
    """The command in a terminal of its own."""

    def __init__(self, command: Command, emulator: Emulator, *arguments: str) -> None:
        self.controller, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lucca_procurement", *arguments],
            cwd=command.folder,
            env=environment_of(emulator, LUCCA_SETTLE="0.1", TERM="dumb"),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        self.text = ""

    def read(self) -> str:
        assert select.select([self.controller], [], [], 60)[0], self.text
        return os.read(self.controller, 4096).decode()

    def read_until(self, text: str) -> None:
        while text not in self.text:
            self.text += self.read()

    def ended(self) -> tuple[int, str]:
        """Return the exit code and everything that the command showed."""
        while True:
            try:
                part = self.read()
            except OSError:
                # Linux reports the end of the other side so.
                break
            if not part:
                break
            self.text += part
        os.close(self.controller)
        assert "Traceback" not in self.text
        return self.process.wait(60), self.text.replace("\r\n", "\n")


@pytest.fixture
def imported(command: Command, lucca_emulator: Emulator) -> Command:
    lucca_emulator.tenant.approve_after = None
    command.write(row("PO-0"))
    assert command("import", "orders.csv")[0] == 0
    return command


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "code", "message", "state"),
    [
        (b"y\n", 0, "PO-0: cancelled", "Cancelled"),
        (b"\n", 2, "Nothing was changed.", "Processing"),
        (b"\x04", 2, "Nothing was changed: the input ended before an answer", "Processing"),
    ],
)
def test_cancel_in_terminal_follows_answer(
    imported: Command, lucca_emulator: Emulator, typed: bytes, code: int, message: str, state: str
) -> None:
    terminal = Terminal(imported, lucca_emulator, "cancel", "PO-0")
    terminal.read_until("[y/N]")
    os.write(terminal.controller, typed)
    ended, text = terminal.ended()
    assert (ended, message in text) == (code, True)
    assert [each for _, each in states(lucca_emulator)] == [state]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_at_question_ends_command_at_once(
    imported: Command, lucca_emulator: Emulator, number: signal.Signals
) -> None:
    terminal = Terminal(imported, lucca_emulator, "cancel", "PO-0")
    terminal.read_until("[y/N]")
    terminal.process.send_signal(number)
    code, text = terminal.ended()
    assert (code, text.splitlines()[-1]) == (3, "Stopped.")
    assert [each for _, each in states(lucca_emulator)] == ["Processing"]


@pytest.mark.slow
def test_resolve_in_terminal_whose_input_ends_changes_nothing(command: Command, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "drop", times=1)
    command.write(row("PO-0"))
    assert command("import", "orders.csv")[0] == 1
    terminal = Terminal(command, lucca_emulator, "resolve", "PO-0")
    terminal.read_until("neither):")
    os.write(terminal.controller, b"\x04")
    code, text = terminal.ended()
    assert (code, text.splitlines()[-1]) == (2, "Nothing was changed: the input ended before an answer")
    assert lucca_emulator.created() == []


def test_question_without_terminal_is_refused(imported: Command, lucca_emulator: Emulator) -> None:
    code, out = imported("cancel", "PO-0")
    assert (code, out.strip()) == (2, "Nothing was changed: add --yes, because there is no terminal to ask")
    assert [each for _, each in states(lucca_emulator)] == ["Processing"]


def test_terminal_of_closed_input_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # `lucca-procurement cancel PO-0 <&-`
    monkeypatch.setattr(sys, "stdin", None)
    assert not _running.has_terminal()
