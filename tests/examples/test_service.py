"""The FastAPI application of examples/ orders once, also if a request comes twice. Its statuses name who acts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from fastapi_app import app, failed, lifespan
from lucca_procurement import LuccaProcurement, errors, models
from lucca_procurement.emulator import Emulator
from place_order import new_order
from support.example_programs import environment_of, states, times

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
IDS = ("owner_id", "nature_id", "cost_center_id", "establishment_id", "department_id")


@asynccontextmanager
async def served() -> AsyncIterator[httpx.AsyncClient]:
    """Return an HTTP client of the application, started and stopped as a server does it."""
    async with lifespan(app) as state:

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(with_state), base_url="http://test") as client:
            yield client


@pytest.fixture(autouse=True)
def _settings(lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in environment_of(lucca_emulator, ORDER_STORE=str(tmp_path / "orders.sqlite")).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("fastapi_app.PAUSE", 0.01)


async def decided(client: httpx.AsyncClient, reference: str) -> dict[str, Any]:
    """Read an order until it is decided."""
    while True:
        answer: dict[str, Any] = (await client.get(f"/orders/{reference}")).json()
        if answer["decision"]:
            return answer
        await asyncio.sleep(0.01)


async def test_put_submits_order_and_get_returns_its_decision(lucca_emulator: Emulator) -> None:
    async with served() as client:
        answer = await client.put("/orders/ERP-1", json=NEW)
        assert (answer.status_code, answer.json()["state"]) == (202, "submitted")
        state = await decided(client, "ERP-1")
        assert (state["reference"], state["state"], state["decision"]) == ("ERP-1", "approved", "approved")
        assert (await client.put("/orders/ERP-1", json=NEW)).json() == state
        assert (await client.get("/orders/ERP-2")).status_code == 404
    assert times(lucca_emulator) == [1, 1, 1]
    assert states(lucca_emulator) == [("[ERP-1] Chairs", "Ongoing")]


async def test_put_sent_twice_at_once_submits_one_order(lucca_emulator: Emulator) -> None:
    async with served() as client:
        answers = await asyncio.gather(*(client.put("/orders/ERP-1", json=NEW) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    assert times(lucca_emulator) == [1, 1, 1]


async def test_put_after_lost_answer_is_accepted(lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "commit-then-drop")
    async with served() as client:
        assert (await client.put("/orders/ERP-1", json=NEW)).status_code == 202
    assert times(lucca_emulator) == [1, 1, 1]


@pytest.mark.lucca_emulator(approve="manual")
async def test_service_after_restart_reads_open_decisions(
    lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastapi_app.PAUSE", 3600.0)
    async with served() as client:
        answer = (await client.put("/orders/ERP-1", json=NEW)).json()
        assert (answer["state"], answer["decision"]) == ("submitted", None)
    lucca_emulator.deny(10_000_000)
    async with served() as client:
        assert (await client.get("/orders/ERP-1")).status_code == 200
        assert (await decided(client, "ERP-1"))["decision"] == "denied"


@pytest.mark.lucca_emulator(approve="manual")
async def test_service_with_many_undecided_orders_reads_them_in_one_request(
    lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastapi_app.PAUSE", 3600.0)
    async with served() as client:
        for number in range(5):
            assert (await client.put(f"/orders/ERP-{number}", json=NEW)).status_code == 202
    lucca_emulator.approve_all()
    before = len(lucca_emulator.log)
    async with served() as client:
        for number in range(5):
            await decided(client, f"ERP-{number}")
    assert [entry.operation for entry in lucca_emulator.log[before:]] == ["list_purchases"]


@pytest.mark.lucca_emulator(approve="manual")
async def test_service_after_failed_pass_reads_decisions_again(
    lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("fastapi_app.LuccaProcurement", partial(LuccaProcurement, retries=0))
    async with served() as client:
        await client.put("/orders/ERP-1", json=NEW)
    lucca_emulator.approve_all()
    lucca_emulator.faults.add("get_purchase", "500")
    async with served() as client:
        assert (await decided(client, "ERP-1"))["decision"] == "approved"
    assert [each.levelname for each in caplog.records if each.name == "fastapi_app"] == ["WARNING"]


async def test_put_of_rejected_order_can_be_corrected(lucca_emulator: Emulator) -> None:
    async with served() as client:
        rejected = await client.put("/orders/ERP-1", json={**NEW, "supplier_id": 999_999})
        assert (rejected.status_code, "supplier" in rejected.json()["detail"].lower()) == (422, True)
        assert (await client.get("/orders/ERP-1")).json()["state"] == "failed"
        assert (await client.put("/orders/ERP-1", json=NEW)).status_code == 202
    assert states(lucca_emulator) == [("[ERP-1] Chairs", "Ongoing")]


@pytest.mark.parametrize("wrong", [{"amount": 99.95}, {"currency": "euro"}, {"currency": "ZZZ"}, {"cost_date": "soon"}])
async def test_put_of_invalid_order_sends_nothing(lucca_emulator: Emulator, wrong: dict[str, Any]) -> None:
    async with served() as client:
        assert (await client.put("/orders/ERP-1", json={**NEW, **wrong})).status_code == 422
        assert (await client.put("/orders/ERP [1]", json=NEW)).status_code == 422
    assert lucca_emulator.log == []


async def test_put_after_429_returns_its_retry_after(lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "429", retry_after="300")
    async with served() as client:
        answer = await client.put("/orders/ERP-1", json=NEW)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")


async def test_put_while_lucca_cannot_be_reached_returns_503_and_next_put_continues(
    lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastapi_app.LuccaProcurement", partial(LuccaProcurement, retries=0))
    lucca_emulator.faults.add("list_purchases", "refuse")
    async with served() as client:
        assert (await client.put("/orders/ERP-1", json=NEW)).status_code == 503
        assert (await client.get("/orders/ERP-1")).json()["state"] == "waiting"
        assert (await client.put("/orders/ERP-1", json=NEW)).status_code == 202
    assert states(lucca_emulator) == [("[ERP-1] Chairs", "Ongoing")]


async def test_put_with_wrong_key_returns_502(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", "canary")
    async with served() as client:
        answer = await client.put("/orders/ERP-1", json=NEW)
    assert (answer.status_code, "canary" in answer.text) == (502, False)


@pytest.mark.parametrize("is_found", [True, False])
async def test_put_with_answer_of_person_finishes_unknown_order(
    lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, is_found: bool
) -> None:
    monkeypatch.setattr("fastapi_app.LuccaProcurement", partial(LuccaProcurement, settle=0.0))
    lucca_emulator.faults.add("create_purchase", "drop")
    async with served() as client:
        unknown = await client.put("/orders/ERP-1", json=NEW)
        assert (unknown.status_code, unknown.json()["state"]) == (202, "needs_a_look")
        assert unknown.json()["note"]
        answer: dict[str, int | bool] = {"again": True}
        if is_found:
            async with LuccaProcurement(lucca_emulator.url, lucca_emulator.key) as lucca:
                body = models.PurchaseCreation(
                    title="Chairs", supplier=models.SupplierChoice(id=6), **{name: NEW[name] for name in IDS}
                )
                answer = {"found": (await lucca.purchases.create(body)).id}
        for _ in range(2):
            known = await client.put("/orders/ERP-1", params=answer, json=NEW)
            assert (known.status_code, known.json()["state"] in ("submitted", "approved")) == (202, True)
    assert states(lucca_emulator) == [("Chairs" if is_found else "[ERP-1] Chairs", "Ongoing")]


def stopped(needs: errors.Needs, cause: errors.ProcurementError | None = None) -> errors.OrderIncomplete:
    order = new_order()
    error = errors.OrderIncomplete("stopped", order=order, step=str(order.step), needs=needs)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (stopped("time", errors.NotSent("refused")), 503),
        (stopped("time", errors.Superseded("version 7")), 409),
        (stopped("time"), 503),
        (stopped("correction", errors.BadRequest("no such owner")), 422),
        (stopped("correction", errors.Forbidden("no such right")), 502),
        (stopped("time", errors.RateLimited("too many")), 429),
        (stopped("correction", errors.InvalidArgument("no such file")), 422),
        (errors.NotSent("refused"), 503),
        (errors.StoreFailed("disk full"), 503),
        (errors.InvalidArgument("in use"), 409),
        (errors.Superseded("version 7"), 409),
        (errors.NotFound("no such purchase"), 502),
    ],
)
async def test_failed_with_each_error_returns_its_status(error: errors.ProcurementError, status: int) -> None:
    request: Any = None
    assert (await failed(request, error)).status_code == status
