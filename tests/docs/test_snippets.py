"""Every piece of Python that the documentation shows runs as it stands, and every name it lists exists."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from pytest_httpx import HTTPXMock

import lucca_procurement_api
from lucca_procurement import LuccaProcurement, events
from lucca_procurement._wire.observer import _SHOWN
from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.faults import KINDS

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "benchmarks").glob("*.md"))]

PURCHASE = {"id": 1, "title": "Laptops", "state": "Ongoing"}


def snippets() -> list[Any]:
    """Return each snippet, with the name of its page."""
    front = re.findall(r"(?m)^(?: {4}.*\n|\n)+", lucca_procurement_api.__doc__ or "")
    found = [("the compiled client", re.sub("(?m)^ {4}", "", max(front, key=len)))]
    for path in PAGES:
        found += [(path.name, code) for code in re.findall(r"(?ms)^```python\n(.*?)^```", path.read_text())]
    return [pytest.param(code, id=name) for name, code in found]


@pytest.fixture(autouse=True)
def _traces_end_with_the_snippet() -> Iterator[None]:
    yield
    instrumentor = HTTPXClientInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


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


def shown_tests() -> list[Any]:
    """Return each test that is shown, with its marks."""
    found = []
    for param in snippets():
        if is_test(param.values[0]):
            names: dict[str, Any] = {}
            exec(str(param.values[0]), names)
            (shown,) = (value for name, value in names.items() if name.startswith("test_"))
            found.append(pytest.param(shown, id=f"{param.id}-{shown.__name__}", marks=getattr(shown, "pytestmark", ())))
    return found


@pytest.mark.parametrize("shown", shown_tests())
async def test_a_test_that_is_shown_passes(
    shown: Any,
    lucca_emulator: Emulator,
    lucca_client: LuccaProcurement,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"lucca_emulator": lucca_emulator, "lucca_client": lucca_client, "monkeypatch": monkeypatch}
    await shown(**{name: given[name] for name in inspect.signature(shown).parameters})


def shown_functions() -> list[Any]:
    """Return each function that is shown and takes only a client."""
    found = []
    for param in snippets():
        if not is_test(param.values[0]) and "(lucca):" in str(param.values[0]):
            names: dict[str, Any] = {}
            exec(str(param.values[0]), names)
            found += [
                pytest.param(value, id=f"{param.id}-{name}")
                for name, value in names.items()
                if inspect.iscoroutinefunction(value) and [*inspect.signature(value).parameters] == ["lucca"]
            ]
    return found


@pytest.mark.parametrize("shown", shown_functions())
async def test_a_function_that_is_shown_works(
    shown: Any, lucca_client: LuccaProcurement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await shown(lucca_client)


def test_the_compiled_client_is_shown_in_ten_lines() -> None:
    (code,) = next(param.values for param in snippets() if param.id == "the compiled client")
    assert 5 < len([line for line in str(code).splitlines() if line.strip()]) <= 10


def test_the_faults_and_the_switches_are_all_described() -> None:
    page = (ROOT / "docs" / "emulator.md").read_text()
    first_cells = set(re.findall(r"(?m)^\| `([\w-]+)` \|", page))
    assert first_cells == {*KINDS, *(field.name for field in attrs.fields(Quirks))}


def test_the_events_and_the_headers_of_the_log_are_all_described() -> None:
    page = (ROOT / "docs" / "observing.md").read_text()
    described = dict(re.findall(r"(?m)^\| `([A-Z]\w+)` \|.*\|(.*)\|$", page))
    assert described.keys() == {*events.__all__} - {"Event"}
    shared = {*re.findall(r"`(\w+)`", page[page.index("The events of a request") : page.index("The `step` of an")])}
    for name, members in described.items():
        has = {field.name for field in attrs.fields(getattr(events, name))}
        own = has - shared if name.startswith("Request") else has
        assert own <= {*re.findall(r"`(\w+)`", members)}, name
        assert has >= shared or not name.startswith("Request")
    assert {*_SHOWN} <= {*re.findall(r"`([\w-]+)`", page[page.index("The headers of an answer") :])}


def anchors(page: Path) -> set[str]:
    """Return the names that a link may have after `#`: each heading, in lower case and with hyphens."""
    prose = re.sub(r"(?ms)^ *```.*?^ *```", "", page.read_text())
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"(?m)^#+ (.+)$", prose)}


def test_every_link_of_ours_leads_somewhere() -> None:
    for path in PAGES:
        for target, anchor in re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", path.read_text()):
            page = path.parent / target if target else path
            assert page.exists(), f"{path.name}: {target}"
            assert not anchor or anchor in anchors(page), f"{path.name}: {target}#{anchor}"


def test_every_command_is_described() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (commands,) = re.findall(r"(?m)^\.PHONY: help (.+)$", makefile)
    assert {*re.findall(r"(?m)^\| `make ([\w-]+)", (ROOT / "README.md").read_text())} == {*commands.split()}
    assert {*re.findall(r'@echo "make ([\w-]+)', makefile)} == {*commands.split()}
