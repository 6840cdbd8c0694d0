"""The settings of a client, and its lifetime."""

from __future__ import annotations

import asyncio
import functools
import gc
import subprocess
import sys
import threading
from decimal import Decimal
from typing import Any

import httpx
import pytest

from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import ConfigurationError, OutcomeUnknown
from support.addresses import HOST
from support.client import client_at, failure
from support.clock import HurriedClock
from support.raw_server import answer, raw_server
from support.samples import PURCHASE

KEY = "0f9e8d7c-canary"
SECRETS = (KEY, "s3cret")


async def hook(_event: object) -> None: ...


class Hook:
    async def __call__(self, _event: object) -> None: ...


HUGE = (1e999999999, Decimal("1e999999999"), Decimal("NaN"))
WRONG: list[tuple[str, Any, str]] = [
    *(("base_url", url, "is missing: pass it as text") for url in ("", 5, b"https://example.ilucca.net", ["x"])),
    *(("base_url", url, "has no scheme https") for url in ("example.ilucca.net", "example:443", "//a.b", "ftp://a.b")),
    *(
        ("base_url", url, "is http: .* Use https")
        for url in (
            "http://example.ilucca.net",
            "http://localhost.ilucca.net",
            "http://127.0.0.1.ilucca.net",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://[::2]",
        )
    ),
    *(("base_url", f"https://{who}@a.b", "holds a user or a password") for who in ("s3cret", "user:s3cret", "")),
    *(("base_url", HOST + end, r"must end before \? and #") for end in ("?a=b", "#a", "?", "#", "/?s3cret")),
    *(
        ("base_url", url, "still has its braces: put your account's name")
        for url in ("https://{account}.x", HOST + "/}")
    ),
    *(
        ("base_url", url, "has characters that no URL has; it must be as")
        for url in (
            HOST + "\n",
            " " + HOST,
            HOST + "/a b",
            "https://é.net",
            HOST + "\x00",
            "\t" + HOST,
            "https://a\u2028b",
        )
    ),
    *(("base_url", url, "has no host") for url in ("https://", "https:///a", "https://:443", HOST + ":0")),
    *(("base_url", url, "cannot be read") for url in (HOST + ":x", HOST + ":70000", "https://[::1", "https://[x]")),
    *(("api_key", key, "is missing: pass it as text") for key in ("", 5, KEY.encode(), [KEY], True)),
    *(("api_key", key, r"still has the braces .* pass the key alone") for key in ("{" + KEY + "}", KEY + "}")),
    *(
        ("api_key", prefix + KEY, "must be the key alone")
        for prefix in ("lucca application=", "Lucca application=", "lucca ", "Bearer ", "application=")
    ),
    *(
        ("api_key", key, "has spaces, line ends or characters that no key has")
        for key in (
            KEY + "\n",
            " " + KEY,
            KEY + "\r\nX-Evil: 1",
            KEY + "é",
            KEY + "\x7f",
            "\x00" + KEY,
            " ",
            KEY + " b",
        )
    ),
    *(
        ("timeout", value, "must be a number of seconds above 0")
        for value in (0, -1, float("nan"), float("inf"), -float("inf"), True, "30", None, Decimal(30), 10**400)
    ),
    *((name, value, "must be a number of seconds") for name in ("timeout", "settle") for value in HUGE),
    *(("rate", value, "must be a number of requests per minute") for value in HUGE),
    *(("retries", value, "must be a whole number") for value in HUGE),
    *(
        ("settle", value, "must be a number of seconds from 0")
        for value in (-0.1, float("nan"), float("inf"), False, "30", None, 10**400)
    ),
    *(("retries", value, "must be a whole number from 0") for value in (-1, 1.0, True, "3", None, float("nan"))),
    *(
        ("rate", value, "must be a number of requests per minute from 1, an object with `async acquire")
        for value in (0, -1, 50.0, True, "50", float("nan"), object(), asyncio, 10**400)
    ),
    *(("app", app, "must be text as my-app/1.2") for app in ("", "  ", "a\nb", "café/1", 5, b"a/1", "a\r\nX-Evil: 1")),
    *(
        ("on_event", value, "must be a plain function of one argument")
        for value in (hook, functools.partial(hook), Hook(), Hook().__call__, 5, "print")
    ),
    *(("transport", value, "must have `async handle_async_request") for value in (5, object(), "x")),
    *(
        ("commitment_path", value, "must be 'auto', 'by-kind', 'purchase'")
        for value in ("both", "", None, 5, ["purchase"], "Purchase")
    ),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG, ids=lambda each: str(each)[:30].partition(" at ")[0])
