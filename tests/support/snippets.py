"""The pieces of Python that the documentation shows, as the files of a reader's folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

import lucca_procurement_api

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "benchmarks").glob("*.md"))]

_BLOCK = re.compile(r"(?ms)^```(?:python|ini)\n(.*?)^```")
_NAMED = re.compile(r"`([\w.]+\.(?:py|ini))`")


@frozen
class Snippet:
    """A file of a reader's folder. `page` is the page that shows it."""

    page: str
    name: str
    text: str

    @property
    def is_test(self) -> bool:
        """True if pytest runs it."""
        return self.name.startswith("test_")

    @property
    def module(self) -> str:
        return self.name.removesuffix(".py")


def snippets() -> list[Snippet]:
    """Return the Python of each page, and the summary of the compiled client."""
    return [each for each in _files() if each.name.endswith(".py")]


def folder(page: str) -> list[Snippet]:
    """Return the files that a page names. A reader has them in the folder in which the page's Python runs."""
    return [each for each in _files() if each.page == page]


def _files() -> Iterator[Snippet]:
    (front,) = [max(re.findall(r"(?m)^(?: {4}.*\n|\n)+", lucca_procurement_api.__doc__ or ""), key=len)]
    yield Snippet("the compiled client", "compiled_client.py", re.sub("(?m)^ {4}", "", front))
    for path in PAGES:
        page, prefix = path.read_text(), path.stem.replace("-", "_").lower()
        for number, block in enumerate(_BLOCK.finditer(page), 1):
            # A paragraph such as "[`shared_rate.py`](...) needs `pyrate-limiter`:" names the file that it shows.
            paragraph = page[: block.start()].rstrip().rpartition("\n\n")[2]
            named = _NAMED.findall(paragraph) if paragraph.endswith(":") else []
            unnamed = f"{'test_' if 'def test_' in block[1] else ''}{prefix}_{number}.py"
            yield Snippet(path.name, named[0] if named else unnamed, block[1])


def write(files: list[Snippet], to: Path) -> None:
    """Write files into a folder."""
    for each in files:
        (to / each.name).write_text(each.text)
