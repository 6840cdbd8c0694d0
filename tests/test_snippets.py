"""Every piece of Python that the documentation shows runs as it stands, and every name it lists exists."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import attrs
import pytest
from pytest_httpx import HTTPXMock

import lucca_procurement_api
from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.faults import KINDS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "benchmarks").glob("*.md"))]

PURCHASE = {"id": 1, "title": "Laptops", "state": "Ongoing"}


def snippets() -> list[Any]:
    """Give each snippet, by the page it is on."""
    front = re.findall(r"(?m)^(?: {4}.*\n|\n)+", lucca_procurement_api.__doc__ or "")
    found = [("the compiled client", re.sub("(?m)^ {4}", "", max(front, key=len)))]
    for path in PAGES:
        found += [(path.name, code) for code in re.findall(r"(?ms)^```python\n(.*?)^```", path.read_text())]
    return [pytest.param(code, id=name) for name, code in found]


def is_test(code: Any) -> bool:
    return "def test_" in str(code)


@pytest.mark.parametrize("code", [param for param in snippets() if not is_test(param.values[0])])
def test_a_snippet_runs(
    code: str,
    httpx_mock: HTTPXMock,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    httpx_mock.add_response(method="GET", json=PURCHASE, is_optional=True, is_reusable=True)
    httpx_mock.add_response(method="POST", status_code=201, json=PURCHASE, is_optional=True, is_reusable=True)
    exec(code, {"__name__": "__main__"})
    assert capsys.readouterr().out.startswith("1" if "print" in code else "")


@pytest.mark.parametrize("code", [param for param in snippets() if is_test(param.values[0])])
async def test_a_test_that_is_shown_passes(code: str, lucca_emulator: Emulator, lucca_client: LuccaProcurement) -> None:
    names: dict[str, Any] = {}
    exec(code, names)
    given = {"lucca_emulator": lucca_emulator, "lucca_client": lucca_client}
    (shown,) = (value for name, value in names.items() if name.startswith("test_"))
    await shown(**{name: given[name] for name in inspect.signature(shown).parameters})


def test_the_compiled_client_is_shown_in_ten_lines() -> None:
    (code,) = next(param.values for param in snippets() if param.id == "the compiled client")
    assert 5 < len([line for line in str(code).splitlines() if line.strip()]) <= 10


def test_the_faults_and_the_switches_are_all_described() -> None:
    page = (ROOT / "docs" / "emulator.md").read_text()
    first_cells = set(re.findall(r"(?m)^\| `([\w-]+)` \|", page))
    assert first_cells == {*KINDS, *(field.name for field in attrs.fields(Quirks))}


def test_every_link_to_a_file_leads_somewhere() -> None:
    for path in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