def test_setting_with_invalid_value_raises_configuration_error(name: str, value: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} {said}") as caught:
        LuccaProcurement(**{"base_url": HOST, "api_key": KEY, name: value})
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_configuration_error_message_ends_with_full_stop() -> None:
    with pytest.raises(ConfigurationError) as caught:
        LuccaProcurement("https://", KEY)
    assert str(caught.value).endswith("it must be as https://example.ilucca.net.")


FINE = {
    HOST: HOST,
    f"{HOST}/": HOST,
    f"{HOST}///": HOST,
    "HTTPS://Example.ILUCCA.net": HOST,
    f"{HOST}:8443": f"{HOST}:8443",
    f"{HOST}/proxy/lucca/": f"{HOST}/proxy/lucca",
    "https://acme.ilucca-test.net": "https://acme.ilucca-test.net",
    "https://acme.ilucca-demo.ch": "https://acme.ilucca-demo.ch",
    "https://acme-one.sandbox.eu1.luccasoftware.com": "https://acme-one.sandbox.eu1.luccasoftware.com",
    "https://10.0.0.1": "https://10.0.0.1",
    "http://localhost:8080": "http://localhost:8080",
    "http://LOCALHOST": "http://localhost",
    "http://127.0.0.1:9/": "http://127.0.0.1:9",
    "http://127.1.2.3": "http://127.1.2.3",
    "http://[::1]:8080/": "http://[::1]:8080",
    "https://[2001:db8::1]": "https://[2001:db8::1]",
}


@pytest.mark.parametrize(("given", "used"), FINE.items())
async def test_base_url_in_valid_form_is_normalized(given: str, used: str) -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"id": 1})

    async with client_at(given, KEY, transport=httpx.MockTransport(handle)) as lucca:
        await lucca.purchases.get(1)
    assert seen == [f"{used}/cleemy-procurement/api/purchases/1"]


class Limiter:
    async def acquire(self) -> None: ...


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": 0.001},
        {"timeout": 5},
        {"retries": 0},
        {"settle": 0},
        {"rate": 1},
        {"rate": None},
        {"rate": Limiter()},
        {"app": "my-app/1.2 (team)"},
        {"on_event": print},
        {"on_event": [].append},
        {"commitment_path": "commitments"},
    ],
    ids=lambda settings: str(settings).partition(" at ")[0],
)
async def test_setting_with_valid_value_is_accepted(settings: dict[str, Any]) -> None:
    async with LuccaProcurement(HOST, KEY, **settings):
        pass


async def test_base_url_and_api_key_default_to_environment(
    monkeypatch: pytest.MonkeyPatch, lucca_emulator: Emulator
) -> None:
    monkeypatch.setenv("LUCCA_BASE_URL", "https://nobody.ilucca.net")
    monkeypatch.setenv("LUCCA_API_KEY", "nobody's")
    async with LuccaProcurement(lucca_emulator.url, lucca_emulator.key) as lucca:
        await lucca.purchases.get(1_001)
    monkeypatch.setenv("LUCCA_BASE_URL", lucca_emulator.url or "")
    monkeypatch.setenv("LUCCA_API_KEY", lucca_emulator.key)
    async with LuccaProcurement() as lucca:
        await lucca.purchases.get(1_001)


@pytest.mark.parametrize("name", ["LUCCA_BASE_URL", "LUCCA_API_KEY"])
@pytest.mark.parametrize("value", [None, ""])
def test_base_url_or_api_key_if_missing_names_variable(
    name: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUCCA_BASE_URL", HOST)
    monkeypatch.setenv("LUCCA_API_KEY", KEY)
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"^{name.removeprefix('LUCCA_').lower()} is missing: .* set {name}"):
        LuccaProcurement()
    # An empty argument is a mistake, which the environment must not hide.
    monkeypatch.setenv(name, HOST)
    with pytest.raises(ConfigurationError, match="is missing"):
        LuccaProcurement("", "") if name == "LUCCA_BASE_URL" else LuccaProcurement(HOST, "")


async def test_client_repr_has_host_and_rate_without_key() -> None:
    for rate, said in ((50, "50"), (None, "None"), (Limiter(), "'Limiter'")):
        async with LuccaProcurement(f"{HOST}:8443/path", KEY, rate=rate) as lucca:
            assert repr(lucca) == str(lucca) == f"LuccaProcurement('example.ilucca.net:8443', rate={said})"


async def test_setting_with_largest_value_works_in_call(lucca_emulator: Emulator) -> None:
    most = {"timeout": sys.float_info.max, "settle": sys.float_info.max, "rate": sys.maxsize, "retries": sys.maxsize}
    async with LuccaProcurement(lucca_emulator.url, lucca_emulator.key, **most) as lucca:  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        assert (await lucca.purchases.get(1_001)).id == 1_001


