"""The FastAPI application of examples/ orders once, whatever comes twice, and says what went wrong by its status."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fastapi_app import STATUSES, app, failed, lifespan
from lucca_procurement import errors
from lucca_procurement.emulator import Emulator
from programs import environment, states, times

NEW: dict[str, Any] = {
    "title": "Chairs",
    "supplier_id": 6,
    "owner_id": 35,
    "nature_id": 4,
    "cost_center_id": 3,
    "establishment_id": 1,
    "department_id": 14,
    "amount": "99.95",
    "currency": "EUR",
    "cost_date": "2026-12-01",
    "invoice_date": "2026-12-15",
}


@asynccontextmanager
async def served() -> AsyncIterator[httpx.AsyncClient]:
    """Give an HTTP client of the application, started and stopped as a server does it."""
    async with lifespan(app) as state:

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(with_state), base_url="http://test") as client:
            yield client


@pytest.fixture(autouse=True)
def _settings(lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in environment(lucca_emulator, ORDER_STORE=str(tmp_path / "orders.sqlite")).items():
        monkeypatch.setenv(name, value)


async def decided(client: httpx.AsyncClient, reference: str) -> dict[str, Any]:
    """Ask for an order until it is decided."""
    while True:
        answer: dict[str, Any] = (await client.get(f"/orders/{reference}")).json()
        if answer["decision"]:
            return answer
        await asyncio.sleep(0.01)


async def test_an_order_is_submitted_and_its_decision_comes(lucca_emulator: Emulator) -> None:
    async with served() as client:
        answer = await client.put("/orders/ERP-1", json=NEW)
        assert (answer.status_code, answer.json()["step"]) == (202, "submitted")
        state = await decided(client, "ERP-1")
        assert (state["reference"], state["decision"]) == ("ERP-1", "approved")
        assert (await client.put("/orders/ERP-1", json=NEW)).json() == state
        assert (await client.get("/orders/ERP-2")).status_code == 404
    assert times(lucca_emulator) == [1, 1, 1]
    assert states(lucca_emulator) == [("Chairs [ERP-1]", "Ongoing")]


async def test_two_at_the_same_time_are_one_order(lucca_emulator: Emulator) -> None:
    async with served() as client:
        answers = await asyncio.gather(*(client.put("/orders/ERP-1", json=NEW) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    assert times(lucca_emulator) == [1, 1, 1]


async def test_a_lost_answer_shows_nowhere(lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "commit-then-drop")
    async with served() as client:
        assert (await client.put("/orders/ERP-1", json=NEW)).status_code == 202
    assert times(lucca_emulator) == [1, 1, 1]


@pytest.mark.lucca_emulator(approve="manual")
async def test_what_waited_when_it_stopped_is_waited_for_when_it_starts(lucca_emulator: Emulator) -> None:
    async with served() as client:
        answer = (await client.put("/orders/ERP-1", json=NEW)).json()
        assert (answer["step"], answer["decision"]) == ("submitted", None)
    lucca_emulator.deny(10_000_000)
    async with served() as client:
        assert (await decided(client, "ERP-1"))["decision"] == "refused"


async def test_a_refused_order_can_be_corrected(lucca_emulator: Emulator) -> None:
    async with served() as client:
        refused = await client.put("/orders/ERP-1", json={**NEW, "supplier_id": 999_999})
        assert (refused.status_code, "supplier" in refused.json()["detail"].lower()) == (422, True)
        assert (await client.get("/orders/ERP-1")).json()["step"] == "purchase"
        assert (await client.put("/orders/ERP-1", json=NEW)).status_code == 202
    assert states(lucca_emulator) == [("Chairs [ERP-1]", "Ongoing")]


@pytest.mark.parametrize("wrong", [{"amount": 99.95}, {"amount": "-1"}, {"currency": "euro"}, {"cost_date": "soon"}])
async def test_what_is_no_order_is_not_sent(lucca_emulator: Emulator, wrong: dict[str, Any]) -> None:
    async with served() as client:
        assert (await client.put("/orders/ERP-1", json={**NEW, **wrong})).status_code == 422
        assert (await client.put("/orders/ERP [1]", json=NEW)).status_code == 422
    assert lucca_emulator.log == []


async def test_a_busy_lucca_says_when_to_come_back(lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "429", retry_after="300")
    async with served() as client:
        answer = await client.put("/orders/ERP-1", json=NEW)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")


async def test_a_wrong_key_is_between_the_service_and_lucca(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", "canary")
    async with served() as client:
        answer = await client.put("/orders/ERP-1", json=NEW)
    assert (answer.status_code, "canary" in answer.text) == (502, False)


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
async def test_an_error_has_its_status(kind: type[errors.ProcurementError], status: int) -> None:
    request: Any = None
    assert (await failed(request, kind("reason"))).status_code == status
