"""The way to the server: what fails before a request starts has done nothing, and is sent again."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import pytest
import trustme

from lucca_procurement import errors
from support.calling import BOTH, Call, client, failure, read
from support.clock import HurriedClock
from support.raw_server import Connection, RawServer, answer, says

PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the client trust the authority."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


def certified(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    return context


def assert_never_sent(error: errors.ProcurementError, tries: int) -> None:
    assert type(error) is errors.NotSent
    assert len(error.attempts) == tries
    assert not any(attempt.sent for attempt in error.attempts)
    assert "the-key" not in str(error)


@BOTH
async def test_a_refused_connection_is_tried_again(call: Call, clock: HurriedClock) -> None:
    with socket.socket() as sock:
        # Bound, but nobody listens.
        sock.bind(("127.0.0.1", 0))
        error = await failure(f"http://127.0.0.1:{sock.getsockname()[1]}", call, clock)
    assert_never_sent(error, 2)
    assert len(clock.slept) == 1


@BOTH
async def test_a_name_that_is_not_found_is_tried_again(
    call: Call, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def not_found(host: object, *_: object, **__: object) -> Any:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", not_found)
    error = await failure("https://name.invalid", call, clock)
    assert_never_sent(error, 2)
    assert len(asked) == 2
    assert "Name or service not known" in str(error)


@BOTH
async def test_a_certificate_of_an_unknown_authority_is_an_error_at_once(
    call: Call, clock: HurriedClock, authority: trustme.CA
) -> None:
    server = RawServer(says(answer()))
    async with server.serve(certified(authority, "127.0.0.1")) as url:
        error = await failure(url, call, clock)
    assert_never_sent(error, 1)
    assert "SSL_CERT_FILE" in str(error)
    assert server.reached == 0


@pytest.mark.usefixtures("trusted")
@BOTH
async def test_a_certificate_of_another_host_is_an_error_at_once(
    call: Call, clock: HurriedClock, authority: trustme.CA
) -> None:
    server = RawServer(says(answer()))
    async with server.serve(certified(authority, "other.example")) as url:
        error = await failure(url, call, clock)
    assert_never_sent(error, 1)
    assert server.reached == 0


@pytest.mark.usefixtures("trusted")
@BOTH
async def test_a_certificate_that_is_trusted_lets_a_call_through(
    call: Call, clock: HurriedClock, authority: trustme.CA
) -> None:
    server = RawServer(says(answer()))
    async with server.serve(certified(authority, "127.0.0.1")) as url, client(url, clock) as lucca:
        assert (await call(lucca)).id == 1
    assert server.reached == 1


@BOTH
async def test_a_server_without_tls_is_never_sent_anything(call: Call, clock: HurriedClock) -> None:
    async def speaks_first(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await connection.drain()

    server = RawServer(speaks_first)
    async with server.serve() as url:
        error = await failure(url.replace("http:", "https:"), call, clock)
    assert_never_sent(error, 2)
    assert server.requests == []


@BOTH
async def test_a_handshake_without_an_end_is_ended(call: Call, clock: HurriedClock) -> None:
    server = RawServer(Connection.drain)
    async with server.serve() as url:
        error = await failure(url.replace("http:", "https:"), call, clock, timeout=0.2)
    assert_never_sent(error, 2)
    assert server.accepted == 2


@BOTH
async def test_a_proxy_that_refuses_gets_no_request(
    call: Call, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = RawServer(says(answer(403, b"no", "Connection: close"), then=Connection.close))
    async with proxy.serve() as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        error = await failure("https://lucca.invalid", call, clock)
    assert_never_sent(error, 2)
    assert [head.split(b"\r\n")[0] for head in proxy.requests] == [b"CONNECT lucca.invalid:443 HTTP/1.1"] * 2
    assert not any(b"the-key" in head for head in proxy.requests)


@BOTH
async def test_a_proxy_that_resets_or_keeps_silent_gets_no_request(
    call: Call, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = RawServer(says(b"", then=Connection.reset), says(b""))
    async with proxy.serve() as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        error = await failure("https://lucca.invalid", call, clock, timeout=0.2)
    assert_never_sent(error, 2)
    assert len(proxy.requests) == 2


@pytest.mark.usefixtures("trusted")
@BOTH
async def test_through_a_proxy_a_post_is_sent_once(
    call: Call, clock: HurriedClock, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = RawServer(says(b"", then=Connection.reset))

    async def tunnels(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 200 Connected\r\n\r\n")
        await connection.join(server.port)

    proxy = RawServer(tunnels)
    async with server.serve(certified(authority, "lucca.invalid")), proxy.serve() as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        error = await failure("https://lucca.invalid", call, clock)
    assert type(error) is errors.OutcomeUnknown
    assert server.reached == len(error.attempts) == (2 if call.__name__ == "read" else 1)


@BOTH
async def test_this_machine_is_reached_without_the_proxy(
    call: Call, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = RawServer(says(answer(403))), RawServer(says(answer()))
    async with proxy.serve() as proxy_url, server.serve() as url:
        for name in PROXIES[:3]:
            monkeypatch.setenv(name, proxy_url)
        async with client(url, clock) as lucca:
            assert (await call(lucca)).id == 1
    assert (proxy.accepted, server.reached) == (0, 1)


def distrust() -> NoReturn:
    raise ssl.SSLCertVerificationError("of the caller")


async def test_an_error_that_the_caller_is_handling_is_not_taken_for_the_cause(clock: HurriedClock) -> None:
    server = RawServer(says(b"", then=Connection.close))
    async with server.serve() as url:
        try:
            distrust()
        except ssl.SSLCertVerificationError:
            error = await failure(url, read, clock)
    assert len(error.attempts) == 2
    assert "of the caller" not in str(error)


async def test_a_request_too_long_to_be_written_was_not_sent(clock: HurriedClock) -> None:
    server = RawServer(says(answer()))
    async with server.serve() as url:
        error = await failure(url, lambda lucca: lucca.tax_rates.list(date(2026, 1, 1), "F" * 70_000), clock)
    assert_never_sent(error, tries=1)
    assert server.reached == 0
