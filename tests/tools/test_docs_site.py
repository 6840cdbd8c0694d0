"""The additions of the documentation's site to MkDocs: links lead to their targets, and pages load only from it."""

from __future__ import annotations

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
        ("benchmarks/README.md", "results.png", "results.png"),
        ("README.md", "examples", "examples.md"),
        ("examples", "examples/demo.py", "examples/demo.py.md"),
        ("CHANGELOG.md", "docs/testing.md", "testing.md"),
        ("benchmarks/README.md", "../docs/lists.md#stop", "../../lists.md#stop"),
        ("docs/orders.md", "../no/such/file.py", "../no/such/file.py"),
        ("docs/orders.md", "https://semver.org", "https://semver.org"),
        ("docs/orders.md", "#ids", "#ids"),
    ],
)
def test_moved_link_points_to_its_target_on_site(page: str, link: str, there: str) -> None:
    assert docs_site.moved(page, f"See [it]({link}).") == f"See [it]({there})."
