"""The documentation's site: it has the files to which pages link, its links have targets, and it loads only itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import docs_site

ELSEWHERE = "https://cdn.example/it"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("index.html", f'<script defer src="{ELSEWHERE}"></script>'),
        ("index.html", f"<script src={ELSEWHERE}></script>"),
        ("index.html", f'<img alt="" src="{ELSEWHERE}">'),
        ("index.html", f'<img alt="" srcset="{ELSEWHERE} 2x">'),
        ("index.html", f'<link rel="stylesheet" href="{ELSEWHERE}">'),
        ("index.html", f'<link href="{ELSEWHERE}" rel="preconnect" crossorigin>'),
        ("index.html", f'<iframe title="" src="{ELSEWHERE}"></iframe>'),
        ("index.html", f"<style>@font-face {{ src: url({ELSEWHERE}) }}</style>"),
        ("index.html", f'<p style="background: url({ELSEWHERE})">'),
        ("main.css", f'@import "{ELSEWHERE}";'),
        ("main.css", f"@font-face {{ src: url('{ELSEWHERE}') }}"),
        ("life.svg", f'<image href="{ELSEWHERE}"/>'),
        ("life.svg", f'<use xlink:href="{ELSEWHERE}"/>'),
    ],
)
def test_page_with_external_resource_is_reported(name: str, text: str) -> None:
    assert docs_site.loaded_from_elsewhere(name, text) == [ELSEWHERE]
    without_scheme = text.replace("https:", "")
    assert docs_site.loaded_from_elsewhere(name, without_scheme) == [ELSEWHERE.removeprefix("https:")]


@pytest.mark.parametrize(
    "text",
    [
        f'<a href="{ELSEWHERE}">',
        f'<link rel="canonical" href="{ELSEWHERE}">',
        '<link rel="stylesheet" href="assets/main.css"><script src="assets/main.js"></script><img src="life.svg">',
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>',
        "<pre>url(https://cdn.example/it)</pre>",
        "<style>a { background: url(data:image/png;base64,AA==) }</style>",
    ],
)
def test_page_with_external_link_or_own_resource_is_accepted(text: str) -> None:
    assert docs_site.loaded_from_elsewhere("index.html", text) == []


def test_contract_page_policy_permits_no_resource() -> None:
    page = docs_site.closed('<html><head><title></title></head><body><a href="/purchases">purchases</a></body></html>')
    head = page[page.index("<head>") : page.index("<title>")]
    assert "default-src 'none'" in head
    policy = head[: head.index("<style>")]
    assert not any(source in policy for source in ("http:", "https:", "'self'", "*", "connect-src"))
    assert '<a href="#/purchases">' in page


@pytest.mark.parametrize(
    ("page", "link", "there"),
    [
        ("docs/observing.md", "../src/lucca_procurement/events.py", "reference/events.md"),
        ("docs/reference/models.md", "../../openapi/lucca-procurement.yaml", "../openapi.html"),
        ("docs/orders.md", "../examples/place_order.py", "repository/examples/place_order.py.md"),
        ("docs/upgrading.md", "../CHANGELOG.md", "changelog.md"),
        ("docs/testing.md", "emulator.md#faults", "emulator.md#faults"),
        ("benchmarks/README.md", "results.png", "repository/benchmarks/results.png"),
        ("README.md", "examples", "examples.md"),
        ("examples", "examples/demo.py", "examples/demo.py.md"),
        ("CHANGELOG.md", "docs/testing.md", "testing.md"),
        ("benchmarks/README.md", "../docs/lists.md#stop", "lists.md#stop"),
        ("docs/orders.md", "../no/such/file.py", "../no/such/file.py"),
        ("docs/orders.md", "https://semver.org", "https://semver.org"),
        ("docs/orders.md", "#ids", "#ids"),
    ],
)
def test_moved_link_points_to_its_target_on_site(page: str, link: str, there: str) -> None:
    assert docs_site.moved(page, f"See [it]({link}).") == f"See [it]({there})."


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a site of two pages that follow each other, a source file and the contract."""
    (tmp_path / "repository").mkdir()
    pages = {
        "index.html": '<link rel="next" href="./orders.html"><a href="orders.html#ids">orders</a><img src="demo.svg">',
        "orders.html": '<a href="repository/demo.py.html">demo.py</a><a href="#ids">ids</a>',
        "repository/demo.py.html": '<a href="../index.html">home</a>',
        "404.html": "",
        "openapi.html": docs_site.CLOSED,
        "demo.svg": "<svg/>",
    }
    for name, text in pages.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_site_without_fault_has_none(site: Path) -> None:
    assert list(docs_site.faults(site)) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("orders.html", '<img src="lost.png">', "orders.html needs lost.png, which does not exist"),
        ("orders.html", '<a href="./lost.html#ids">', "orders.html needs ./lost.html, which does not exist"),
        ("orders.html", f'<img src="{ELSEWHERE}">', f"orders.html loads {ELSEWHERE}"),
        ("main.css", f'@import "{ELSEWHERE}";', f"main.css loads {ELSEWHERE}"),
        ("openapi.html", "<html></html>", "openapi.html may load what it likes"),
        (
            "extra.html",
            "",
            "extra.html is not among the pages that follow each other from index.html: is it in the navigation?",
        ),
    ],
)
def test_fault_of_site_is_reported(site: Path, name: str, text: str, fault: str) -> None:
    (site / name).write_text(text)
    assert list(docs_site.faults(site)) == [fault]


def test_gathered_pages_have_targets_of_their_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "openapi.html").write_text("<html><head></head></html>")
    (tmp_path / "iframe-worker.js").write_text("")
    monkeypatch.setattr(docs_site, "MADE", tmp_path)
    monkeypatch.setattr(docs_site, "GATHERED", tmp_path / "docs")
    docs_site.gather()
    pages = {path.relative_to(tmp_path / "docs").as_posix(): path for path in (tmp_path / "docs").rglob("*.md")}
    assert {"index.md", "changelog.md", "repository/examples/place_order.py.md", "reference/orders.md"} <= pages.keys()
    assert "::: lucca_procurement.errors" in pages["reference/errors.md"].read_text()
    assert docs_site.CLOSED in (tmp_path / "docs" / "openapi.html").read_text()
    missing = [
        (name, target)
        for name, path in pages.items()
        if not name.endswith(".py.md")
        for target in docs_site.targets(name, path.read_text())
        if not (tmp_path / "docs" / target).exists()
    ]
    assert missing == []
