"""`find` of suppliers, natures and cost centers: one entry, by its name or code."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from lucca_procurement import errors
from support.client import client_over
from support.clock import HurriedClock


class Lists(httpx.AsyncBaseTransport):
    """A server whose lists of reference data have the same items. It counts the requests."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = list(items)
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        return httpx.Response(200, json={"items": self.items, "count": len(self.items), "next": None})


def entries(*names: str, **members: Any) -> list[dict[str, Any]]:
    return [{"id": number, "name": name, **members} for number, name in enumerate(names, 1)]


@pytest.mark.parametrize("name", ["Café Müller", "CAFE MULLER", "cafe\u0301  müller "])
async def test_find_ignores_case_accents_and_spaces(name: str) -> None:
    async with client_over(Lists(*entries("Cafe Mullerin", "Café Müller"))) as lucca:
        assert (await lucca.suppliers.find(name)).id == 2
        assert (await lucca.natures.find(name)).id == 2


async def test_find_cost_center_by_code() -> None:
    async with client_over(Lists({"id": 3, "name": "Research", "code": "R-01"}, {"id": 4, "name": "R-02"})) as lucca:
        assert (await lucca.cost_centers.find("r-01")).id == 3


async def test_find_without_match_lists_nearest() -> None:
    async with client_over(Lists(*entries("Dell France", "Dell Germany", "Lenovo"))) as lucca:
        with pytest.raises(
            errors.NoMatch, match=r"no supplier is named 'Dell': the nearest are Dell France \(1\), "
        ) as caught:
            await lucca.suppliers.find("Dell")
    assert [each.id for each in caught.value.candidates] == [1, 2]


async def test_find_in_empty_list_says_so() -> None:
    async with client_over(Lists()) as lucca:
        with pytest.raises(errors.NoMatch, match="no nature is named 'IT': there are 0"):
            await lucca.natures.find("IT")


async def test_find_with_two_matches_lists_both() -> None:
    async with client_over(Lists(*entries("Dell", "DELL"))) as lucca:
        with pytest.raises(
            errors.NoMatch, match=r"2 of the suppliers match 'dell': Dell \(1\), DELL \(2\); use the id"
        ):
            await lucca.suppliers.find("dell")


async def test_find_leaves_out_archived_entries() -> None:
    archived = {"id": 1, "name": "Dell", "state": "Archived"}
    async with client_over(Lists(archived, {"id": 2, "name": "Dell", "state": "Active"})) as lucca:
        assert (await lucca.suppliers.find("Dell")).id == 2
    async with client_over(Lists(archived)) as lucca:
        with pytest.raises(errors.NoMatch, match=r"the supplier .Dell. is not in use any more: Dell \(1, Archived\)"):
            await lucca.suppliers.find("Dell")


@pytest.mark.parametrize("name", ["", "  ", 6, None])
async def test_find_of_no_text_is_refused(name: Any) -> None:
    lists = Lists()
    async with client_over(lists) as lucca:
        with pytest.raises(errors.InvalidArgument, match="the supplier to find must be its name or code as text"):
            await lucca.suppliers.find(name)
    assert not lists.requests


async def test_find_reads_list_once_for_five_minutes() -> None:
    lists, clock = Lists(*entries("Dell", "Lenovo")), HurriedClock()
    async with client_over(lists, clock=clock) as lucca:
        for name in ("Dell", "Lenovo", "dell"):
            await lucca.suppliers.find(name)
        assert lists.requests == 1
        await clock.sleep(301.0)
        await lucca.suppliers.find("Dell")
    assert lists.requests == 2


async def test_find_of_new_entry_reads_list_again() -> None:
    lists, clock = Lists(*entries("Dell")), HurriedClock()
    async with client_over(lists, clock=clock) as lucca:
        await lucca.suppliers.find("Dell")
        lists.items = entries("Dell", "Lenovo")
        with pytest.raises(errors.NoMatch):
            await lucca.suppliers.find("Lenovo")
        await clock.sleep(11.0)
        assert (await lucca.suppliers.find("Lenovo")).id == 2


async def test_find_after_failed_reading_reads_again() -> None:
    lists = Lists(*entries("Dell"))
    answers = [httpx.Response(500), None]

    async def failing(request: httpx.Request) -> httpx.Response:
        return answers.pop(0) or await Lists.handle_async_request(lists, request)

    lists.handle_async_request = failing  # type: ignore[method-assign]
    async with client_over(lists) as lucca:
        with pytest.raises(errors.ServerError):
            await lucca.suppliers.find("Dell")
        assert (await lucca.suppliers.find("Dell")).id == 1
