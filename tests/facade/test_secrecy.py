"""The key is only in the header of a request, and goes only to its own host."""

from __future__ import annotations

import asyncio
import copy
import html
import json
import logging
import pickle
import re
import traceback
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

import lucca_procurement
import lucca_procurement_api
from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import ConfigurationError, InvalidArgument, ProcurementError
from lucca_procurement.events import Event
from support.client import client_at, failure
from support.provoked_errors import PROVOKED, provoked
from support.raw_server import answer, raw_server
from support.samples import ONE_TIME, PURCHASE

KEY = "0f9e8d7c-Canary"
OURS = tuple(str(Path(package.__file__ or "").parent) for package in (lucca_procurement, lucca_procurement_api))


def shown(local: object) -> str:
    """Return the repr of an object, as a reporter of errors shows it. A half-made object may have none of its own."""
    try:
        return repr(local)
    except AttributeError:
        return object.__repr__(local)


def unescaped(text: str) -> str:
    """Undo what URLs, JSON and HTML do to a text."""
    plain = html.unescape(unquote(unquote(text)))
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), plain)


def places(value: Any, path: str = "it", seen: set[int] | None = None) -> Iterator[str]:
    """Yield each place below a value that has the key. A cut or lower-case key counts, too."""
    seen = set() if seen is None else seen
    if isinstance(value, str | bytes):
        text = value if isinstance(value, str) else value.decode("latin-1")
        if KEY[:6] in text or KEY.lower() in unescaped(text).lower():
            yield path
        return
    if id(value) in seen or value is None or isinstance(value, int | float | type):
        return
    seen.add(id(value))
    if KEY in repr(value):
        yield f"repr({path})"
    if isinstance(value, dict):
        for name, member in value.items():
            yield from places(name, f"{path}.keys()", seen)
            yield from places(member, f"{path}[{name!r}]", seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, member in enumerate(value):
            yield from places(member, f"{path}[{number}]", seen)
    names = [*getattr(value, "__dict__", ()), *getattr(type(value), "__slots__", ())]
    if isinstance(value, BaseException):
        yield from places(str(value), f"str({path})")
        names += ["args", "__cause__", "__context__", "__notes__"]
        for frame, _ in traceback.walk_tb(value.__traceback__):
            if frame.f_code.co_filename.startswith(OURS):
                for name, local in frame.f_locals.items():
                    yield from places(shown(local), f"{path}: {name} of {frame.f_code.co_qualname}")
    for name in names:
        yield from places(getattr(value, name, None), f"{path}.{name}", seen)


def assert_secret(*values: Any) -> None:
    for value in values:
        assert [*places(value)] == []
        assert KEY.encode() not in pickle.dumps(value)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[..., str]:
    """Return a function that returns the log at DEBUG, without the lines of the loggers that it is called with."""
    caplog.set_level(logging.DEBUG)

    def text(*without: str) -> str:
        kept = [record for record in caplog.records if not record.name.startswith(("emulator", *without))]
        shown = [f"{record.name} {record.getMessage()} {record.exc_text} {vars(record)}" for record in kept]
        return "\n".join(shown)

    return text


def test_places_with_hidden_key_returns_paths() -> None:
    inner = ValueError("no")
    inner.__dict__["body"] = {"a": [KEY]}
    outer = ProcurementError("no")
    outer.__context__ = inner
    outer.add_note(KEY.lower())
    assert any("__context__" in place for place in places(outer))
    assert any("__notes__" in place for place in places(outer))
    assert [*places(("x", KEY[:7]))] == ["it[1]"]


@pytest.mark.lucca_emulator(key=KEY)
@pytest.mark.parametrize("kind", PROVOKED)
async def test_error_of_each_class_holds_no_key(
    kind: type[ProcurementError], lucca_emulator: Emulator, logged: Callable[..., str]
) -> None:
    error = await provoked(kind, lucca_emulator)
    assert_secret(error, logged())
    assert error.operation is None or "httpcore" in logged() or kind is InvalidArgument


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "ftp://a"},
        {"base_url": "https://[::1"},
        {"timeout": 0},
        {"rate": 0},
        {"api_key": "{" + KEY + "}"},
        {"api_key": f"lucca application={KEY}"},
        {"api_key": KEY + "\n"},
    ],
    ids=str,
)
def test_error_of_invalid_setting_holds_no_key(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        LuccaProcurement(**{"base_url": "https://example.ilucca.net", "api_key": KEY, **wrong})
    assert_secret(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/authority.pem"),
        ("SSL_CERT_FILE", __file__),
        ("HTTPS_PROXY", "gopher://proxy"),
        ("ALL_PROXY", "socks5://proxy"),
        ("NO_PROXY", "[::1]:x"),
    ],
)
def test_error_of_environment_names_variable_without_key(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"the environment .*{name}") as caught:
        LuccaProcurement("https://example.ilucca.net", KEY)
    assert_secret(caught.value)


