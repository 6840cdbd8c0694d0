"""Hooks for MkDocs: follow links out of docs/, and check that the site loads nothing from other hosts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
MADE = ROOT / ".venv" / "site"
"""The folder of the Makefile's files: the contract's page, and a script for the search in a site opened as files."""
# The page of the contract is complete, but its script requests a logo, icons and telemetry from other hosts.
CLOSED = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    'font-src data:; img-src data:">'
    """<style>a[href="https://redocly.com/redoc/"] p::after { content: " Redoc" }</style>"""
)
PLACES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "openapi/lucca-procurement.yaml": "openapi.html",
    "src/lucca_procurement/clock.py": "reference/events.md",
    "src/lucca_procurement/errors.py": "reference/errors.md",
    "src/lucca_procurement/events.py": "reference/events.md",
}
"""The page of the site for a file of the repository. The site shows any other linked file unchanged."""
IMAGES = (".png", ".svg")
LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".html": "html"}

_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")
_IN_STYLES = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\s*((?:https?:)?//\S+)", re.IGNORECASE)
_LEADS_THERE = {"alternate", "author", "canonical", "help", "license", "next", "prev"}
"""The kinds of `<link>` that may name another host, because no browser loads them."""


class _Loads(HTMLParser):
    """Collects the addresses on other hosts from which a page loads something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
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
    page = _Loads()
    page.feed(text)
    return page.found


def closed(contract: str) -> str:
    """Return the page of the contract so that it loads nothing, and its links stay on it before its script has run."""
    return contract.replace("<head>", f"<head>{CLOSED}", 1).replace(' href="/', ' href="#/')


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files outside of docs/ to which pages link, and the files that the Makefile made."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "openapi.html", content=closed((MADE / "openapi.html").read_text())))
    files.append(File.generated(config, "assets/iframe-worker.js", abs_src_path=str(MADE / "iframe-worker.js")))
    shown: set[str] = set()
    waiting = ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
    for page in files.documentation_pages():
        waiting += targets(f"docs/{page.src_uri}", page.content_string)
    while waiting:
        path = waiting.pop()
        place = place_of(path)
        if path in shown or files.get_file_from_path(place) or not (ROOT / path).exists():
            continue
        shown.add(path)
        if path.endswith(IMAGES):
            files.append(File.generated(config, place, abs_src_path=str(ROOT / path)))
            continue
        text = contents(path) if (ROOT / path).is_dir() else (ROOT / path).read_text()
        if path.endswith(".md") or (ROOT / path).is_dir():
            waiting += targets(path, text)
            text = moved(path, text)
        else:
            text = f"# {path}\n\n````{LANGUAGES.get(Path(path).suffix, 'text')}\n{text}````\n"
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite the links out of docs/. `on_files` has already rewritten the links of generated pages."""
    return markdown if page.file.generated_by else moved(f"docs/{page.file.src_uri}", markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """Raise PluginError if a page of the site loads something from another host."""
    from mkdocs.exceptions import PluginError

    site = Path(config.site_dir)
    bad = [
        f"{path.relative_to(site)} loads {address}"
        for path in sorted(site.rglob("*"))
        if path.suffix in (".html", ".css", ".svg")
        for address in loaded_from_elsewhere(path.name, path.read_text())
    ]
    if CLOSED not in (site / "openapi.html").read_text():
        bad.append("openapi.html may load what it likes")
    if bad:
        raise PluginError("\n".join(bad))
