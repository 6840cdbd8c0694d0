"""The reports of a client: events for a hook, lines for a log, and headers for the server's own log."""

from __future__ import annotations

import asyncio
import logging
import pickle
import re
from typing import Any

import attrs
import pytest

from lucca_procurement import LuccaProcurement, events
from lucca_procurement._version import __version__
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import NotFound, NotSent, OutcomeUnknown
from lucca_procurement.events import Event, HeldBack, RequestAnswered, RequestFailed, RequestRetried, RequestSent
from support.addresses import PURCHASES
from support.client import client_at, failure
from support.raw_server import answer, raw_server
from support.samples import PURCHASE

SHOWN = {"content-type", "content-length", "date", "retry-after", "x-request-id"}


def names(told: list[Event]) -> list[str]:
    return [type(event).__name__ for event in told]


async def test_events_of_successful_call_are_sent_and_answered(lucca_emulator: Emulator) -> None:
    told: list[Any] = []
    async with client_at(lucca_emulator.url, on_event=told.append) as lucca:
        await lucca.purchases.get(1_001)
    sent, answered = told
    call = {
        "operation": "get_purchase",
        "method": "GET",
        "path": f"{PURCHASES}/1001",
        "request_id": sent.request_id,
        "attempt": 1,
    }
    assert sent == RequestSent(**call)
    assert answered == RequestAnswered(**call, status=200, seconds=answered.seconds)
    assert re.fullmatch("[0-9a-f]{32}", sent.request_id)


