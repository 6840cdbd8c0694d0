"""The output of the command: a reader that ends first, and a disk that is full."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from lucca_procurement.cli import main
from lucca_procurement.emulator import Emulator
from support.example_programs import environment_of, times
from support.import_files import row

from .conftest import Command

COMMAND = [sys.executable, "-m", "lucca_procurement"]


class Failing(io.RawIOBase):
    """The raw stream of an output that fails."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.tries = 0

    def writable(self) -> bool:
        return True

    def write(self, _data: object) -> int:
        self.tries += 1
        raise OSError(self.number, os.strerror(self.number))


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs the command through its entry point."""

    def call(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["lucca-procurement", *arguments])
        return main()

    return call


def failing_output(monkeypatch: pytest.MonkeyPatch, number: int) -> Failing:
    raw = Failing(number)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(raw, 1), line_buffering=True))
    return raw


def test_import_without_reader_continues_to_its_end(
    command: Command, called: Callable[..., int], lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.write(*(row(f"PO-{number}") for number in range(5)), row("PO-5", owner="9999"))
    with monkeypatch.context() as patch:
        raw = failing_output(patch, errno.EPIPE)
        code = called("import", "orders.csv")
    assert (code, times(lucca_emulator)[2], raw.tries) == (1, 5, 1)
    assert [each[0] for each in command.left()] == ["PO-5"]
    assert json.loads(command("status", "--json")[1])["counts"]["submitted"] == 5


def test_import_whose_log_is_full_continues_and_ends_with_3(
    command: Command, called: Callable[..., int], lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.write(*(row(f"PO-{number}") for number in range(3)))
    with monkeypatch.context() as patch:
        failing_output(patch, errno.ENOSPC)
        code = called("import", "orders.csv")
    assert (code, times(lucca_emulator)[2]) == (3, 3)
    expected = "The output could not be written: No space left on device. The work itself has the exit code 0.\n"
    assert command.capture.readouterr().err == expected


def test_output_and_messages_that_both_fail_end_quietly(
    command: Command, called: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    command.write(row("PO-0"))
    with monkeypatch.context() as patch:
        failing_output(patch, errno.ENOSPC)
        patch.setattr(sys, "stderr", sys.stdout)
        assert called("import", "orders.csv") == 3


def test_watch_without_reader_stops_after_its_reading(
    command: Command, called: Callable[..., int], lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    lucca_emulator.tenant.approve_after = None
    command.write(row("PO-0"))
    assert command("import", "orders.csv")[0] == 0
    with monkeypatch.context() as patch:
        failing_output(patch, errno.EPIPE)
        assert called("decisions", "--watch") == 3
    assert "nobody reads the decisions" in command.capture.readouterr().err


def test_output_of_unencodable_titles_is_escaped(
    command: Command, called: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    command.write(row("PO-0", title="Stühle 椅子", owner="9999"))
    with monkeypatch.context() as patch:
        written = io.BytesIO()
        patch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252"))
        called("import", "orders.csv")
        assert called("status", "PO-0") == 1
        assert b"St\xfchle \\u6905\\u5b50" in written.getvalue()


ENDED = {
    "status": 0,
    "status --json": 0,
    "purchases --json": 0,
    "decisions": 0,
    "find supplier": 0,
    "--help": 0,
    "import orders.csv": 0,
}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ENDED)
def test_closed_pipe_changes_neither_work_nor_exit_code(
    command: Command, lucca_emulator: Emulator, arguments: str
) -> None:
    command.write(*(row(f"PO-{number}") for number in range(3)))
    if "import" not in arguments:
        assert command("import", "orders.csv")[0] == 0
    env = environment_of(lucca_emulator, LUCCA_SETTLE="0.1")
    reading, writing = os.pipe()
    # The reader has ended before the command writes: each write fails.
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *arguments.split()], cwd=command.folder, env=env, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (ENDED[arguments], b"")
    if "import" in arguments:
        assert times(lucca_emulator) == [3, 3, 3]


@pytest.mark.slow
def test_import_into_head_submits_all_rows(command: Command, lucca_emulator: Emulator) -> None:
    command.write(*(row(f"PO-{number}") for number in range(30)))
    script = '"$0" -m lucca_procurement import orders.csv 2>&1 | head -1; echo "${PIPESTATUS[0]}"'
    env = environment_of(lucca_emulator, LUCCA_SETTLE="0.1", LUCCA_RATE="1000000")
    done = subprocess.run(
        ["bash", "-c", script, sys.executable], cwd=command.folder, env=env, capture_output=True, text=True
    )
    first, code = done.stdout.splitlines()
    assert (first[:15], code, done.stderr) == ("0/30 submitted,", "0", "")
    assert times(lucca_emulator) == [30, 30, 30]