def in_frames(error: BaseException | None) -> Iterator[str]:
    """Find the key in the variables of all frames that a report of an error shows, those of other packages too."""
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for name, local in frame.f_locals.items():
                if KEY in shown(local):
                    yield f"{name} of {frame.f_code.co_qualname}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("stop", ["cancelled", "timed out"])
async def test_traceback_of_interrupted_call_holds_no_key(stop: str) -> None:
    found: list[BaseException] = []

    async def keep(call: Awaitable[object]) -> None:
        try:
            await call
        except BaseException as error:
            found.append(error)

    async with raw_server(None) as raw, client_at(raw.url, KEY, timeout=0.001 if stop == "timed out" else 30) as lucca:
        for moments in range(1, 61):
            call = lucca.purchases.get(1) if moments % 2 else lucca.purchases.create(PURCHASE)
            task = asyncio.ensure_future(keep(call))
            for _ in range(moments if stop == "cancelled" else 0):
                await asyncio.sleep(0)
            if stop == "cancelled":
                task.cancel()
            await asyncio.wait([task])
    assert len(found) > 50
    assert [place for error in found for place in in_frames(error)] == []


def problem_answer(status: int, **members: Any) -> bytes:
    return answer(status, json.dumps(members).encode(), Content_Type="application/problem+json")


ECHOES = {
    "text": answer(401, f"no such key: {KEY}".encode()),
    "title": problem_answer(401, title=KEY, detail=f"lucca application={KEY}"),
    "fields": problem_answer(400, title="No", errors={KEY: [KEY], "a": {"b": KEY}, "c": KEY}),
    "cut": answer(401, b"x" * (2_000 - 7) + KEY.encode()),
    "cut title": problem_answer(401, title="x" * (2_000 - 7) + KEY),
    "html": answer(200, f"<p>{KEY}".encode(), Content_Type="text/html"),
    "json": answer(200, f'{{"id": "{KEY}", "{KEY}": 1'.encode(), Content_Type="application/json"),
    "member": answer(201, json.dumps({KEY: KEY}).encode()),
    "headers": answer(401, X_Request_Id=KEY, Content_Type=KEY, Date=KEY, Retry_After=KEY, WWW_Authenticate=KEY),
    "cookie": answer(500, Set_Cookie=KEY, Server=KEY),
    "lower case": answer(401, f"no such key: {KEY.lower()}, {KEY.upper()}".encode()),
    "percent": problem_answer(401, title=quote(KEY.replace("-", "%2d")), detail="".join(f"%{ord(c):02X}" for c in KEY)),
    "percent twice": problem_answer(401, title="".join(f"%25{ord(c):02x}" for c in KEY)),
    "escaped": answer(401, ("no: " + "".join(f"\\u{ord(c):04X}" for c in KEY)).encode()),
    "escaped and lower": answer(401, ("no: " + "".join(f"\\u{ord(c):04x}" for c in KEY.lower())).encode()),
    "html entities": answer(401, ("".join(f"&#{ord(c)};" for c in KEY) + KEY.replace("-", "&#x2D;")).encode()),
    "cut and escaped": answer(401, b"x" * (16_000 - 30) + "".join(f"\\u{ord(c):04x}" for c in KEY).encode()),
    "many and cut": answer(401, "".join(f"\\u{ord(c):04x}" for c in KEY * 500).encode()),
    "name of a member": answer(200, json.dumps({"id": 1, "commitment": {"type": "x", KEY: [[]] * 2}}).encode()),
    "redirect": answer(302, Location=f"https://elsewhere.example/?{KEY}"),
    "compression": answer(200, b"x", Content_Encoding=KEY),
    "status line": f"HTTP/1.1 {KEY}\r\n\r\n".encode(),
    "reason": f"HTTP/1.1 401 {KEY}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode(),
    "length": f"HTTP/1.1 200 OK\r\nContent-Length: {KEY}\r\n\r\n".encode(),
    "chunk": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n".encode(),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
async def test_redaction_of_echoed_key_covers_errors_events_and_log(echo: bytes, logged: Callable[..., str]) -> None:
    events: list[Event] = []
    async with raw_server(echo) as raw, client_at(raw.url, KEY, retries=1, on_event=events.append) as lucca:
        for call in (lucca.purchases.get(1), lucca.purchases.create(PURCHASE)):
            assert_secret(await failure(call))
    assert f"authorization: lucca application={KEY}" in raw.texts[0].replace("Authorization", "authorization")
    # Here the server echoes the key. httpcore logs the headers of an answer at DEBUG, and httpx logs its reason.
    assert_secret(*events, logged("httpcore", "httpx"))
    assert len(events) >= 4


CONTROLS = "\x1b[2J \x9b2J a\u2028b a\u2029b a\x85b \u202edesrever \u2066x \u200f \ufeff \x00 \x7f \u061c"
ODD = re.compile("[^\\x20-\\x7e]")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(answer(401, CONTROLS.encode()), id="text"),
        pytest.param(problem_answer(401, title=CONTROLS, detail=CONTROLS, errors={CONTROLS: [CONTROLS]}), id="problem"),
        pytest.param(answer(200, json.dumps({"id": 1, "commitment": {CONTROLS: {}}}).encode()), id="wrong"),
        pytest.param(answer(200, b'{"id": 1, "' + CONTROLS[3:20].encode() + b'": ' + b"[" * 500), id="member"),
        pytest.param(answer(200, b"x", X_Request_Id="a\x85b\u2028c\x9bd", Content_Type="a\x85b\u2028c"), id="header"),
        pytest.param(answer(200, b"x", Content_Encoding="a\x85b\x9bc"), id="compression"),
        pytest.param("HTTP/1.1 2\x9b0\u2028\r\n\r\n".encode(), id="status line"),
        pytest.param(answer(200, b'{"id": 1}', Retry_After="\x9b"), id="no error at all"),
    ],
)
async def test_control_characters_from_server_are_escaped(said: bytes, logged: Callable[..., str]) -> None:
    events: list[Event] = []
    async with raw_server(said) as raw, client_at(raw.url, KEY, retries=0, on_event=events.append) as lucca:
        for call in (lucca.purchases.get(1), lucca.purchases.create(PURCHASE)):
            found = (await asyncio.gather(call, return_exceptions=True))[0]
            if isinstance(found, BaseException):
                assert isinstance(found, ProcurementError)
                texts = [str(found), repr(found), *(str(each) for each in vars(found).values())]
                assert not [text for text in texts if ODD.search(text.replace("\ufffd", ""))]
    shown = "".join(map(repr, events)) + logged("httpcore", "httpx").replace("\n", "")
    assert not ODD.search(shown)


