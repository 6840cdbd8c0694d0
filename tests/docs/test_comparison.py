"""The page that compares this library with other clients: it equals its stored results, and a part is run again."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from field import data, faults, habits
from field.clients import BARE, CLIENTS, LOOP, OURS
from field.page import PAGE, RESULTS, page
from support.folders import ROOT

RESULT: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
BY_NAME = {client.name: client for client in CLIENTS}
SHORT = ["commit-then-drop", "503-after-commit", "500"]
"""The faults of the short form. At the first two, the server creates the object; at the last, it does nothing."""


def rows() -> list[list[str]]:
    """Return the cells of each row of the page's tables, without the heads."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [re.split(r" ?\| ?", line.strip("| ")) for line in lines]
    return [row for row in cells if row[-1] != "source" and set("".join(row)) != {"-"}]


def test_comparison_page_equals_stored_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RESULT), "run `make comparison OPTIONS=--page`"


def test_comparison_page_names_existing_source_in_each_row() -> None:
    assert len(rows()) > 50
    for row in rows():
        found = re.match(r"\[.+\]\(([^)]+)\)", row[-1])
        assert found, row
        path = (PAGE.parent / found[1]).resolve()
        assert path.is_file(), row
        name = re.search(r", `([\w-]+)`", row[-1])
        assert name is None or name[1] in path.read_text(encoding="utf-8"), row


def test_comparison_results_have_each_fault_and_client() -> None:
    assert RESULT["clients"].keys() == BY_NAME.keys()
    assert [*RESULT["faults"]] == [str(number) for number in range(len(faults.FAULTS))]
    for played in RESULT["faults"].values():
        assert played.keys() == BY_NAME.keys()


def test_comparison_results_have_no_second_object_of_this_library() -> None:
    assert {played[OURS]["made"] for played in RESULT["faults"].values()} == {0, 1}


def stored(number: int, name: str) -> faults.Played:
    """Return the stored end of a create."""
    return faults.Played(**RESULT["faults"][str(number)][name])


@pytest.mark.parametrize("name", [OURS, BARE])
@pytest.mark.parametrize("fault_name", SHORT)
async def test_create_with_fault_ends_as_comparison_page_states(name: str, fault_name: str) -> None:
    number, fault = next((number, each) for number, each in enumerate(faults.FAULTS) if each.name == fault_name)
    assert await faults.play(BY_NAME[name], fault) == stored(number, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [OURS, BARE, LOOP])
@pytest.mark.parametrize("number", range(len(faults.FAULTS)))
async def test_create_with_each_fault_ends_as_comparison_page_states(name: str, number: int) -> None:
    assert await faults.play(BY_NAME[name], faults.FAULTS[number]) == stored(number, name)


@pytest.mark.parametrize("name", [OURS, BARE])
def test_library_reads_data_as_comparison_page_states(name: str) -> None:
    found = data.read_all([name])
    assert found == {title: {name: result[name]} for title, result in RESULT["data"].items()}


async def test_key_of_this_library_is_nowhere_after_failed_create() -> None:
    assert await habits.key_seen(BY_NAME[OURS]) == RESULT["key"][OURS] == "nowhere"


async def test_key_of_bare_httpx_is_in_attributes_of_error() -> None:
    assert await habits.key_seen(BY_NAME[BARE]) == RESULT["key"][BARE] == "the attributes of the error"


async def test_list_of_this_library_ends_as_comparison_page_states() -> None:
    for fault, found in zip(("empty-page", "repeated-token"), RESULT["lists"].values(), strict=True):
        assert await habits.our_list(fault) == found[OURS]


@pytest.mark.slow
@pytest.mark.parametrize("stored_order", [True, False])
async def test_order_of_killed_process_is_once_with_store_only(stored_order: bool) -> None:
    expected = RESULT["killed"][OURS] if stored_order else RESULT["killed without a store"]
    assert await habits.killed(BY_NAME[OURS], stored=stored_order) == expected


def test_comparison_pins_every_package_of_a_client() -> None:
    pins = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for shown in RESULT["clients"].values():
        name, version = shown.rsplit(" ", 1)
        if name.startswith(("this library", "httpx")):
            continue
        package = "openapi-generator-cli" if name == "openapi-generator" else name
        assert re.search(rf'"{package}(\[\w+\])?=={version}"', pins), shown