async def test_client_with_transport_makes_no_tls_context(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(**_: object) -> None:
        raise AssertionError("it takes 20 ms")

    for module in ("httpx", "httpx._config", "httpx._transports.default"):
        monkeypatch.setattr(f"{module}.create_ssl_context", make, raising=False)
    monkeypatch.setattr("ssl.create_default_context", make)
    async with client_at(HOST, transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"id": 1}))) as lucca:
        assert (await lucca.purchases.get(1)).id == 1


def test_import_of_facade_has_no_side_effects() -> None:
    code = """
import asyncio, os, socket, sys, threading
asyncio.new_event_loop = asyncio.set_event_loop = None
done, read = [], []
sys.addaudithook(lambda event, _: event.startswith(("socket.", "subprocess.", "os.system")) and done.append(event))
threading.Thread.start = lambda self: done.append("thread")
get = os._Environ.__getitem__
os._Environ.__getitem__ = lambda self, name: read.append(name) or get(self, name)
import lucca_procurement, lucca_procurement.events
print(done, [name for name in read if "LUCCA" in name.upper()])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]
    assert done.stderr == ""


async def test_client_when_created_starts_no_thread_and_no_task(lucca_emulator: Emulator) -> None:
    before = (threading.active_count(), len(asyncio.all_tasks()))
    async with client_at(lucca_emulator.url):
        assert (threading.active_count(), len(asyncio.all_tasks())) == before
        assert not lucca_emulator.log


# ---- Lifetime


async def test_client_after_close_refuses_calls(lucca_emulator: Emulator) -> None:
    async with client_at(lucca_emulator.url) as lucca:
        await lucca.purchases.get(1_001)
    for call in (lucca.purchases.get(1_001), lucca.purchases.create(PURCHASE), lucca.__aenter__()):
        error = await failure(call)
        assert isinstance(error, ConfigurationError)
        assert "the client is closed: make another one" in str(error)
    await lucca.aclose()
    await lucca.aclose()
    assert len(lucca_emulator.log) == 1


async def test_client_after_error_in_with_block_is_closed() -> None:
    lucca = client_at(HOST)
    with pytest.raises(LookupError):
        async with lucca:
            raise LookupError
    assert isinstance(await failure(lucca.purchases.get(1)), ConfigurationError)


def forget(clients: list[LuccaProcurement]) -> None:
    clients.clear()
    gc.collect()


def test_client_left_open_emits_resource_warning() -> None:
    forgotten = [LuccaProcurement(HOST, KEY)]
    with pytest.warns(ResourceWarning, match=r"^unclosed client of example.ilucca.net: use `async with`") as warned:
        forget(forgotten)
    assert KEY not in str(warned[0].message)


def test_client_in_second_event_loop_is_refused() -> None:
    lucca = client_at(HOST, transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"id": 1})))

    clients = [lucca]

    async def use() -> None:
        await clients[0].purchases.get(1)
        await clients[0].purchases.get(1)

    asyncio.run(use())
    for again in (use, lambda: clients[0].aclose(), lambda: clients[0].__aenter__()):
        with pytest.raises(ConfigurationError, match=r"another event loop, .* make one for each loop"):
            asyncio.run(again())
    del lucca
    with pytest.warns(ResourceWarning, match="unclosed client"):
        forget(clients)


def test_client_without_use_closes_in_any_event_loop() -> None:
    lucca = client_at(HOST)
    asyncio.run(lucca.aclose())
    asyncio.run(lucca.aclose())


async def test_aclose_during_read_raises_configuration_error() -> None:
    async with raw_server(None) as raw:
        lucca = client_at(raw.url)
        call = asyncio.ensure_future(lucca.purchases.get(1))
        await raw.received()
        await lucca.aclose()
        error = await failure(call)
    assert isinstance(error, ConfigurationError)
    assert len(raw.texts) == 1


async def test_aclose_during_create_raises_outcome_unknown() -> None:
    async with raw_server(None) as raw:
        lucca = client_at(raw.url)
        call = asyncio.ensure_future(lucca.purchases.create(PURCHASE))
        await raw.received()
        await lucca.aclose()
        error = await failure(call)
    assert isinstance(error, OutcomeUnknown)
    assert len(raw.texts) == 1


async def test_aclose_during_wait_for_rate_sends_nothing() -> None:
    class Closing(HurriedClock):
        async def sleep(self, seconds: float, /) -> None:
            await lucca.aclose()
            await super().sleep(seconds)

    events: list[object] = []
    async with raw_server(answer(200, b'{"id": 1}')) as raw:
        lucca = client_at(raw.url, rate=1, clock=Closing(), on_event=events.append)
        await lucca.purchases.get(1)
        assert isinstance(await failure(lucca.purchases.create(PURCHASE)), ConfigurationError)
    assert len(raw.texts) == 1
    assert [type(event).__name__ for event in events] == ["RequestSent", "RequestAnswered", "HeldBack"]