@pytest.mark.lucca_emulator(key=KEY)
async def test_public_objects_events_and_log_hold_no_key(lucca_emulator: Emulator, logged: Callable[..., str]) -> None:
    events: list[Event] = []
    lucca_emulator.faults.add("*", "429", retry_after="1")
    async with client_at(lucca_emulator.url, KEY, on_event=events.append, rate=2) as lucca:
        paginator = lucca.purchases.iterate(page_size=100)
        purchases = [purchase async for purchase in paginator]
        resources = {name: value for name, value in vars(lucca).items() if not name.startswith("_")}
        assert len(resources) == 9
        for value in (lucca, paginator, *resources.values(), lucca.purchases.get, lucca._session.settings):
            assert KEY not in f"{value!r} {value!s} {vars(value) if hasattr(value, '__dict__') else ''}"
    assert_secret(*events, *purchases[:3], logged())
    assert {type(event).__name__ for event in events} == {
        "RequestSent",
        "RequestAnswered",
        "RequestRetried",
        "HeldBack",
    }


@pytest.mark.parametrize("make", [pickle.dumps, copy.copy, copy.deepcopy])
async def test_client_when_pickled_or_copied_raises_type_error(make: Callable[[Any], Any]) -> None:
    async with client_at("https://example.ilucca.net", KEY) as lucca:
        with pytest.raises(TypeError, match="a client holds a key and open connections: make another one") as caught:
            make(lucca)
    assert_secret(caught.value)


# ---- Only to its own host


@pytest.mark.parametrize("form", ["{}/cleemy-procurement/api/purchases?page=2", "//{}", "\\\\{}", "@{}", "../../{}"])
async def test_iterate_with_foreign_next_url_stays_on_own_host(form: str) -> None:
    last = answer(200, b'{"items": [], "next": null}')
    async with raw_server(last) as elsewhere:
        token = form.format(elsewhere.url if form.startswith("{}") else elsewhere.url.removeprefix("http://"))
        first = answer(200, json.dumps({"items": [], "next": token}).encode())
        async with raw_server(first, last) as raw, client_at(raw.url, KEY) as lucca:
            assert [item async for item in lucca.purchases.iterate()] == []
            assert [item async for item in lucca.purchases.iterate(start=token)] == []
    assert elsewhere.texts == []
    assert len(raw.texts) == 3
    path = "/cleemy-procurement/api/purchases?fields.root=next,count&"
    for request in raw.texts[1:]:
        assert request.startswith(f"GET {path}page={quote(token, safe='')}&limit=100 HTTP/1.1\r\n")


BAD_IDS: list[Any] = [
    "../x",
    "..",
    ".",
    "",
    "1/../2",
    "1?a=b",
    "1",
    "%2e%2e",
    "https://a.b",
    True,
    None,
    2**31,
    [1],
]


@pytest.mark.parametrize("bad", BAD_IDS, ids=repr)
async def test_id_other_than_integer_is_refused_before_sending(bad: Any) -> None:
    async with raw_server(answer(200)) as raw, client_at(raw.url, KEY) as lucca:
        for call in (
            lucca.purchases.get(bad),
            lucca.purchases.close(bad, comment="x", date=date(2025, 4, 14)),
            lucca.commitments.create(bad, ONE_TIME),
            lucca.requests.create(bad),
            lucca.requests.cancel(bad, comment="x"),
        ):
            error = await failure(call)
            assert isinstance(error, InvalidArgument)
            assert "expected an integer" in str(error)
    assert raw.texts == []
