"""The emulator against other sites, endless input and callers that leave."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from lucca_procurement.emulator import Emulator
from support.addresses import JSON, NATURES, PURCHASES
from support.client import http_client_of

FAULT = {"operation": "*", "fault": "500"}
"""A body that steers."""


def caller(emulator: Emulator, **headers: str) -> httpx.AsyncClient:
    """Return a client that gets answers of any kind: the contract documents none to another site."""
    return http_client_of(emulator, is_checked=False, base_url="http://127.0.0.1:8765", headers=headers)


# ---- The host name


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "127.1.2.3", "localhost:8765", "LOCALHOST", "[::1]:8765", "[::1]", "lucca.test:80"]
)
async def test_host_local_or_allowed_is_answered(host: str) -> None:
    async with caller(Emulator(hosts=["Lucca.test"]), host=host) as http:
        assert [(await http.get(path)).status_code for path in ("/", "/_emulator/state", NATURES)] == [200] * 3


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[::2]"),
        *("", "[x", "[127.0.0.1", "127.0.0.1:8765:1", "user@127.0.0.1", "localhost/", "evil.example, localhost"),
    ],
)
async def test_host_foreign_or_malformed_is_refused(host: str) -> None:
    emulator = Emulator()
    async with caller(emulator, host=host) as http:
        for path in ("/", "/_emulator/state", NATURES):
            answer = await http.get(path)
            assert (answer.status_code, "--allow-host" in answer.json()["detail"]) == (403, True)
        assert (await http.post("/_emulator/faults", json=FAULT)).status_code == 403
    assert emulator.faults.in_force() == []


async def test_host_sent_twice_is_refused() -> None:
    async with caller(Emulator()) as http:
        request = http.build_request("GET", NATURES, headers=[("Host", "127.0.0.1"), ("Host", "evil.example")])
        assert (await http.send(request)).status_code == 403


async def test_host_of_serve_argument_is_answered() -> None:
    emulator = Emulator()
    async with emulator.serve("0.0.0.0") as url, httpx.AsyncClient() as http:
        port = url.rpartition(":")[2]
        for host, status in {f"0.0.0.0:{port}": 200, f"127.0.0.1:{port}": 200, f"evil.example:{port}": 403}.items():
            answer = await http.get(f"http://127.0.0.1:{port}/_emulator/state", headers={"Host": host})
            assert answer.status_code == status, host


async def test_host_of_connection_is_answered_only_as_ip_address() -> None:
    async def status(url: str) -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(Emulator())) as http:
            return (await http.get(f"{url}/_emulator/state")).status_code

    assert await status("http://192.0.2.7:8765") == 200
    assert await status("http://lucca.example:8765") == 403


def test_hosts_as_string_are_refused() -> None:
    with pytest.raises(TypeError, match="hosts must be a list of names"):
        Emulator(hosts="lucca.test")


# ---- Pages of other sites


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:3000", "http://localhost:8765", "null", "", "http://[x"]
)
async def test_control_from_foreign_origin_is_refused(origin: str) -> None:
    emulator = Emulator()
    async with caller(emulator, origin=origin) as http:
        answers = [
            await http.post("/_emulator/faults", json=FAULT),
            await http.delete("/_emulator/log"),
            await http.patch("/_emulator/quirks", json={"order": "shuffled"}),
            await http.get("/_emulator/events"),
        ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert emulator.faults.in_force() == []
    assert emulator.quirks.order == "descending"


async def test_control_from_own_page_is_accepted() -> None:
    emulator = Emulator()
    async with caller(emulator, origin="http://127.0.0.1:8765") as http:
        assert (await http.post("/_emulator/faults", json=FAULT)).status_code == 204
    assert len(emulator.faults.in_force()) == 1


@pytest.mark.parametrize("path", ["/_emulator/faults", "/_emulator/log", "/", PURCHASES])
@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:8765"])
async def test_preflight_allows_nothing(path: str, origin: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    async with caller(Emulator(), origin=origin) as http:
        answer = await http.options(path, headers=asked)
    assert answer.status_code >= 400
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
async def test_control_with_content_type_of_form_is_refused(media_type: str | None) -> None:
    emulator = Emulator()
    async with caller(emulator) as http:
        headers = {"Content-Type": media_type} if media_type else {}
        answer = await http.post("/_emulator/faults", content=json.dumps(FAULT), headers=headers)
    assert answer.status_code == 415
    assert emulator.faults.in_force() == []


async def test_page_headers_forbid_framing() -> None:
    async with caller(Emulator()) as http:
        headers = (await http.get("/")).headers
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


# ---- Sizes


class Endless:
    """A body without an end, which counts how much of it was taken."""

    def __init__(self) -> None:
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.taken += 2**16
            yield b" " * 2**16


async def test_body_without_key_is_not_read() -> None:
    endless = Endless()
    async with caller(Emulator(), authorization="lucca application=other") as http:
        answer = await http.post("/lucca-files/api/uploads", content=endless)
    assert (answer.status_code, endless.taken) == (401, 0)


async def test_control_with_large_body_is_413() -> None:
    endless = Endless()
    async with caller(Emulator()) as http:
        answer = await http.post("/_emulator/faults", content=endless, headers=JSON)
    assert answer.status_code == 413
    assert endless.taken <= 2 * 2**16


async def test_body_over_100_mb_is_refused_before_its_end() -> None:
    endless = Endless()
    async with caller(Emulator()) as http:
        answer = await http.post(PURCHASES, content=endless, headers=JSON)
    assert answer.status_code == 413
    assert endless.taken == 100 * 2**20 + 2**16


@pytest.mark.parametrize("length", [100 * 2**20 + 1, 10**30])
async def test_body_with_too_large_length_is_not_read(length: int) -> None:
    endless = Endless()
    headers = JSON | {"Content-Length": str(length)}
    async with caller(Emulator()) as http:
        answer = await http.post(PURCHASES, content=endless, headers=headers)
    assert (answer.status_code, endless.taken) == (413, 0)


@pytest.mark.slow
async def test_log_without_key_stays_within_byte_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucca_procurement.emulator.procurement.LOG_BYTES", 100_000)
    emulator = Emulator()
    async with caller(emulator, authorization="") as http:
        for number in range(200):
            await http.request("M" * 50_000, f"/{number}{'é' * 5_000}")
    assert sum(sys.getsizeof(entry.target) + sys.getsizeof(entry.method) for entry in emulator.log) <= 100_000
    assert 20 < len(emulator.log) < 60
    assert emulator.log[-1].target.startswith("/199")
    assert {(len(entry.target), len(entry.method)) for entry in emulator.log} == {(2_000, 32)}


async def test_log_after_clear_has_full_capacity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucca_procurement.emulator.procurement.LOG_BYTES", 10_000)
    emulator = Emulator(rate=None)
    async with caller(emulator) as http:
        for _ in range(60):
            await http.get(NATURES)
        emulator.log.clear()
        for _ in range(60):
            await http.get(NATURES)
    assert len(emulator.log) == 60


# ---- Callers that leave


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def head(emulator: Emulator, line: str, *headers: str) -> bytes:
    lines = [f"{line} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: lucca application={emulator.key}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


JSON_LINES = ("Content-Type: application/json", "Content-Length: 1000")
LEAVING: dict[str, tuple[str, Callable[[Emulator], bytes]]] = {
    "in the head": ("", lambda emulator: head(emulator, f"GET {NATURES}")[:-2]),
    "in a body": ("", lambda emulator: head(emulator, f"POST {PURCHASES}", *JSON_LINES) + b"{"),
    "in a body that steers": ("", lambda emulator: head(emulator, "POST /_emulator/faults", *JSON_LINES) + b"{"),
    "in a body without a key": ("", lambda _: b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"),
    "before a late answer": ("slow", lambda emulator: head(emulator, f"GET {NATURES}")),
    "before an answer that never comes": ("hang", lambda emulator: head(emulator, f"GET {NATURES}")),
    "in the events": ("", lambda emulator: head(emulator, "GET /_emulator/events")),
}


@pytest.mark.parametrize("moment", LEAVING)
async def test_disconnect_at_each_moment_logs_no_error(moment: str, caplog: pytest.LogCaptureFixture) -> None:
    fault, sent = LEAVING[moment]
    emulator = Emulator(purchases=3, sleep=lambda _: asyncio.sleep(0.05))
    if fault:
        emulator.faults.add("*", fault)
    with caplog.at_level(logging.WARNING):
        async with emulator.serve() as url:
            async with connected(url) as (_, writer):
                writer.write(sent(emulator))
                await writer.drain()
                await asyncio.sleep(0.02)
            async with httpx.AsyncClient(headers={"Authorization": f"lucca application={emulator.key}"}) as http:
                assert (await http.get(f"{url}{NATURES}")).is_success
    assert not caplog.records


async def test_disconnect_on_other_server_is_no_error() -> None:
    emulator = Emulator()
    emulator.faults.add("list_natures", "hang")
    events = iter([{"type": "http.request", "body": b"", "more_body": False}])
    sent = []

    async def receive() -> dict[str, object]:
        return next(events, {"type": "http.disconnect"})

    async def send(message: object) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"authorization", b"lucca application=emulator")]
    scope = {"type": "http", "method": "GET", "path": NATURES, "query_string": b"", "headers": headers}
    await emulator(scope, receive, send)
    events = iter([])
    await emulator(scope | {"method": "POST", "path": PURCHASES}, receive, send)
    assert [entry.status for entry in emulator.log] == [None, None]
    assert sent == []
