"""Every piece of Python that the documentation shows runs and is typed as it stands, and every name it lists exists."""

from __future__ import annotations

import inspect
import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from pytest_httpx import HTTPXMock

from lucca_procurement import LuccaProcurement, events
from lucca_procurement._wire.observer import _SHOWN
from lucca_procurement.emulator import Quirks
from lucca_procurement.emulator.faults import KINDS
from support.snippets import PAGES, ROOT, Snippet, folder, snippets, write

INSTALLED = [ROOT / "src", ROOT / "generated"]
"""The folders of the packages that an installation has."""
PURCHASE = {"id": 1, "title": "Laptops", "state": "Ongoing"}


def shown(snippet: Snippet) -> Any:
    """Return a snippet as a parameter of a test, with its name."""
    return pytest.param(snippet, id=snippet.module)


@pytest.fixture(autouse=True)
def _traces_end_with_the_snippet() -> Iterator[None]:
    yield
    instrumentor = HTTPXClientInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder. Import from it and from installed packages, but not from the repository's programs."""
    monkeypatch.chdir(tmp_path)
    programs = [ROOT, *(ROOT / name for name in ("examples", "openapi", "tests", "tools"))]
    monkeypatch.setattr(sys, "path", [str(tmp_path), *(path for path in sys.path if Path(path) not in programs)])
    before = dict(sys.modules)
    for snippet in snippets():
        sys.modules.pop(snippet.module, None)
    yield tmp_path
    for snippet in snippets():
        sys.modules.pop(snippet.module, None)
    sys.modules.update(before)


@pytest.mark.parametrize("snippet", [shown(each) for each in snippets() if not each.is_test])
def test_snippet_runs_in_folder_of_its_page(
    snippet: Snippet, in_folder: Path, httpx_mock: HTTPXMock, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder(snippet.page), in_folder)
    item, page = re.compile(r"[^?]*$"), re.compile(r".*\?")
    httpx_mock.add_response(method="GET", url=item, json=PURCHASE, is_optional=True, is_reusable=True)
    httpx_mock.add_response(method="GET", url=page, json={"items": [], "count": 0}, is_optional=True, is_reusable=True)
    httpx_mock.add_response(method="POST", status_code=201, json=PURCHASE, is_optional=True, is_reusable=True)
    runpy.run_path(snippet.name, run_name="__main__")
    assert capsys.readouterr().out.startswith("1" if "asyncio.run(main())" in snippet.text else "")


@pytest.mark.parametrize("snippet", [shown(each) for each in snippets() if re.search(r"\(lucca: \w+\)", each.text)])
async def test_function_of_snippet_works_with_client(
    snippet: Snippet, in_folder: Path, lucca_client: LuccaProcurement
) -> None:
    write(folder(snippet.page), in_folder)
    names = runpy.run_path(snippet.name)
    functions = [each for each in names.values() if inspect.iscoroutinefunction(each)]
    functions = [each for each in functions if [*inspect.signature(each).parameters] == ["lucca"]]
    assert functions
    for function in functions:
        await function(lucca_client)


def is_set_up(files: list[Snippet]) -> bool:
    return "pytest.ini" in [each.name for each in files]


@pytest.mark.parametrize("has_settings", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_shown_tests_pass_in_empty_folder(has_settings: bool, tmp_path: Path) -> None:
    # A page that shows a pytest.ini sets up its own tests. The tests of all other pages need none.
    pages = {each.page: folder(each.page) for each in snippets() if each.is_test}
    files = [each for page in pages.values() for each in page if is_set_up(page) is has_settings]
    write(files, tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "LUCCA"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no"],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": os.pathsep.join(map(str, INSTALLED))},
        capture_output=True,
        text=True,
        check=False,
    )
    number = sum(len(re.findall(r"(?m)^(?:async )?def test_", each.text)) for each in files)
    assert re.search(rf"(?m)^{number} passed in ", done.stdout), done.stdout + done.stderr


def check_types(folder: Path, tool: str, *arguments: str) -> None:
    """Run a checker of types in a folder that has every snippet."""
    pytest.importorskip(tool)
    write(snippets(), folder)
    done = subprocess.run(
        [sys.executable, "-m", tool, *arguments],
        cwd=folder,
        env={**os.environ, "MYPYPATH": os.pathsep.join(map(str, INSTALLED))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_snippets_satisfy_mypy(tmp_path: Path) -> None:
    # Only a test function needs no annotations. A function that it calls needs them.
    tests = ",".join(each.module for each in snippets() if each.is_test)
    relaxed = f"[mypy-{tests}]\ndisallow_untyped_defs = False\ndisallow_incomplete_defs = False\n"
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nstrict = True\n{relaxed}")
    check_types(tmp_path, "mypy", f"--cache-dir={ROOT / '.mypy_cache' / 'snippets'}", ".")


@pytest.mark.slow
def test_snippets_satisfy_pyright(tmp_path: Path) -> None:
    settings = {"extraPaths": [*map(str, INSTALLED)], "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    check_types(tmp_path, "pyright", "--warnings", "--pythonpath", sys.executable)


def test_snippet_of_compiled_client_has_at_most_ten_lines() -> None:
    code = next(each.text for each in snippets() if each.name == "compiled_client.py")
    assert 5 < len([line for line in code.splitlines() if line.strip()]) <= 10


def test_emulator_page_describes_each_fault_and_quirk() -> None:
    page = (ROOT / "docs" / "emulator.md").read_text()
    first_cells = set(re.findall(r"(?m)^\| `([\w-]+)` \|", page))
    assert first_cells == {*KINDS, *(field.name for field in attrs.fields(Quirks))}


def test_observing_page_describes_each_event_and_header() -> None:
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


def test_link_in_each_page_has_target() -> None:
    for path in PAGES:
        for target, anchor in re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", path.read_text()):
            page = path.parent / target if target else path
            assert page.exists(), f"{path.name}: {target}"
            assert not anchor or anchor in anchors(page), f"{path.name}: {target}#{anchor}"


def test_make_command_is_described_in_contributing_and_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (commands,) = re.findall(r"(?m)^\.PHONY: help (.+)$", makefile)
    assert {*re.findall(r"(?m)^\| `make ([\w-]+)", (ROOT / "CONTRIBUTING.md").read_text())} == {*commands.split()}
    assert {*re.findall(r'@echo "make ([\w-]+)', makefile)} == {*commands.split()}
