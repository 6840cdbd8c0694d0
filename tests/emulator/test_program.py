"""The emulator as a program of its own, and as a pytest plugin."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import httpx
import pytest

from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator, Quirks

COMMAND = [sys.executable, "-m", "lucca_procurement.emulator"]


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command until the block ends. The block receives the process and the URL that it prints."""
    with subprocess.Popen([*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            url = re.search(r"http://[\d.:]+", process.stdout.readline())
            assert url
            yield process, url[0]
        finally:
            process.kill()


def test_command_with_options_applies_them(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('[{"operation": "get_purchase", "fault": "503"}]')
    switches = ("--quirk", "commitment_path=by-kind", "--quirk", "refused_status=422", "--lenient")
    options = ("--rate", "3", "--approve", "manual", "--seed", "2", "--faults", str(faults), *switches)
    with running(*options) as (_process, url):
        state = httpx.get(f"{url}/_emulator/state").json()
        assert (state["limit"]["rate"], state["approve_after"]) == (3, None)
        assert [fault["fault"] for fault in state["faults"]] == ["503"]
        expected = Quirks(commitment_path="by-kind", refused_status=422, lenient=True)
        assert state["quirks"] == attrs.asdict(expected)
        assert state["purchases"][0]["title"] == Emulator(seed=2).tenant.at(299)["title"]


def test_command_with_open_host_prints_warning() -> None:
    with running("--host", "0.0.0.0") as (process, _url):
        process.send_signal(signal.SIGINT)
        assert process.stdout
        assert "Others can reach 0.0.0.0" in process.stdout.read()


def test_command_with_allowed_host_refuses_other_host() -> None:
    with running("--allow-host", "lucca.test") as (_process, url):
        for host, status in {"lucca.test": 200, "evil.example": 403}.items():
            assert httpx.get(f"{url}/_emulator/state", headers={"Host": host}).status_code == status


def test_command_with_unknown_host_ends_with_clear_error() -> None:
    done = subprocess.run(
        [*COMMAND, "--host", "nowhere.invalid"], capture_output=True, text=True, check=False, timeout=20
    )
    assert (done.returncode, "Traceback" in done.stderr, "has that port" in done.stderr) == (1, False, False)


def test_command_prints_url_and_key_and_stops_on_ctrl_c() -> None:
    with running("--key", "abc", "--purchases", "5") as (process, url):
        headers = {"Authorization": "lucca application=abc"}
        page = httpx.get(f"{url}/cleemy-procurement/api/purchases", params={"fields.root": "count"}, headers=headers)
        assert page.json()["count"] == 5
        process.send_signal(signal.SIGINT)
        assert process.stdout
        rest = process.stdout.read()
        process.wait(timeout=10)
        assert f"LUCCA_BASE_URL={url} LUCCA_API_KEY=abc" in rest
        assert rest.endswith("Stopped.\n")
        assert process.returncode == 0


WINDOWS = """
import asyncio, runpy
asyncio.SelectorEventLoop.add_signal_handler = asyncio.AbstractEventLoop.add_signal_handler
runpy.run_module("lucca_procurement.emulator", run_name="__main__")
"""


def test_command_without_signal_handlers_of_the_loop_stops_on_ctrl_c() -> None:
    command = [sys.executable, "-u", "-c", WINDOWS, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        while "Ctrl-C" not in (line := process.stdout.readline()):
            assert line, process.communicate()[1]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "Stopped.\n", "")


def test_command_with_port_in_use_ends_with_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert f"cannot listen at 127.0.0.1:{port}: Address already in use" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--approve", "soon"], "approve must be auto, manual or after=SECONDS"),
        (["--faults", "nowhere.json"], "No such file"),
        (["--purchases", "-1"], "purchases must be 0 or more"),
        (["--quirk", "paging"], "paging cannot be '': use one of 'token', 'number', 'array'"),
        (["--quirk", "colour=red"], "there is no quirk 'colour': use one of commitment_path, "),
        (["--port", "99999"], "a port is from 0 to 65535"),
    ],
)
def test_command_with_invalid_option_ends_with_clear_error(options: list[str], said: str) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)


# ---- The plugin


async def test_fixtures_return_emulator_and_its_client(
    lucca_emulator: Emulator, lucca_client: LuccaProcurement
) -> None:
    assert [nature.id async for nature in lucca_client.natures.iterate()]
    assert [entry.operation for entry in lucca_emulator.log] == ["list_natures"]


def test_fixture_emulator_is_new_for_each_test(lucca_emulator: Emulator) -> None:
    assert lucca_emulator.log == []
    assert httpx.get(f"{lucca_emulator.url}/_emulator/state").json()["limit"]["rate"] is None


@pytest.mark.lucca_emulator(approve="manual", purchases=3, rate=10)
def test_marker_with_arguments_configures_emulator(lucca_emulator: Emulator) -> None:
    state = httpx.get(f"{lucca_emulator.url}/_emulator/state").json()
    assert (state["approve_after"], state["count"], state["limit"]["rate"]) == (None, 3, 10)


def test_plugin_without_use_imports_no_server() -> None:
    code = "import sys, lucca_procurement._pytest; print('starlette' in sys.modules, 'uvicorn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
