"""The parts of each request that a client sends, and nothing else."""

from __future__ import annotations

import logging

import httpx
import pytest

from lucca_procurement import LuccaProcurement
from support.addresses import HOST
from support.samples import sample, sample_bytes

PURCHASE_ID = sample("create-purchase.response")["id"]


class _Setting:
    """A server that sets a cookie with each answer, and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        headers = {"set-cookie": "session=abc; Path=/", "content-type": "application/json"}
        return httpx.Response(200, headers=headers, content=sample_bytes("create-purchase.response"))


@pytest.fixture
def server() -> _Setting:
    return _Setting()


async def test_request_after_cookie_has_only_own_headers(server: _Setting) -> None:
    async with LuccaProcurement(HOST, "the-key", app="my-app/1.2", transport=httpx.MockTransport(server)) as lucca:
        await lucca.purchases.get(PURCHASE_ID)
        await lucca.purchases.get(PURCHASE_ID)
    for request in server.requests:
        headers = dict(request.headers)
        assert headers.pop("user-agent").startswith("my-app/1.2 lucca-procurement/")
        assert len(headers.pop("x-request-id")) == 32
        assert headers == {
            "host": "example.ilucca.net",
            "accept": "application/json, application/problem+json",
            "accept-encoding": "gzip",
            "authorization": "lucca application=the-key",
        }
    first, second = server.requests
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_log_without_on_event_holds_sent_and_answered(server: _Setting, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "lucca_procurement")
    async with LuccaProcurement(HOST, "the-key", transport=httpx.MockTransport(server)) as lucca:
        await lucca.purchases.get(PURCHASE_ID)
    told = [record.getMessage().rpartition("] ")[2] for record in caplog.records if record.name == "lucca_procurement"]
    assert told[0] == "sent"
    assert told[1].startswith("answered 200 in ")
    assert len(told) == 2
