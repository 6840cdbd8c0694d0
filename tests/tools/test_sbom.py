"""The SBOM of a release. `make dist` makes it of a real environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import licences
import sbom
from check_dist import version

ALONE = ("attrs", "h11", "httpx", "msgspec", "pip", "setuptools")
WITH_EXTRAS = (*ALONE, "psycopg", "redis")


class Clean:
    """An environment that installs nothing, and knows what pip would install."""

    def __init__(self, folder: Path) -> None:
        self.names: tuple[str, ...] = ()

    def install(self, requirement: str) -> None:
        self.names = WITH_EXTRAS if requirement.endswith("]") else ALONE


def listed(clean: Clean) -> dict[str, Any]:
    """Return what cyclonedx-bom makes of an environment: the tools of developers are relations of the package, too."""
    relations = {"root-component": ["attrs", "httpx", "msgspec", "h11", "psycopg"], "httpx": ["h11"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"bom-ref": "root-component", "name": "lucca-procurement", "type": "library"}},
        "components": [
            {"bom-ref": name, "name": name, "type": "library", "version": "1", "licenses": stated(name)}
            for name in clean.names
        ],
        "dependencies": [
            {"ref": name, "dependsOn": [each for each in relations.get(name, []) if each in clean.names]}
            for name in ("root-component", *clean.names)
        ],
    }


def stated(name: str) -> list[dict[str, Any]]:
    licence = licences.entries(licences.PAGE.read_text(encoding="utf-8")).get(name, "MIT")
    return [{"license": {"id": licence}}]


@pytest.fixture
def dist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(sbom, "Environment", Clean)
    monkeypatch.setattr(sbom, "components", listed)
    wheel = tmp_path / "one.whl"
    monkeypatch.setattr(sbom, "Built", lambda folder: type("Built", (), {"wheel_path": wheel}))
    return tmp_path


def written(dist: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((dist / f"lucca_procurement-{version()}.cdx.json").read_text(encoding="utf-8"))
    return made


def test_sbom_marks_packages_of_extras_as_optional(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sbom.main([str(dist)]) == 0
    assert {each["name"]: each["scope"] for each in written(dist)["components"]} == {
        "attrs": "required",
        "h11": "required",
        "httpx": "required",
        "msgspec": "required",
        "psycopg": "optional",
        "redis": "optional",
    }
    assert (
        capsys.readouterr().out == f"lucca_procurement-{version()}.cdx.json: 4 packages, and 2 more with the extras.\n"
    )


def test_sbom_relates_package_to_its_direct_dependencies(dist: Path) -> None:
    assert sbom.main([str(dist)]) == 0
    relations = {each["ref"]: each["dependsOn"] for each in written(dist)["dependencies"]}
    assert relations["root-component"] == ["attrs", "httpx", "msgspec", "psycopg"]
    assert relations["httpx"] == ["h11"]
    assert "pip" not in relations


def test_sbom_states_version_of_package(dist: Path) -> None:
    assert sbom.main([str(dist)]) == 0
    own = written(dist)["metadata"]["component"]
    assert (own["version"], own["purl"]) == (version(), f"pkg:pypi/lucca-procurement@{version()}")


def test_sbom_made_again_is_identical(dist: Path) -> None:
    path = dist / f"lucca_procurement-{version()}.cdx.json"
    assert sbom.main([str(dist)]) == 0
    first = path.read_bytes()
    assert sbom.main([str(dist)]) == 0
    assert path.read_bytes() == first


def test_invalid_sbom_is_refused(
    dist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sbom, "components", lambda clean: listed(clean) | {"serialNumber": "one"})
    assert sbom.main([str(dist)]) == 1
    assert capsys.readouterr().err.startswith("the SBOM: ")
    assert [*dist.iterdir()] == []


def test_sbom_with_package_without_entry_is_refused(
    dist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(f"{__name__}.WITH_EXTRAS", (*WITH_EXTRAS, "new"))
    assert sbom.main([str(dist)]) == 1
    assert capsys.readouterr().err == "docs/licences.md: new (MIT) is missing: run `make licences`\n"


def test_sbom_without_argument_shows_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert sbom.main([]) == 2
    assert "python tools/sbom.py DIST" in capsys.readouterr().err
