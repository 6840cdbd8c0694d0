"""The command as a program: signals, kills, a server that goes away, a missing extra."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lucca_procurement.emulator import Emulator
from lucca_procurement.emulator.server import in_thread
from support.example_programs import environment_of, times, until
from support.import_files import row, write_rows

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "lucca_procurement"]


def started(folder: Path, emulator: Emulator, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    env = environment_of(emulator, LUCCA_SETTLE="0.1", **environment)
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, *arguments], cwd=folder, env=env, stdout=pipe, stderr=pipe, text=True)


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err, err
    return process.returncode, out + err


def write(folder: Path, count: int) -> None:
    write_rows(folder / "orders.csv", (row(f"PO-{number}") for number in range(count)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_import_and_next_run_continues(
    tmp_path: Path, lucca_emulator: Emulator, number: signal.Signals
) -> None:
    write(tmp_path, 100)
    process = started(tmp_path, lucca_emulator, "import", "orders.csv", LUCCA_RATE="1000000")
    until(lambda: times(lucca_emulator)[2] > 3)
    process.send_signal(number)
    code, out = finished(process)
    assert code == 3
    assert "Run the same command again to continue" in out
    assert times(lucca_emulator)[0] < 100
    code, out = finished(started(tmp_path, lucca_emulator, "import", "orders.csv", LUCCA_RATE="1000000"))
    assert (code, times(lucca_emulator)) == (0, [100, 100, 100])
    assert "100/100 submitted" in out


def test_signal_while_rate_holds_requests_back_ends_at_once(tmp_path: Path, lucca_emulator: Emulator) -> None:
    write(tmp_path, 50)
    process = started(tmp_path, lucca_emulator, "import", "orders.csv", LUCCA_RATE="20")
    until(lambda: len(lucca_emulator.log) >= 20)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    code, out = finished(process)
    assert code == 3
    assert "(20 requests a minute)" in out


def test_killed_import_continues(tmp_path: Path, lucca_emulator: Emulator) -> None:
    write(tmp_path, 60)
    process = started(tmp_path, lucca_emulator, "import", "orders.csv", LUCCA_RATE="1000000")
    until(lambda: times(lucca_emulator)[2] > 3)
    process.kill()
    finished(process)
    finished(started(tmp_path, lucca_emulator, "import", "orders.csv", LUCCA_RATE="1000000"))
    titles = [purchase["title"] for purchase in lucca_emulator.created()]
    assert len(titles) == len({*titles})


def test_server_that_is_away_is_waited_for(tmp_path: Path) -> None:
    emulator = Emulator(rate=None)
    write(tmp_path, 60)
    with in_thread(emulator.serve()):
        assert emulator.url
        port = int(emulator.url.rpartition(":")[2])
        script = (
            "import sys; from lucca_procurement.cli import _pauses, main; _pauses.FIRST_PAUSE = 0.3;"
            # Three answers that are lost at the same time trip the breaker.
            "from lucca_procurement._ordering import breaker; breaker.FIRST_PAUSE = breaker.LONGEST_PAUSE = 0.3;"
            "breaker.PURCHASE_PAUSE = 0.3; sys.argv[0] = 'lucca-procurement'; sys.exit(main())"
        )
        env = environment_of(emulator, LUCCA_SETTLE="0.1", LUCCA_RATE="1000000")
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", script, "import", "orders.csv"]
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=pipe, stderr=pipe, text=True)
        until(lambda: times(emulator)[2] > 3)
    with in_thread(emulator.serve(port=port)):
        code, out = finished(process)
    assert code in (0, 1)
    titles = [purchase["title"] for purchase in emulator.created()]
    assert len(titles) == len({*titles})
    assert len(titles) >= 50, out


def test_command_without_extra_names_package(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ImportError('No module named typer', name='typer')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run([*COMMAND, "status"], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'The command needs typer: pip install "lucca-procurement[cli]"\n'