async def test_events_of_retried_call_come_in_order(lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("get_purchase", "429", retry_after="2.5")
    lucca_emulator.faults.add("get_purchase", "drop")
    told: list[Any] = []
    async with client_at(lucca_emulator.url, on_event=told.append) as lucca:
        await lucca.purchases.get(1_001)
    assert names(told) == [
        *("RequestSent", "RequestAnswered", "RequestRetried", "HeldBack"),
        *("RequestSent", "RequestFailed", "RequestRetried"),
        *("RequestSent", "RequestAnswered"),
    ]
    assert [event.attempt for event in told if not isinstance(event, HeldBack)] == [1, 1, 1, 2, 2, 2, 3, 3]
    assert len({event.request_id for event in told if not isinstance(event, HeldBack)}) == 1
    assert told[2].wait == 2.5
    assert told[3] == HeldBack(seconds=2.5, reason="retry_after")
    assert (told[5].sent, told[5].failure) == (
        True,
        "RemoteProtocolError: Server disconnected without sending a response.",
    )
    assert 0.0 <= told[6].wait <= 1.0


async def test_request_failed_event_reports_if_request_was_sent(lucca_emulator: Emulator) -> None:
    told: list[Any] = []
    lucca_emulator.faults.add("create_purchase", "commit-then-drop")
    async with client_at(lucca_emulator.url, on_event=told.append) as lucca:
        assert isinstance(await failure(lucca.purchases.create(PURCHASE)), OutcomeUnknown)
    assert [(event.sent, event.attempt) for event in told if isinstance(event, RequestFailed)] == [(True, 1)]
    told.clear()
    async with client_at("http://127.0.0.1:9", on_event=told.append, retries=1) as lucca:
        assert isinstance(await failure(lucca.purchases.create(PURCHASE)), NotSent)
    assert names(told) == ["RequestSent", "RequestFailed", "RequestRetried", "RequestSent", "RequestFailed"]
    assert [event.sent for event in told if isinstance(event, RequestFailed)] == [False, False]


async def test_events_of_cancelled_call_end_with_request_failed() -> None:
    told: list[Event] = []
    async with raw_server(None) as raw, client_at(raw.url, on_event=told.append) as lucca:
        call = asyncio.create_task(lucca.purchases.get(1))
        await raw.received()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    sent, failed = told
    assert isinstance(sent, RequestSent)
    assert isinstance(failed, RequestFailed)
    assert (failed.failure, failed.sent) == ("cancelled", True)


async def test_held_back_event_at_full_rate_reports_wait(lucca_emulator: Emulator) -> None:
    told: list[Event] = []
    async with client_at(lucca_emulator.url, on_event=told.append, rate=1) as lucca:
        await lucca.purchases.get(1_001)
        await lucca.purchases.get(1_001)
    assert names(told) == ["RequestSent", "RequestAnswered", "HeldBack", "RequestSent", "RequestAnswered"]
    assert told[2] == HeldBack(seconds=61.0, reason="rate")


async def test_events_of_unsent_call_are_empty(lucca_emulator: Emulator) -> None:
    told: list[Event] = []
    wrong: Any = "../x"
    async with client_at(lucca_emulator.url, on_event=told.append) as lucca:
        await failure(lucca.purchases.get(wrong))
        lucca_emulator.faults.add("get_purchase", "429", retry_after="500")
        await failure(lucca.purchases.get(1_001))
        told.clear()
        await failure(lucca.purchases.get(1_001))
    assert told == []


@pytest.mark.parametrize(
    "event",
    [
        RequestSent(operation="o", method="GET", path="/", request_id="1", attempt=1),
        RequestAnswered(operation="o", method="GET", path="/", request_id="1", attempt=1, status=200, seconds=0.5),
        RequestFailed(
            operation="o", method="GET", path="/", request_id="1", attempt=1, failure="f", sent=True, seconds=0.5
        ),
        RequestRetried(operation="o", method="GET", path="/", request_id="1", attempt=1, wait=0.5),
        HeldBack(seconds=1.0, reason="rate"),
        events.OrderStep(step="s", reference="PO-1", purchase_id=1, commitment_id=None, approval_request_id=None),
    ],
    ids=lambda event: type(event).__name__,
)
def test_event_is_frozen_plain_data(event: Any) -> None:
    assert pickle.loads(pickle.dumps(event)) == event
    for field in attrs.fields(type(event)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(event, field.name, None)
        assert isinstance(getattr(event, field.name), str | int | float | None)


async def test_on_event_that_raises_does_not_stop_call(
    lucca_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(event: Event) -> None:
        told.append(event)
        raise LookupError("the hook's own")

    told: list[Event] = []
    lucca_emulator.faults.add("get_purchase", "429", retry_after="1")
    async with client_at(lucca_emulator.url, on_event=hook) as lucca:
        await lucca.purchases.get(1_001)
        error = await failure(lucca.purchases.get(999_999))
    assert isinstance(error, NotFound)
    assert (error.__context__, error.__cause__) == (None, None)
    assert len(told) == 8
    failed = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.message for record in failed] == ["on_event failed; the request goes on"] * 8
    assert failed[0].exc_info
    assert failed[0].exc_info[0] is LookupError


# ---- The log


async def test_log_lines_hold_no_bodies_or_queries(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "lucca_procurement")
    page = b'{"items": [{"id": 1, "name": "Marie Curie", "bankAccount": {"iban": "FR76"}}], "next": null}'
    headers = {"Set_Cookie": "session=Curie", "X_Request_Id": "theirs", "Server": "Curie", "Location": "/Curie"}
    async with (
        raw_server(
            answer(503, b"Curie", **headers),
            answer(200, page, **headers, Content_Type="application/json"),
            answer(404, b'{"title": "Curie"}', **headers),
        ) as raw,
        client_at(raw.url) as lucca,
    ):
        assert len([each async for each in lucca.suppliers.iterate(search="Marie Curie")]) == 1
        await failure(lucca.purchases.create(PURCHASE))
    assert "search.terms=Marie%20Curie" in raw.texts[0]
    lines = [record.getMessage() for record in caplog.records if record.name == "lucca_procurement"]
    assert len(lines) == 7
    assert not [line for line in lines if re.search(r"Curie|FR76|\?|iban|" + str(PURCHASE.title), line)]
    shown = [re.findall(r"([\w-]+): ", line.partition(" (")[2]) for line in lines if " answered " in line]
    assert shown == [["content-type", "content-length", "x-request-id"]] * 3
    assert {*shown[0]} <= SHOWN
    call = r"list_suppliers GET /cleemy-procurement/api/suppliers \[[0-9a-f]{32}, try "
    assert [line for line in lines if re.match(call, line)] == lines[:5]
    kinds = ("1] sent", "1] answered 503", "1] will be sent again in", "2] sent", "2] answered 200")
    assert [kind in line for kind, line in zip(kinds, lines, strict=False)] == [True] * 5


async def test_log_of_delays_is_info_and_of_others_is_debug(
    lucca_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "lucca_procurement")
    lucca_emulator.faults.add("get_purchase", "429", retry_after="1")
    lucca_emulator.faults.add("get_purchase", "drop")
    async with client_at(lucca_emulator.url) as lucca:
        await lucca.purchases.get(1_001)
    ours = [record for record in caplog.records if record.name == "lucca_procurement"]
    assert [record.levelname for record in ours] == [
        *("DEBUG", "DEBUG", "INFO", "INFO"),
        *("DEBUG", "DEBUG", "INFO"),
        *("DEBUG", "DEBUG"),
    ]
    assert "held back for 1.0 s (retry_after)" in ours[3].message


# ---- The server's own log


async def test_request_id_is_same_on_all_tries_and_new_for_each_call() -> None:
    async with raw_server(answer(503), answer(429), answer(200, b'{"id": 1}')) as raw, client_at(raw.url) as lucca:
        await lucca.purchases.get(1)
        await lucca.purchases.get(1)
    sent = [re.findall(r"(?mi)^x-request-id: (\w{32})\r$", request) for request in raw.texts]
    assert sent[0] == sent[1] == sent[2] != sent[3]
    assert [len(ids) for ids in sent] == [1] * 4


@pytest.mark.parametrize(
    ("app", "before"), [(None, ""), ("my-app/1.2", "my-app/1.2 "), (" my-app/1.2 (x) ", "my-app/1.2 (x) ")]
)
async def test_user_agent_with_app_begins_with_app(app: str | None, before: str) -> None:
    async with raw_server(answer(200, b'{"id": 1}')) as raw, LuccaProcurement(raw.url, "key", app=app) as lucca:
        await lucca.purchases.get(1)
    (agent,) = re.findall(r"(?mi)^user-agent: (.*)\r$", raw.texts[0])
    assert re.fullmatch(
        re.escape(f"{before}lucca-procurement/{__version__} python/3.") + r"[\w.+]+ httpx/0\.28\.\d+", agent
    )
