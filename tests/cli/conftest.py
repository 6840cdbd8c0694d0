"""The command, run in this process on an emulator over real HTTP."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from attrs import define

from lucca_procurement.cli import _pauses
from lucca_procurement.cli._app import app
from lucca_procurement.emulator import Emulator
from support.import_files import write_rows


@define
class Command:
    """The command in a folder of its own."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def write(self, *rows: str, name: str = "orders.csv") -> None:
        """Write a file to import."""
        write_rows(self.folder / name, rows)

    def left(self) -> list[list[str]]:
        """Return the rows of left.csv, without its first line."""
        with (self.folder / "left.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file, delimiter=";"))[1:]

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Run the command, and return its exit code and its output."""
        with pytest.raises(SystemExit) as ended:
            app(arguments, prog_name="lucca-procurement")
        out, err = self.capture.readouterr()
        assert "Traceback" not in out + err
        assert "a defect of it" not in err, err
        code = ended.value.code
        assert isinstance(code, int)
        return code, out + err


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lucca_emulator: Emulator
) -> Command:
    """The command, with the settings of an emulator in its environment."""
    assert lucca_emulator.url
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LUCCA_BASE_URL", lucca_emulator.url)
    monkeypatch.setenv("LUCCA_API_KEY", lucca_emulator.key)
    monkeypatch.setenv("LUCCA_RATE", "100000")
    monkeypatch.setenv("LUCCA_SETTLE", "0.1")
    monkeypatch.setattr(_pauses, "FIRST_LOOK", 0.05)
    return Command(tmp_path, capsys)
