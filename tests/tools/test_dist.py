"""The files that are built for a release, and the check that finds mistakes in them. `make dist` also installs them."""

from __future__ import annotations

import platform
import sys
from copy import copy
from pathlib import Path

import pytest

import check_dist
from check_dist import Built
from support.folders import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return check_dist.build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture
def built(_built: Built) -> Built:
    """Return a wheel and an sdist that a test may change."""
    mine = copy(_built)
    mine.wheel, mine.sdist = {**_built.wheel}, {*_built.sdist}
    return mine


def replace(built: Built, name: str, old: bytes, new: bytes) -> None:
    (path,) = (each for each in built.wheel if each.endswith(f".dist-info/{name}"))
    assert old in built.wheel[path]
    built.wheel[path] = built.wheel[path].replace(old, new)


def test_wheel_and_sdist_have_correct_contents_and_metadata(built: Built) -> None:
    assert [*check_dist.contents(built), *check_dist.metadata(built)] == []


def test_wheel_built_again_from_sdist_is_identical(built: Built) -> None:
    assert [*check_dist.repeated(built)] == []


def test_wheel_different_from_sdist_is_reported(built: Built, tmp_path: Path) -> None:
    other = tmp_path / built.wheel_path.name
    other.write_bytes(built.wheel_path.read_bytes() + b"\n")
    built.wheel_path = other
    assert [*check_dist.repeated(built)] == [f"{other.name}: built again from the sdist, it is another one"]


def test_contents_with_missing_or_extra_file_are_reported(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests of an unpacked sdist have no git to ask.
    known = {*built.sdist}
    monkeypatch.setattr(check_dist, "_of_git", lambda: known)
    del built.wheel["lucca_procurement_api/py.typed"]
    built.wheel["tests/conftest.py"] = b""
    built.sdist -= {"Makefile"}
    built.sdist |= {".venv/pyvenv.cfg"}
    assert [*check_dist.contents(built)] == [
        "the wheel: lucca_procurement_api/py.typed is missing",
        "the wheel: tests/conftest.py does not belong there",
        "the sdist: Makefile is missing",
        "the sdist: .venv/pyvenv.cfg does not belong there",
    ]


def test_contents_with_other_license_are_reported(built: Built) -> None:
    replace(built, "licenses/LICENSE", b"MIT", b"ISC")
    assert [*check_dist.contents(built)] == ["the wheel: its LICENSE is another one"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (f"\nVersion: {check_dist.version()}", "\nVersion: 9.9.9", "Version"),
        ("\nRequires-Python: >=3.11", "\nRequires-Python: >=3.9", "Requires-Python"),
        ("\nProvides-Extra: demo", "", "Provides-Extra"),
        ("\nClassifier: Programming Language :: Python :: 3.12", "", "Classifier"),
        ("\nRequires-Dist: msgspec", "\nRequires-Dist: pydantic\nRequires-Dist: msgspec", "it requires"),
    ],
)
def test_metadata_with_wrong_field_are_reported(built: Built, old: str, new: str, told: str) -> None:
    replace(built, "METADATA", old.encode(), new.encode())
    (wrong,) = check_dist.metadata(built)
    assert wrong.startswith(f"the metadata: {told} ")


def test_metadata_with_other_entry_point_are_reported(built: Built) -> None:
    replace(built, "entry_points.txt", b"_pytest", b"plugin")
    assert [*check_dist.metadata(built)] == ["the metadata: its entry points are not the command and the pytest plugin"]


def test_changelog_with_other_newest_version_is_reported() -> None:
    own = check_dist.version()
    assert [*check_dist.changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))] == []
    assert [*check_dist.changelog(f"# Changelog\n\n## {own} (2026-12-01)\n\n## 0.0.1 (2026-01-01)\n")] == []
    assert [*check_dist.changelog("# Changelog\n\n## 9.9.9 (2026-12-01)\n\n## Unreleased\n")] == [
        f"CHANGELOG.md: 9.9.9 is its newest, and {own} is the version"
    ]


@pytest.mark.parametrize("names", [[], ["a.whl"], ["a.whl", "a.tar.gz", "b.whl"]])
def test_built_folder_without_exactly_one_build_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match="unpack"):
        Built(tmp_path)


def test_built_folder_with_sbom_is_accepted(tmp_path: Path, built: Built) -> None:
    for path in (built.sdist_path, built.wheel_path):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / f"one{check_dist.SBOM}").touch()
    assert Built(tmp_path).wheel == built.wheel


def test_found_pythons_include_this_one_and_supported_ones() -> None:
    found = check_dist.found()
    assert found.keys() >= {*check_dist.PYTHONS}
    assert found["{}.{}".format(*sys.version_info)] == sys.executable


def test_python_on_path_that_does_not_run_is_absent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shim = tmp_path / "python"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda name: str(shim))
    own = "{}.{}".format(*sys.version_info)
    assert {version for version, command in check_dist.found().items() if command} == {own}


def test_version_of_python_is_its_version_or_empty(tmp_path: Path) -> None:
    assert check_dist.version_of(sys.executable) == platform.python_version()
    assert check_dist.version_of(str(tmp_path / "none")) == ""


def test_chosen_python_that_does_not_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_dist.main([str(tmp_path), "no-such-python"]) == 2
    assert capsys.readouterr().err == "this is no Python that runs: no-such-python\n"
