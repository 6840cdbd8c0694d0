"""The installation of a `make` target reports each step, and a failure with advice."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

import install
from support.clock import Clock

PIP = """\
Looking in indexes: https://registry.example/simple
WARNING: Location 'file:///wheels/attrs/' is ignored: it is neither a file nor a directory.
Obtaining file:///checkout
  Installing build dependencies: started
  Installing build dependencies: finished with status 'done'
Collecting msgspec>=0.19 (from lucca-procurement==0.1.0)
  Downloading msgspec-0.23.0-cp311-cp311-manylinux2014_x86_64.whl (232 kB)
Processing /wheels/markdown_it_py-4.3.0-py3-none-any.whl (from rich>=13->lucca-procurement==0.1.0)
Collecting python-multipart>=0.0.18 (from lucca-procurement==0.1.0)
Requirement already satisfied: attrs>=23.2 in ./lib
  Building editable for lucca-procurement (pyproject.toml): started
  Building editable for lucca-procurement (pyproject.toml): finished with status 'done'
Installing collected packages: python-multipart, msgspec, markdown-it-py, lucca-procurement
Successfully installed lucca-procurement-0.1.0 markdown-it-py-4.3.0 msgspec-0.23.0 python-multipart-0.0.34
"""


def reported(lines: str, seconds: float = 2.0) -> str:
    """Return the report on lines of pip, each of which takes some seconds."""
    out, clock = io.StringIO(), Clock()
    report = install.Report(out, clock)
    for line in lines.splitlines():
        report.see(line)
        clock.now += seconds
    report.step("done")
    report.end()
    return out.getvalue()


def test_report_has_line_with_seconds_for_each_step() -> None:
    assert reported(PIP).splitlines() == [
        "    6 s  fetch the tools that build lucca-procurement",
        "   10 s  fetch msgspec markdown_it_py python-multipart",
        "   20 s  build lucca-procurement",
        "   24 s  install 4 packages",
        "   28 s  done",
    ]


def test_report_with_many_packages_breaks_line() -> None:
    lines = reported("".join(f"Collecting package-{chr(97 + each)}\n" for each in range(26))).splitlines()
    assert max(map(len, lines)) <= install.WIDTH + 1
    assert [name for line in lines[:-1] for name in line.split() if name.startswith("package")] == [
        f"package-{chr(97 + each)}" for each in range(26)
    ]


def test_report_in_silence_shows_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "SILENCE", 0.0)
    out = io.StringIO()
    report = install.Report(out, Clock())
    report.step("fetch")
    program = "import sys; sys.stdin.read(); print('Collecting rich')"
    assert list(install.lines_of([sys.executable, "-c", program], report.wait)) == ["Collecting rich\n"]
    assert out.getvalue().startswith("    0 s  fetch.")


def test_failure_without_registry_advises_network() -> None:
    shown = install.failure(
        [
            "Obtaining file:///checkout\n",
            "      WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError'\n",
            "      ERROR: Could not find a version that satisfies the requirement hatchling>=1.27\n",
        ]
    )
    assert "  ERROR: Could not find a version that satisfies the requirement hatchling>=1.27" in shown
    assert "HTTPS_PROXY" in shown
    assert shown.endswith(".venv/pip.log.")


def test_failure_of_another_kind_shows_error_alone() -> None:
    shown = install.failure(["Collecting rich\n", "ERROR: No space left on device\n"])
    assert "  ERROR: No space left on device\n" in shown
    assert "HTTPS_PROXY" not in shown


def test_failed_venv_leaves_no_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = tmp_path / ".venv"
    monkeypatch.setattr(install, "VENV", venv)

    def fails(command: list[str], waiting: object) -> list[str]:
        (venv / "bin").mkdir(parents=True)
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(install, "lines_of", fails)
    with pytest.raises(SystemExit, match="could not be created"):
        install.create(install.Report(io.StringIO(), Clock()))
    assert not venv.exists()
