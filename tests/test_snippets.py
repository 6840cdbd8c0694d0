"""Every piece of Python that the documentation shows runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

import lucca_procurement_api

ROOT = Path(__file__).parent.parent

PURCHASE = {"id": 1, "title": "Laptops", "state": "Ongoing"}


def snippets() -> list[Any]:
    """Give each snippet, and what it is expected to print."""
    front = re.findall(r"(?m)^(?: {4}.*\n|\n)+", lucca_procurement_api.__doc__ or "")
    found = [("the compiled client", re.sub("(?m)^ {4}", "", max(front, key=len)))]
    for path in [ROOT / "README.md", *sorted((ROOT / "benchmarks").glob("*.md"))]:
        found += [(path.name, code) for code in re.findall(r"(?ms)^```python\n(.*?)^```", path.read_text())]
    return [pytest.param(code, id=name) for name, code in found]


@pytest.mark.parametrize("code", snippets())
def test_a_snippet_runs(code: str, httpx_mock: HTTPXMock, capsys: pytest.CaptureFixture[str]) -> None:
    httpx_mock.add_response(method="GET", json=PURCHASE, is_optional=True)
    httpx_mock.add_response(method="POST", status_code=201, json=PURCHASE, is_optional=True)
    exec(code, {"__name__": "__main__"})
    assert capsys.readouterr().out.startswith("1")


def test_the_compiled_client_is_shown_in_ten_lines() -> None:
    (code,) = next(param.values for param in snippets() if param.id == "the compiled client")
    assert 5 < len([line for line in str(code).splitlines() if line.strip()]) <= 10
