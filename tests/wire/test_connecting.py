"""The way to the server: what fails before a request starts has done nothing, and is sent again."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
from datetime import date
from typing import Any, NoReturn

import pytest
import trustme

from lucca_procurement import errors
from support.client import Call
from support.clock import HurriedClock
from support.raw_server import Connection, RawServer, answer, certified, sends
from support.wire_calls import BOTH, failure_at, read, retrying_once

PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def assert_never_sent(error: errors.ProcurementError, tries: int) -> None:
    assert type(error) is errors.NotSent
    assert len(error.attempts) == tries
    assert not any(attempt.sent for attempt in error.attempts)
    assert "the-key" not in str(error)


@BOTH
async def test_connection_if_refused_is_tried_again(call: Call, clock: HurriedClock) -> None:
    with socket.socket() as sock:
        # Bound, but nobody listens.
        sock.bind(("127.0.0.1", 0))
        error = await failure_at(f"http://127.0.0.1:{sock.getsockname()[1]}", call, clock)
    assert_never_sent(error, 2)
    assert len(clock.slept) == 1


FIRST_REQUEST = """
import asyncio, sys
from contextlib import suppress
from lucca_procurement import LuccaProcurement, errors

async def main():
    async with LuccaProcurement("http://127.0.0.1:{port}", "the-key", retries=0) as lucca:
        before = set(sys.modules)
        with suppress(errors.NotSent):
            await lucca.purchases.get(1)
        print(*(set(sys.modules) - before))

asyncio.run(main())
"""


def test_first_request_does_not_import_the_backend_of_httpx() -> None:
    # The event loop would stand still for 50 ms, in the middle of a program.
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        code = FIRST_REQUEST.format(port=sock.getsockname()[1])
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = done.stdout.split()
    assert not [name for name in imported if name.partition(".")[0] in ("anyio", "httpcore", "httpx", "sniffio")]
    assert len(imported) <= 5, imported


@BOTH
async def test_connection_to_unknown_host_name_is_tried_again(
    call: Call, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def not_found(host: object, *_: object, **__: object) -> Any:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", not_found)
    error = await failure_at("https://name.invalid", call, clock)
    assert_never_sent(error, 2)
    assert len(asked) == 2
    assert "Name or service not known" in str(error)


@BOTH
async def test_certificate_of_unknown_authority_is_error_at_once(
    call: Call, clock: HurriedClock, authority: trustme.CA
) -> None:
    server = RawServer(sends(answer()))
    async with server.serve(certified(authority, "127.0.0.1")) as url:
        error = await failure_at(url, call, clock)
    assert_never_sent(error, 1)
    assert "SSL_CERT_FILE" in str(error)
    assert server.reached == 0


@pytest.mark.usefixtures("trusted")
@BOTH
async def test_certificate_of_another_host_is_error_at_once(
    call: Call, clock: HurriedClock, authority: trustme.CA
) -> None:
    server = RawServer(sends(answer()))
    async with server.serve(certified(authority, "other.example")) as url:
        error = await failure_at(url, call, clock)
    assert_never_sent(error, 1)
    assert server.reached == 0


@pytest.mark.usefixtures("trusted")
@BOTH
async def test_certificate_of_trusted_authority_is_accepted(
    call: Call, clock: HurriedClock, authority: trustme.CA
) -> None:
    server = RawServer(sends(answer()))
    async with server.serve(certified(authority, "127.0.0.1")) as url, retrying_once(url, clock) as lucca:
        assert (await call(lucca)).id == 1
    assert server.reached == 1


@BOTH
async def test_server_without_tls_gets_no_request(call: Call, clock: HurriedClock) -> None:
    async def speaks_first(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await connection.drain()

    server = RawServer(speaks_first)
    async with server.serve() as url:
        error = await failure_at(url.replace("http:", "https:"), call, clock)
    assert_never_sent(error, 2)
    assert server.requests == []


@BOTH
async def test_handshake_without_end_times_out(call: Call, clock: HurriedClock) -> None:
    server = RawServer(Connection.drain)
    async with server.serve() as url:
        error = await failure_at(url.replace("http:", "https:"), call, clock, timeout=0.5)
    assert_never_sent(error, 2)
    assert server.accepted == 2


@BOTH
async def test_proxy_that_refuses_gets_no_request(
    call: Call, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = RawServer(sends(answer(403, b"no", Connection="close"), then=Connection.close))
    async with proxy.serve() as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        error = await failure_at("https://lucca.invalid", call, clock)
    assert_never_sent(error, 2)
    assert [head.split(b"\r\n")[0] for head in proxy.requests] == [b"CONNECT lucca.invalid:443 HTTP/1.1"] * 2
    assert not any(b"the-key" in head for head in proxy.requests)


@BOTH
async def test_proxy_that_resets_or_hangs_gets_no_request(
    call: Call, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = RawServer(sends(b"", then=Connection.reset), sends(b""))
    async with proxy.serve() as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        error = await failure_at("https://lucca.invalid", call, clock, timeout=0.5)
    assert_never_sent(error, 2)
    assert len(proxy.requests) == 2


@pytest.mark.usefixtures("trusted")
@BOTH
async def test_post_through_proxy_is_sent_once(
    call: Call, clock: HurriedClock, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = RawServer(sends(b"", then=Connection.reset))

    async def tunnels(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 200 Connected\r\n\r\n")
        await connection.join(server.port)

    proxy = RawServer(tunnels)
    async with server.serve(certified(authority, "lucca.invalid")), proxy.serve() as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        error = await failure_at("https://lucca.invalid", call, clock)
    assert type(error) is errors.OutcomeUnknown
    assert server.reached == len(error.attempts) == (2 if call.__name__ == "read" else 1)


@BOTH
async def test_proxy_for_loopback_is_not_used(call: Call, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = RawServer(sends(answer(403))), RawServer(sends(answer()))
    async with proxy.serve() as proxy_url, server.serve() as url:
        for name in PROXIES[:3]:
            monkeypatch.setenv(name, proxy_url)
        async with retrying_once(url, clock) as lucca:
            assert (await call(lucca)).id == 1
    assert (proxy.accepted, server.reached) == (0, 1)


def distrust() -> NoReturn:
    raise ssl.SSLCertVerificationError("of the caller")


async def test_error_inside_except_block_ignores_handled_exception(clock: HurriedClock) -> None:
    server = RawServer(sends(b"", then=Connection.close))
    async with server.serve() as url:
        try:
            distrust()
        except ssl.SSLCertVerificationError:
            error = await failure_at(url, read, clock)
    assert len(error.attempts) == 2
    assert "of the caller" not in str(error)


async def test_request_with_too_long_url_is_not_sent(clock: HurriedClock) -> None:
    server = RawServer(sends(answer()))
    async with server.serve() as url:
        error = await failure_at(url, lambda lucca: lucca.tax_rates.list(date(2026, 1, 1), "F" * 70_000), clock)
    assert_never_sent(error, tries=1)
    assert server.reached == 0
