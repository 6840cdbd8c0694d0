"""The list of licences. `make dist` compares it with the packages that pip installs."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import licences

TEXT = licences.PAGE.read_text(encoding="utf-8")


def component(*stated: dict[str, Any], name: str = "one") -> dict[str, Any]:
    return {"name": name, "licenses": list(stated)}


def identified(licence: str) -> dict[str, Any]:
    return {"license": {"id": licence}}


def classified(name: str) -> dict[str, Any]:
    return {"license": {"name": f"License :: OSI Approved :: {name}"}}


@pytest.mark.parametrize("extra", licences.requirements())
def test_page_has_entry_for_each_direct_dependency(extra: str) -> None:
    users = extra in ("", *licences.FOR_USERS)
    listed = licences.entries(TEXT.partition("## Tools of this repository")[0] if users else TEXT)
    assert {canonicalize_name(each.name) for each in licences.direct(extra)} - listed.keys() == set()


def test_page_states_meaning_of_each_licence_with_conditions() -> None:
    listed = licences.entries(TEXT)
    assert [*licences.unclear(listed)] == []
    found = {one for stated in listed.values() for one in licences.conditions(stated)}
    assert {"LGPL-3.0-only", "MPL-2.0"} <= found
    assert [name for name in found if f"**{name}**" not in TEXT] == []


def test_direct_dependencies_of_combined_extra_are_those_of_its_extras() -> None:
    names = {each.name for each in licences.direct("fleet")}
    assert {"psycopg-pool", "procrastinate", "starlette", "rich"} <= names
    assert licences.NAME not in names


def test_packages_include_dependencies_of_dependencies() -> None:
    assert {"httpx", "httpcore", "h11"} <= licences.packages([Requirement("httpx")])


def test_packages_include_those_of_other_systems() -> None:
    # pytest needs colorama on Windows only.
    assert "colorama" in licences.packages([Requirement("pytest")])


def test_packages_depend_on_extra() -> None:
    assert "psycopg-binary" not in licences.packages([Requirement("psycopg")])
    assert "psycopg-binary" in licences.packages([Requirement("psycopg[binary]")])


def test_package_that_is_not_installed_raises() -> None:
    with pytest.raises(LookupError, match="no-such-package is not installed"):
        licences.packages([Requirement("no-such-package")])


@pytest.mark.parametrize(
    ("stated", "licence"),
    [
        ([{"expression": "Apache-2.0 OR MIT"}], "Apache-2.0 OR MIT"),
        ([identified("MPL-2.0"), classified("Mozilla Public License 2.0 (MPL 2.0)")], "MPL-2.0"),
        ([classified("MIT License")], "MIT"),
        ([classified("BSD License"), classified("New License")], "BSD AND New License"),
        ([], ""),
    ],
)
def test_licence_of_component_is_its_most_precise_statement(stated: list[dict[str, Any]], licence: str) -> None:
    assert licences.licence(component(*stated)) == licence


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("MIT", set()),
        ("MIT OR GPL-3.0-only", set()),
        ("MIT AND GPL-3.0-only", {"GPL-3.0-only"}),
        ("(MIT OR GPL-3.0-only) AND LGPL-3.0-only", {"LGPL-3.0-only"}),
        ("GPL-2.0-only OR GPL-3.0-only", {"GPL-2.0-only", "GPL-3.0-only"}),
        ("New License", {"New License"}),
    ],
)
def test_conditions_are_licences_without_permissive_alternative(stated: str, found: set[str]) -> None:
    assert licences.conditions(stated) == found


def test_package_with_unclear_licence_is_reported() -> None:
    reported = [*licences.unclear({"one": "", "two": "New License", "three": "LGPL-3.0-only"})]
    assert [each.partition(":")[0] for each in reported] == ["one states no licence", "two has the licence New License"]


def test_package_without_entry_or_with_other_licence_is_reported() -> None:
    found = licences.entries(TEXT.partition("## Tools")[0])
    assert [*licences.differences(found, TEXT)] == []
    changed = found | {"attrs": "BSD", "new": "MIT"}
    assert [*licences.differences(changed, TEXT)] == [
        "docs/licences.md: attrs has the licence BSD, not MIT: run `make licences`",
        "docs/licences.md: new (MIT) is missing: run `make licences`",
    ]


def test_tool_that_users_install_is_reported() -> None:
    assert "mypy" in licences.entries(TEXT)
    assert [*licences.differences({"mypy": "MIT"}, TEXT)] == [
        "docs/licences.md: mypy (MIT) is missing: run `make licences`"
    ]
