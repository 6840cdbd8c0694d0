"""`make demo` prints every event, and sends nothing to anybody's Lucca without a yes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

import docs_site
from examples import demo_picture
from lucca_procurement.emulator import Emulator
from support.example_programs import Runner, environment_of, states
from support.folders import EXAMPLES

pytestmark = pytest.mark.slow


def test_demo_prints_events_in_plain_text(run: Runner) -> None:
    code, out, _err = run("demo.py", env=environment_of())
    assert (code, "\x1b" in out) == (0, False)
    assert out.isascii() or "approved by" in out
    assert "It may have been done. The client does not send it again, and looks for it." in out
    assert re.search(r"DEMO-1: purchase \d+ found, not created twice", out)
    assert re.search(r"DEMO-2: purchase \d+ created", out)
    rows = re.findall(r"(?m)^(DEMO-\d) +(\S+) +\d+ +\d+ +\d+ +(\w+)", out)
    assert rows == [("DEMO-1", "one-time", "approved"), ("DEMO-2", "subscription", "approved")]
    counted = re.search(r"(\d+) requests, (\d+) of them POST\.", out)
    assert counted
    methods = re.findall(r"(?m)^  (?:\d{3}|---) (\w+) /", out)
    assert (len(methods), methods.count("POST")) == (int(counted[1]), int(counted[2]))
    assert out.endswith("2 orders, 1 lost answer, 2 purchases in Lucca.\n")


def test_demo_picture_shows_lines_that_demo_prints() -> None:
    console = demo_picture.recorded()
    printed = [line.strip() for line in console.export_text().splitlines() if line.strip()]
    # An SVG places each word by its column. So the words of a line are compared, without the spaces between them.
    assert [line.replace(" ", "") for line in demo_picture.shown(demo_picture.PICTURE)] == [
        line.replace(" ", "") for line in printed
    ]


def test_demo_picture_loads_nothing() -> None:
    picture = demo_picture.PICTURE.read_text()
    assert set(re.findall(r"https?://[^\"]*", picture)) == {"http://www.w3.org/2000/svg"}
    assert docs_site.loaded_from_elsewhere("demo.svg", picture) == []


def test_demo_with_host_asks_before_send(run: Runner, lucca_emulator: Emulator) -> None:
    code, out, err = run("demo.py", env=environment_of(lucca_emulator, LUCCA_API_KEY="canary-key"))
    assert (code, err, lucca_emulator.log) == (0, "", [])
    assert f"This would create on {str(lucca_emulator.url).removeprefix('http://')}:" in out
    assert re.search(r"one-time: \[DEMO-.*-1\] Purchase entry test, its commitment and a request for approval", out)
    assert "Nothing was sent." in out
    assert "canary" not in out


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"LUCCA_API_KEY": "canary-key"}, "LUCCA_API_KEY is set, and LUCCA_BASE_URL is not"),
        ({"LUCCA_BASE_URL": "https://example.ilucca.net"}, "LUCCA_BASE_URL is set, and LUCCA_API_KEY is not"),
        ({"LUCCA_BASE_URL": "https://a:canary@b.example", "LUCCA_API_KEY": "k"}, "holds a user or a password"),
    ],
)
def test_demo_with_invalid_settings_ends_with_message(run: Runner, settings: dict[str, str], said: str) -> None:
    code, out, err = run("demo.py", env=environment_of(**settings))
    assert (code, out, said in err, "canary" in err) == (1, "", True, False)


def test_demo_after_ctrl_c_prints_how_to_continue(run: Runner) -> None:
    with run.start("demo.py", env=environment_of(PYTHONUNBUFFERED="1")) as process:
        assert process.stdout
        assert any("Wait for the decisions" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert "Stopped. Run it again" in out


@pytest.mark.parametrize(("answer", "created"), [("y", 2), ("", 0)])
def test_demo_with_host_orders_only_after_yes(run: Runner, lucca_emulator: Emulator, answer: str, created: int) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, str(EXAMPLES / "demo.py")]
    env = environment_of(lucca_emulator)
    with subprocess.Popen(command, cwd=run.folder, env=env, stdin=theirs, stdout=subprocess.PIPE, text=True) as process:
        os.write(ours, f"{answer}\n".encode())
        out, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert [state for _title, state in states(lucca_emulator)] == ["Ongoing"] * created
    assert ("approved by" in out) == bool(created)
    # All orders are decided by now, so no stored state is left, and the next run places other orders.
    assert list(run.folder.iterdir()) == []
