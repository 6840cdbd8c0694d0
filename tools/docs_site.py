"""Steps before and after Zensical builds the site: `docs_site.py gather` and `docs_site.py check`.

Zensical builds one folder, and runs no code of ours. So `gather` copies docs/ to a folder, with the files of the
repository to which pages link. Zensical fails at a link to a page or a heading that does not exist. It accepts a
missing image, a page outside of the navigation, and a page that loads something from another host. `check` finds these.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

ROOT = Path(__file__).parent.parent
MADE = ROOT / ".venv" / "site"
"""The folder of the Makefile's files: the contract's page, and a script for the search in a site opened as files."""
GATHERED = MADE / "docs"
"""The `docs_dir` of mkdocs.yml."""
SITE = ROOT / "site"
# The page of the contract is complete, but its script requests a logo, icons and telemetry from other hosts.
CLOSED = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    'font-src data:; img-src data:">'
    """<style>a[href="https://redocly.com/redoc/"] p::after { content: " Redoc" }</style>"""
)
PLACES = {
    "benchmarks/README.md": "benchmarks.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "openapi/lucca-procurement.yaml": "openapi.html",
    "src/lucca_procurement/errors.py": "reference/errors.md",
    "src/lucca_procurement/events.py": "reference/events.md",
}
"""The page of the site for a file of the repository. The site shows any other linked file unchanged."""
ALWAYS_SHOWN = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "benchmarks/README.md", "examples")
NOT_IN_THE_NAVIGATION = {"404.html", "openapi.html"}
SOURCES = "repository/"
"""The folder of the site for files of the repository. A source file need not be in the navigation."""
IMAGES = (".png", ".svg")
LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".html": "html"}

_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")
_IN_STYLES = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\s*((?:https?:)?//\S+)", re.IGNORECASE)
_LEADS_THERE = {"alternate", "author", "canonical", "help", "license", "next", "prev"}
"""The kinds of `<link>` that may name another host, because no browser loads them."""


class _Page(HTMLParser):
    """Collects the addresses on other hosts from which a page loads something, its local links, and the next page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.local: list[str] = []
        self.next: str | None = None
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        leads = tag == "link" and bool({*(dict(attrs).get("rel") or "").split()} & _LEADS_THERE)
        for name, value in attrs:
            loads = name in ("src", "srcset", "data", "poster") or (
                name in ("href", "xlink:href") and tag in ("link", "image", "use") and not leads
            )
            if loads and (there := _ELSEWHERE.match(value or "")):
                self.found.append(there[1])
            if name == "style":
                self.found += _IN_STYLES.findall(value or "")
            if name in ("src", "href") and value and not re.match(r"\w+:|//|#", value):
                self.local.append(unquote(urldefrag(value).url))
        if tag == "link" and dict(attrs).get("rel") == "next":
            self.next = dict(attrs)["href"]

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found += _IN_STYLES.findall(data)


def place_of(path: str) -> str:
    """Return the place of a repository's file in the site."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.endswith(IMAGES):
        return f"repository/{path}"
    return PLACES.get(path) or f"repository/{path.removesuffix('.md')}.md"


def targets(path: str, text: str) -> Iterator[str]:
    """Yield the files of the repository to which a page links."""
    for link in _LINK.finditer(text):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), link[1]))


def moved(path: str, text: str) -> str:
    """Return the text of a page with its links changed to the places in the site."""
    here = posixpath.dirname(place_of(path)) or "."

    def there(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link[1]))
        if not (ROOT / target).exists():
            return link[0]
        return posixpath.relpath(place_of(target), here) + (link[2] or "")

    return _LINK.sub(there, text)


def contents(folder: str) -> str:
    """Return a page with links to the files of a folder."""
    files = sorted(path.name for path in (ROOT / folder).iterdir() if path.is_file())
    return f"# {folder}\n\n" + "".join(f"- [{name}]({posixpath.basename(folder)}/{name})\n" for name in files)


def loaded_from_elsewhere(name: str, text: str) -> list[str]:
    """Return the addresses on other hosts from which a file of the site would load something."""
    if name.endswith(".css"):
        return _IN_STYLES.findall(text)
    return _read(text).found


def _read(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    return page


def closed(contract: str) -> str:
    """Return the page of the contract so that it loads nothing, and its links stay on it before its script has run."""
    return contract.replace("<head>", f"<head>{CLOSED}", 1).replace(' href="/', ' href="#/')


def gather() -> None:
    """Write the pages of the site: docs/, the files of the repository to which pages link, and the Makefile's files."""
    shutil.rmtree(GATHERED, ignore_errors=True)
    waiting = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*") if path.is_file()]
    waiting += ALWAYS_SHOWN
    shown: set[str] = set()
    while waiting:
        path = waiting.pop()
        place = GATHERED / place_of(path)
        # The page of some source files is a page of docs/, which describes them.
        described = not path.startswith("docs/") and (ROOT / "docs" / place_of(path)).exists()
        if path in shown or described or place.name == "openapi.html" or not (ROOT / path).exists():
            continue
        shown.add(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.suffix != ".md":
            shutil.copyfile(ROOT / path, place)
            continue
        text = contents(path) if (ROOT / path).is_dir() else (ROOT / path).read_text()
        if path.endswith(".md") or (ROOT / path).is_dir():
            waiting += targets(path, text)
            text = moved(path, text)
        else:
            text = f"# {path}\n\n````{LANGUAGES.get(Path(path).suffix, 'text')}\n{text}````\n"
        place.write_text(text)
    (GATHERED / "openapi.html").write_text(closed((MADE / "openapi.html").read_text()))
    (GATHERED / "assets").mkdir()
    shutil.copyfile(MADE / "iframe-worker.js", GATHERED / "assets" / "iframe-worker.js")


def faults(site: Path) -> Iterator[str]:
    """Yield the faults of a built site that Zensical accepts."""
    if CLOSED not in (site / "openapi.html").read_text():
        yield "openapi.html may load what it likes"
    pages: dict[str, _Page] = {}
    for path in sorted(site.rglob("*")):
        if path.suffix not in (".html", ".css", ".svg"):
            continue
        name, text = path.relative_to(site).as_posix(), path.read_text()
        yield from (f"{name} loads {address}" for address in loaded_from_elsewhere(name, text))
        if path.suffix == ".html" and name not in NOT_IN_THE_NAVIGATION:
            pages[name] = _read(text)
    for name, page in pages.items():
        missing = {target for target in page.local if not (site / name).parent.joinpath(target).exists()}
        yield from (f"{name} needs {target}, which does not exist" for target in sorted(missing))
    here: str | None = "index.html"
    read: set[str] = set()
    while here and here not in read:
        read.add(here)
        after = pages[here].next
        here = after and posixpath.normpath(posixpath.join(posixpath.dirname(here), after))
    for name in pages.keys() - read:
        if not name.startswith(SOURCES):
            yield f"{name} is not among the pages that follow each other from index.html: is it in the navigation?"


if __name__ == "__main__":
    if sys.argv[1:] == ["gather"]:
        gather()
    elif sys.argv[1:] == ["check"]:
        sys.exit("\n".join(faults(SITE)) or 0)
    else:
        sys.exit("docs_site.py gather, or docs_site.py check")
