"""Failures of the wire: the error that a call ends with, and the number of requests that the server got."""

from __future__ import annotations

import asyncio
import copy
import io
import time
import tracemalloc
import zlib
from collections.abc import Awaitable
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from lucca_procurement import LuccaProcurement, errors, models
from lucca_procurement._wire.http import LARGEST_ANSWER
from lucca_procurement._wire.session import Call as Guarded
from lucca_procurement.events import Event, RequestFailed
from lucca_procurement_api import _json, api
from support.client import Call
from support.clock import HurriedClock
from support.loop import settled
from support.raw_server import Connection, RawServer, Script, answer, drips, resets_unread, sends
from support.wire_calls import BOTH, failure_at, post, read, retrying_once


def closes(content: bytes) -> Script:
    return sends(content, then=Connection.close)


def bomb() -> bytes:
    """Return 600 MB of zeros in gzip. It repeats one block, which refers to nothing before it."""
    packing = zlib.compressobj(wbits=31)
    first, again = (packing.compress(bytes(2**20)) + packing.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 600


ANOTHER_GZIP = b"\r\nContent-Encoding: gzip\r\n"
PACKED = zlib.compress(b'{"id": 1}', wbits=31)

NO_ANSWER: list[tuple[str, Script]] = [
    ("reset once it was read", sends(b"", then=Connection.reset)),
    ("reset unread", resets_unread),
    ("closed without an answer", closes(b"")),
    ("half a status line", closes(b"HTTP/1.1 20")),
    ("half the headers", closes(b"HTTP/1.1 200 OK\r\nContent-Len")),
    ("no HTTP at all", sends(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")),
    ("a status that is none", sends(b"HTTP/1.1 2x0 OK\r\n\r\n")),
    ("two lengths", sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}")),
    ("headers without an end", sends(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000)),
    ("a dripping header", drips(b"HTTP/1.1 200 OK\r\nX: ")),
]
CUT: list[tuple[str, Script]] = [
    ("a cut body", closes(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"id"')),
    ("a reset body", sends(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"id"', then=Connection.reset)),
    ("a cut chunk", closes(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"id"')),
    ("a chunk of nonsense", closes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
    ("a dripping body", drips(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")),
]
SPOILED: list[tuple[str, Script]] = [
    ("broken gzip", sends(answer(200, PACKED[:10] + b"\xff" * 9, Content_Encoding="gzip"))),
    ("gzip that is none", sends(answer(200, b'{"id": 1}', Content_Encoding="gzip"))),
    ("two compressions", sends(answer(200, zlib.compress(PACKED, wbits=31), Content_Encoding="gzip, gzip"))),
    (
        "two compressions in two headers",
        sends(answer(200, zlib.compress(PACKED, wbits=31), Content_Encoding="gzip").replace(b"\r\n", ANOTHER_GZIP, 1)),
    ),
    ("cut gzip", sends(answer(200, PACKED[:-14], Content_Encoding="gzip"))),
    ("deflate", sends(answer(200, zlib.compress(b'{"id": 1}'), Content_Encoding="deflate"))),
    ("a compression not asked for", sends(answer(200, b"\x0b\x04\x80", Content_Encoding="br"))),
]
UNUSUAL: list[tuple[str, Script]] = [
    ("gzip", sends(answer(200, PACKED, Content_Encoding="gzip"))),
    ("an answer that goes on", sends(b"HTTP/1.1 100 Continue\r\n\r\n" + answer())),
    ("early hints", sends(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer())),
    ("ended by the close", closes(b'HTTP/1.0 200 OK\r\n\r\n{"id": 1}')),
]


def rows(scripts: list[tuple[str, Script]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("script", [pytest.param(script, id=name) for name, script in scripts])


@rows(NO_ANSWER)
@BOTH
async def test_post_without_answer_is_sent_once(script: Script, call: Call, clock: HurriedClock) -> None:
    server = RawServer(script)
    async with server.serve() as url:
        error = await failure_at(url, call, clock, timeout=0.3)
    assert type(error) is errors.OutcomeUnknown
    assert not error.accepted
    assert error.status is None
    assert server.reached == len(error.attempts) == (2 if call is read else 1)
    assert all(attempt.sent and attempt.failure and attempt.status is None for attempt in error.attempts)


@rows(CUT)
async def test_read_with_cut_success_is_sent_again(script: Script, clock: HurriedClock) -> None:
    server = RawServer(script)
    async with server.serve() as url:
        error = await failure_at(url, read, clock, timeout=0.3)
    assert type(error) is errors.DecodeError
    assert server.reached == len(error.attempts) == 2
    assert all(attempt.status == 200 and attempt.failure for attempt in error.attempts)


@rows(SPOILED)
async def test_read_with_invalid_compression_is_not_sent_again(script: Script, clock: HurriedClock) -> None:
    server = RawServer(script)
    async with server.serve() as url:
        error = await failure_at(url, read, clock)
    assert type(error) is errors.DecodeError
    assert server.reached == len(error.attempts) == 1
    assert "compression" in str(error)


@rows(CUT + SPOILED)
async def test_post_with_unreadable_success_is_accepted(script: Script, clock: HurriedClock) -> None:
    server = RawServer(script)
    async with server.serve() as url:
        error = await failure_at(url, post, clock, timeout=0.3)
    assert type(error) is errors.OutcomeUnknown
    assert error.accepted
    assert error.status == 200
    assert server.reached == len(error.attempts) == 1


async def test_post_with_cut_success_and_id_succeeds(clock: HurriedClock) -> None:
    server = RawServer(closes(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"id": 1}\r\n'))
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        assert (await post(lucca)).id == 1
        with pytest.raises(errors.DecodeError):
            await read(lucca)
    assert server.reached == 3


@BOTH
async def test_answer_with_gzip_bomb_is_refused_at_32_mb(call: Call, clock: HurriedClock) -> None:
    server = RawServer(sends(answer(200, bomb(), Content_Encoding="gzip")))
    async with server.serve() as url:
        tracemalloc.start()
        error = await failure_at(url, call, clock)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert type(error) is (errors.DecodeError if call is read else errors.OutcomeUnknown)
    assert "longer than 32 MB" in str(error)
    assert server.reached == 1
    assert most < 5 * LARGEST_ANSWER < 600 * 2**20


def page_of_items(items: int) -> bytes:
    return b'{"items": [' + b",".join([b'{"id": 1}'] * items) + b"]}"


async def longest_pause(call: Awaitable[object]) -> float:
    """Return the longest time that the event loop stood still during a call whose answer is unreadable."""
    pauses = [0.0]

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0)
            pauses.append(time.perf_counter() - before)

    watching = asyncio.create_task(watch())
    try:
        with pytest.raises(errors.DecodeError):
            await call
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    return max(pauses)


@pytest.mark.parametrize(
    ("body", "page_size", "said"),
    [
        pytest.param(page_of_items(6_000_000), 1, "longer than 32 MB", id="60 MB"),
        pytest.param(page_of_items(3_000_000), 1, "more items than the 1 that", id="30 MB and one item asked for"),
        pytest.param(page_of_items(3_000_000), 1_000, "more items than the 1000 that", id="30 MB and a page asked for"),
        pytest.param(page_of_items(3_000_000)[10:-1], 100, "more items than the 100 that", id="a bare array"),
        pytest.param(page_of_items(3_000_000)[:-9], 100, "more items|cannot be read", id="cut"),
    ],
)
async def test_page_with_too_many_items_is_refused_before_models(
    body: bytes, page_size: int, said: str, clock: HurriedClock
) -> None:
    packed = zlib.compress(body, wbits=31)
    assert len(packed) < 200_000
    server = RawServer(sends(answer(200, packed, Content_Encoding="gzip")))
    async with server.serve() as url, retrying_once(url, clock, timeout=5) as lucca:
        started = time.perf_counter()
        with pytest.raises(errors.DecodeError, match=said):
            await anext(aiter(lucca.purchases.iterate(page_size=page_size)))
        assert time.perf_counter() - started < 5.0
        tracemalloc.start()
        pause = await longest_pause(anext(aiter(lucca.purchases.iterate(page_size=page_size))))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 4 * LARGEST_ANSWER
    # It takes some 0.1 s on an idle machine. To make models of it took 53 s, and stopped the loop for 2 s.
    assert pause < 1.5


async def test_timeout_during_parsing_is_enforced(clock: HurriedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = _json.parse

    def slow(content: bytes) -> Any:
        time.sleep(0.5)
        return parse(content)

    monkeypatch.setattr(_json, "parse", slow)
    body = b'{"id": 1, "title": "' + b"x" * 100_000 + b'"}'
    server = RawServer(sends(answer(200, body)))
    async with server.serve() as url:
        error = await failure_at(url, read, clock, timeout=0.25)
        assert type(error) is errors.DecodeError
        assert "was not read within 0.25 s" in str(error)
        created = await failure_at(url, post, clock, timeout=0.25)
        assert type(created) is errors.OutcomeUnknown
        assert created.accepted
        async with retrying_once(url, clock, timeout=20) as lucca:
            assert (await read(lucca)).id == 1
    assert server.reached == 3


ODD: dict[str, bytes] = {
    "NaN": b'{"id": 1, "x": NaN}',
    "infinity": b'{"id": 1, "x": -Infinity}',
    "no UTF-8": b'{"id": 1, "title": "\xff"}',
    "UTF-16": '{"id": 1}'.encode("utf-16"),
    "half a character": rb'{"id": 1, "title": "\ud800"}',
    "an id of 5,000 digits": b'{"id": ' + b"9" * 5_000 + b"}",
    "an exponent without proportion": b'{"id": 1, "x": 1e99999999999999999999}',
    **{
        f"{depth} levels in {where}": before + b"[" * depth + b"]" * depth + after
        for depth in (101, 500, 900, 5_000, 100_000)
        for where, before, after in (
            ("the body", b"", b""),
            ("an unknown member", b'{"id": 1, "x": ', b"}"),
            ("a title", b'{"id": 1, "title": ', b"}"),
            ("an unknown commitment", b'{"id": 1, "commitment": {"type": "?", "x": ', b"}}"),
        )
    },
}


@pytest.mark.parametrize("padding", [b"", b" " * 70_000], ids=["small", "large"])
@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
async def test_json_with_invalid_content_raises_decode_error(body: bytes, padding: bytes) -> None:
    async def reply(request: httpx.Request) -> httpx.Response:
        content = b'{"items": [' + body + b"]}" if request.url.path.endswith("natures") else body
        return httpx.Response(200, content=content + padding)

    async with LuccaProcurement(
        "http://127.0.0.1", "the-key", transport=httpx.MockTransport(reply), clock=HurriedClock()
    ) as lucca:
        for call in (read(lucca), anext(aiter(lucca.natures.iterate()))):
            with pytest.raises(errors.DecodeError):
                await call
        with pytest.raises(errors.OutcomeUnknown) as caught:
            await post(lucca)
        assert caught.value.accepted


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": 1, "x": ' + b"[" * 99 + b"]" * 99 + b"}",
        b'{"id": 1, "x": 1e999999999}',
        b'{"id": 1, "x": 0.' + b"9" * 5_000 + b"}",
    ],
    ids=["99 levels", "exponent", "5,000 digits"],
)
async def test_json_with_extreme_values_round_trips(body: bytes, clock: HurriedClock) -> None:
    server = RawServer(sends(answer(200, body)))
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        purchase = await read(lucca)
    assert models.Purchase.from_json(copy.deepcopy(purchase).to_json()) == purchase
    assert repr(purchase)


@rows(UNUSUAL)
@BOTH
async def test_answer_in_unusual_form_is_read(script: Script, call: Call, clock: HurriedClock) -> None:
    server = RawServer(script)
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        assert (await call(lucca)).id == 1
    assert server.reached == 1


@BOTH
async def test_refusal_with_cut_body_raises_not_found(call: Call, clock: HurriedClock) -> None:
    server = RawServer(closes(b'HTTP/1.1 404 No\r\nContent-Length: 99\r\n\r\n{"title"'))
    async with server.serve() as url:
        error = await failure_at(url, call, clock)
    assert type(error) is errors.NotFound
    assert server.reached == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@BOTH
async def test_redirect_with_location_is_not_followed(status: int, call: Call, clock: HurriedClock) -> None:
    other = RawServer(sends(answer()))
    async with other.serve() as elsewhere:
        server = RawServer(sends(answer(status, Location=f"{elsewhere}/")))
        async with server.serve() as url:
            error = await failure_at(url, call, clock)
    assert type(error) is (errors.ResponseError if call is read else errors.OutcomeUnknown)
    assert (server.reached, other.reached) == (1, 0)


REPEATED_READS = [408, 421, 425, 429, 502, 503, 504]
REPEATED_POSTS = [421, 425, 429]
UNKNOWN_POSTS = [408, 500, 502, 503, 504, 507, 520, 529]


@pytest.mark.parametrize("status", sorted({400, 401, 403, 404, 409, 501, *REPEATED_READS, *UNKNOWN_POSTS}))
@BOTH
async def test_status_of_answer_decides_repetition(status: int, call: Call, clock: HurriedClock) -> None:
    repeated = status in (REPEATED_READS if call is read else REPEATED_POSTS)
    server = RawServer(sends(answer(status, b"{}")), sends(answer()))
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        if repeated:
            assert (await call(lucca)).id == 1
        else:
            with pytest.raises(errors.ProcurementError) as caught:
                await call(lucca)
            unknown = call is post and status in UNKNOWN_POSTS
            assert isinstance(caught.value, errors.OutcomeUnknown if unknown else errors.ResponseError)
            assert [attempt.status for attempt in caught.value.attempts] == [status]
    assert server.reached == (2 if repeated else 1)
    assert len(clock.slept) == repeated


@BOTH
async def test_throttled_call_waits_for_retry_after(call: Call, clock: HurriedClock) -> None:
    date = formatdate(1_000_000_000, usegmt=True)
    later = formatdate(1_000_000_007, usegmt=True)
    server = RawServer(
        sends(answer(429, Retry_After="2.5")),
        sends(answer(421, Retry_After="3")),
        sends(answer(429, Date=date, Retry_After=later)),
        sends(answer()),
    )
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        assert (await call(lucca)).id == 1
    assert server.reached == 4
    assert clock.slept == [2.5, 3.0, 7.0]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_post_with_5xx_and_retry_after_is_unknown(status: int, clock: HurriedClock) -> None:
    body = b"<html>Service unavailable</html>"
    server = RawServer(sends(answer(status, body, Retry_After="1")))
    async with server.serve() as url:
        error = await failure_at(url, post, clock, retries=3)
    assert type(error) is errors.OutcomeUnknown
    assert not error.accepted
    assert error.retry_after == 1.0
    assert server.reached == 1


@BOTH
async def test_429_without_retry_after_raises_after_two_windows(call: Call, clock: HurriedClock) -> None:
    server = RawServer(sends(answer(429)))
    async with server.serve() as url:
        error = await failure_at(url, call, clock, retries=3)
    assert type(error) is errors.RateLimited
    assert error.retry_after is None
    assert server.reached == len(error.attempts) == 3
    assert clock.slept == [61.0, 61.0]


@BOTH
async def test_429_with_retry_after_0_backs_off(call: Call, clock: HurriedClock) -> None:
    server = RawServer(sends(answer(429, Retry_After="0")))
    async with server.serve() as url:
        error = await failure_at(url, call, clock, retries=3)
    assert type(error) is errors.RateLimited
    assert server.reached == 20
    assert clock.slept[:5] == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert 100.0 < sum(clock.slept) <= 122.0


@BOTH
async def test_429_of_one_call_holds_all_calls_for_one_window(call: Call, clock: HurriedClock) -> None:
    server = RawServer(sends(answer(429)), sends(answer()))
    async with server.serve() as url, retrying_once(url, clock, retries=0) as lucca:
        with pytest.raises(errors.RateLimited):
            await call(lucca)
        assert (await call(lucca)).id == 1
    assert clock.slept == [61.0]


@BOTH
async def test_idle_connection_closed_by_server_causes_no_error(call: Call, clock: HurriedClock) -> None:
    server = RawServer(closes(answer()))
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        for _ in range(3):
            assert (await call(lucca)).id == 1
            await server.until(lambda server: not server.connected)
    assert (server.reached, server.accepted) == (3, 3)


async def test_post_never_uses_idle_connection(clock: HurriedClock) -> None:
    async def one_answer(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer())
        # The next request on this connection is lost, as on one that its server closes at this moment.
        await connection.next_request()
        connection.reset()

    server = RawServer(one_answer)
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        for _ in range(3):
            assert (await post(lucca)).id == 1
    assert (server.reached, server.accepted) == (3, 3)


async def test_post_after_surplus_bytes_gets_own_answer(clock: HurriedClock) -> None:
    server = RawServer(sends(answer() + answer(201, b'{"id": 666}')))
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        for call in (post, read, post, post):
            assert (await call(lucca)).id == 1
    assert server.accepted == server.reached == 4


async def test_read_after_surplus_bytes_refuses_other_object(clock: HurriedClock) -> None:
    server = RawServer(sends(answer() + answer(200, b'{"id": 666}')))
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        assert (await read(lucca)).id == 1
        with pytest.raises(errors.DecodeError, match=r"answered 200 with another object \(666\)") as caught:
            await read(lucca)
    assert (caught.value.member, caught.value.expected) == ("id", "1")


@pytest.mark.parametrize(("seconds", "connections"), [(1.9, 1), (2.1, 2)])
async def test_idle_connection_after_two_seconds_is_replaced(
    seconds: float, connections: int, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = SimpleNamespace(monotonic=lambda: clock.now)
    monkeypatch.setattr("httpcore._async.http11.time", time)
    server = RawServer(sends(answer()))
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        await read(lucca)
        clock.now += seconds
        await read(lucca)
    assert server.accepted == connections


async def test_upload_refused_and_read_to_end_raises_413(clock: HurriedClock) -> None:
    async def refuses(connection: Connection) -> None:
        await connection.head()
        await connection.send(answer(413, Connection="close"))
        await connection.drain()

    server = RawServer(refuses)
    async with server.serve() as url:
        error = await failure_at(url, lambda lucca: lucca.files.upload(bytes(2**24), "a.pdf"), clock)
    assert isinstance(error, errors.ResponseError)
    assert error.status == 413
    assert server.reached == 1


async def test_upload_refused_with_reset_is_sent_once(clock: HurriedClock) -> None:
    async def refuses(connection: Connection) -> None:
        await connection.head()
        await connection.send(answer(413, Connection="close"))
        connection.reset()

    server = RawServer(refuses)
    async with server.serve() as url:
        error = await failure_at(url, lambda lucca: lucca.files.upload(bytes(2**24), "a.pdf"), clock)
    assert type(error) is errors.OutcomeUnknown or getattr(error, "status", None) == 413
    assert server.reached == 1


async def test_upload_after_429_restarts_from_beginning(clock: HurriedClock) -> None:
    sent: list[int] = []

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            part = super().read(size)
            sent.append(len(part))
            return part

    server = RawServer(
        sends(answer(429, Retry_After="0")), sends(answer(200, b'{"id": "12345678-1234-5678-1234-567812345678"}'))
    )
    async with server.serve() as url, retrying_once(url, clock) as lucca:
        await lucca.files.upload(Counted(bytes(100_000)), "a.pdf")
    assert server.reached == 2
    assert sum(sent) == 200_000


NEVER_SENT = [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout]
# These are no failures of the connection, so a read is not sent again either.
MALFORMED = [httpx.UnsupportedProtocol, httpx.LocalProtocolError]
PERHAPS_SENT = [
    httpx.ProxyError,
    httpx.ReadTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.RemoteProtocolError,
    httpx.CloseError,
    OSError,
    RuntimeError,
]


@pytest.mark.parametrize("kind", [*NEVER_SENT, *MALFORMED, *PERHAPS_SENT])
@BOTH
async def test_transport_error_class_decides_if_request_was_sent(
    kind: type[Exception], call: Call, clock: HurriedClock, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_exception(kind("as the mock says"), is_reusable=True)
    error = await failure_at("https://example.invalid", call, clock)
    assert type(error) is (errors.NotSent if kind in NEVER_SENT else errors.OutcomeUnknown)
    repeated = kind in NEVER_SENT or (call is read and kind in PERHAPS_SENT)
    assert len(httpx_mock.get_requests()) == len(error.attempts) == (2 if repeated else 1)
    assert {attempt.sent for attempt in error.attempts} == {kind not in NEVER_SENT}


class Silent:
    """A transport of the caller that takes a request and never answers. The client does not use its reports."""

    def __init__(self, *, reports: bool) -> None:
        self.reports = reports
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request, /) -> httpx.Response:
        self.requests += 1
        if self.reports:
            await request.extensions["trace"]("connection.connect_tcp.started", {})
        await asyncio.Event().wait()
        raise AssertionError("never")

    async def aclose(self) -> None:
        pass


@pytest.mark.parametrize("reports", [True, False])
async def test_custom_transport_after_timeout_or_cancel_is_unknown(reports: bool, clock: HurriedClock) -> None:
    error = await failure_at("https://example.invalid", post, clock, transport=Silent(reports=reports), timeout=0.05)
    assert type(error) is errors.OutcomeUnknown
    assert error.attempts[0].sent
    told: list[Event] = []
    transport = Silent(reports=reports)
    async with retrying_once("https://example.invalid", clock, transport=transport, on_event=told.append) as lucca:
        call = asyncio.ensure_future(post(lucca))
        await settled()
        call.cancel()
        await asyncio.wait([call])
    assert [event.sent for event in told if isinstance(event, RequestFailed)] == [True]


class Stale:
    """A guard whose preparation does not hold for its first try."""

    def __init__(self) -> None:
        self.prepared = 0

    async def before_send(self) -> None:
        self.prepared += 1

    def may_send(self) -> bool:
        return self.prepared > 1


async def test_guard_is_asked_before_custom_transport_sends(clock: HurriedClock) -> None:
    given: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        given.append(request)
        return httpx.Response(200, json={"id": 1})

    guard = Stale()
    async with retrying_once("https://example.invalid", clock, transport=httpx.MockTransport(reply)) as lucca:
        await Guarded(lucca._session, guard)(api.get_purchase, 1)
    assert (guard.prepared, len(given)) == (2, 1)


async def test_custom_transport_with_partial_trace_is_unknown(clock: HurriedClock) -> None:
    class Half:
        """It reports that it connects, as httpcore does, but not that it sends."""

        async def handle_async_request(self, request: httpx.Request, /) -> httpx.Response:
            await request.extensions["trace"]("connection.connect_tcp.started", {})
            raise httpx.ReadTimeout("after the server got it")

        async def aclose(self) -> None:
            pass

    error = await failure_at("https://example.invalid", post, clock, transport=Half())
    assert type(error) is errors.OutcomeUnknown
