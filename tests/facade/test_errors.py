"""Errors as a caller meets them: the right one, plain data, and a message for a ticket."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from lucca_procurement import LuccaProcurement, errors
from lucca_procurement.emulator import Emulator
from lucca_procurement.errors import Attempt, OutcomeUnknown, ProcurementError, RateLimited
from lucca_procurement.events import Event
from support.client import client_at, failure
from support.clock import HurriedClock
from support.provoked_errors import PROVOKED, provoked
from support.raw_server import answer, raw_server
from support.samples import PURCHASE

OWN_CALLS = [
    errors.ConfigurationError,
    errors.NoTaxRate,
    errors.OrderIncomplete,
    errors.OrderNotApproved,
    errors.StillPending,
    errors.StoreFailed,
    errors.Superseded,
]
"""The errors that are not about a single request."""
PROBLEM = "application/problem+json"
COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


async def refusal(status: int, body: bytes, content_type: str = PROBLEM, **headers: str) -> Any:
    """Return the error of a read that gets this answer."""
    async with (
        raw_server(answer(status, body, content_type=content_type, **headers)) as raw,
        client_at(raw.url, retries=0) as lucca,
    ):
        return await failure(lucca.purchases.get(1))


def test_error_tree_matches_docstring() -> None:
    branches = [ProcurementError]
    drawn = {}
    for indent, name in re.findall(r"(?m)^ {4}([│ ]*)[├└]── (\w+)", errors.__doc__ or ""):
        kind = getattr(errors, name)
        branches[len(indent) // 4 + 1 :] = [kind]
        drawn[kind] = branches[-2]
    for kind, parent in drawn.items():
        ours = [base for base in kind.__mro__[1:] if base in (ProcurementError, *drawn)]
        assert ours[0] is parent
    assert {"ProcurementError", "Attempt", *(kind.__name__ for kind in drawn)} == set(errors.__all__)
    assert set(PROVOKED) == set(drawn)


@pytest.mark.parametrize("kind", PROVOKED)
async def test_error_of_each_class_is_plain_copyable_data(
    kind: type[ProcurementError], lucca_emulator: Emulator
) -> None:
    error = await provoked(kind, lucca_emulator)
    assert error.__context__ is error.__cause__
    assert (error.__cause__ is not None) is (kind in (errors.OrderIncomplete, errors.StoreFailed))
    # The cause of StoreFailed is an error of the caller's own code, which may be one that cannot be copied.
    copied = error.__cause__ if isinstance(error.__cause__, ProcurementError) else None
    assert (error.__cause__ is copied) is (kind is not errors.StoreFailed)
    assert bool(error.attempts) is (error.operation is not None and kind is not errors.PageCycle)
    for make in COPIES.values():
        twin = make(error)
        assert type(twin) is kind
        assert (str(twin), repr(twin), twin.__dict__) == (str(error), repr(error), error.__dict__)
        assert repr(twin.__cause__) == repr(copied)


@pytest.mark.parametrize("kind", [kind for kind in PROVOKED if kind not in OWN_CALLS])
async def test_error_message_names_call_and_advice(kind: type[ProcurementError], lucca_emulator: Emulator) -> None:
    error = await provoked(kind, lucca_emulator)
    said = str(error)
    assert kind.advice in said
    assert "\n" not in said
    assert ".." not in said.replace("...", "")
    if error.operation:
        assert said.startswith(f"{error.operation} ({error.method} {error.host}{error.path}): ")
        assert said.endswith(f" Tries: {'; '.join(_numbered(error))}. Request id: {error.request_id}.")
        assert re.fullmatch("[0-9a-f]{32}", error.request_id or "")
    status = getattr(error, "status", None)
    assert status is None or f"answered {status}" in said


def _numbered(error: ProcurementError) -> list[str]:
    return [f"{number}: {each}" for number, each in enumerate(error.attempts, 1)]


async def test_error_message_of_422_has_fields_tries_and_request_id() -> None:
    body = {"title": "Invalid order", "detail": "See the members.", "errors": {"OwnerId": ["Left.", "Gone."], "a": "b"}}
    async with (
        raw_server(
            answer(429, b"busy", Retry_After="1.5"), answer(421), answer(422, json.dumps(body).encode(), X_Id="1")
        ) as raw,
        client_at(raw.url) as lucca,
    ):
        error = await failure(lucca.purchases.create(PURCHASE))
    assert isinstance(error, errors.BadRequest)
    second = error.attempts[1].wait
    assert second is not None
    assert str(error) == (
        f"create_purchase (POST {raw.url[7:]}/cleemy-procurement/api/purchases): answered 422: Invalid order: "
        "See the members.; OwnerId: Left. Gone.; a: b. Nothing was done: correct what the server names. "
        f"Tries: 1: 429, then 1.5 s of waiting; 2: 421, then {second:.1f} s of waiting; 3: 422. "
        f"Request id: {error.request_id}."
    )
    assert (error.title, error.detail) == ("Invalid order", "See the members.")
    assert error.fields == {"OwnerId": ("Left.", "Gone."), "a": ("b",)}
    assert error.attempts == (Attempt(status=429, wait=1.5), Attempt(status=421, wait=second), Attempt(status=422))
    assert PURCHASE.title not in str(error)


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
async def test_order_incomplete_when_copied_keeps_cause(make: Callable[[Any], Any], lucca_emulator: Emulator) -> None:
    stopped = await provoked(errors.OrderIncomplete, lucca_emulator)
    cause = stopped.__cause__
    assert isinstance(cause, RateLimited)
    twin = make(make(stopped))
    assert type(twin.__cause__) is RateLimited
    assert str(twin.__cause__) == str(cause)
    assert twin.__cause__.attempts == cause.attempts
    assert len(cause.attempts) == 1
    assert (twin.order, twin.step) == (stopped.order, stopped.step)  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]


def test_outcome_unknown_when_accepted_has_other_advice() -> None:
    made = OutcomeUnknown("cut", accepted=True, status=201, candidates=[])
    for make in COPIES.values():
        assert make(made).advice == made.advice != OutcomeUnknown.advice
        assert make(made).accepted


# ---- Bodies


@pytest.mark.parametrize(
    ("body", "said", "title"),
    [
        (b"", "answered 400: (no body). Nothing", None),
        (b"Bad things happened", "answered 400: Bad things happened. Nothing", None),
        (b'{"Title": "No", "Detail": "Never"}', 'answered 400: {"Title": "No", "Detail": "Never"}. Nothing', None),
        (b'{"title": "No", "errors": {"Date": ["Missing."]}}', "answered 400: No; Date: Missing. Nothing", "No"),
        (b'{"title": "No", "errors": {"date": "x", "n": 5, "o": [{}]}}', "400: No; date: x; n: 5; o: {}. Not", "No"),
        (b'{"title": "No", "errors": ["a"]}', "answered 400: No. Nothing", "No"),
        (b'{"title": "No", "errors": null, "status": "x"}', "answered 400: No. Nothing", "No"),
        (b'{"title": null, "detail": "Never"}', "answered 400: Never. Nothing", None),
        (b'{"title": 5, "detail": "Never"}', 'answered 400: {"title": 5, "detail": "Never"}. Nothing', None),
        (b"[1]", "answered 400: [1]. Nothing", None),
        (b"null", "answered 400: null. Nothing", None),
        (b'"no"', 'answered 400: "no". Nothing', None),
        (b'{"title": "No"', 'answered 400: {"title": "No". Nothing', None),
        (b"\xff\xfe\x00", "answered 400: \ufffd\ufffd\\x00. Nothing", None),
        (b"a\r\nb\x1b[2J", r"answered 400: a\r\nb\x1b[2J. Nothing", None),
        (
            rb'{"title": "a\nb\u001b[2J", "errors": {"c\nd": ["e\nf"]}}',
            r"400: a\nb\x1b[2J; c\nd: e\nf. No",
            r"a\nb\x1b[2J",
        ),
        (b"[" * 100_000, "answered 400: [[[[", None),
        (b'{"title": ' + b"9" * 5_000 + b"}", 'answered 400: {"title": 999', None),
    ],
)
async def test_bad_request_with_any_body_has_message(body: bytes, said: str, title: str | None) -> None:
    error = await refusal(400, body)
    assert type(error) is errors.BadRequest
    assert said in str(error)
    assert error.title == title


@pytest.mark.parametrize(
    "body",
    [
        b"x" * 5_000,
        b"\x01" * 5_000,
        "é😀".encode() * 5_000,
        json.dumps({"title": "t" * 5_000}).encode(),
        json.dumps({"detail": "d" * 5_000}).encode(),
        json.dumps({"errors": {"e" * 5_000: ["m" * 5_000] * 50}}).encode(),
        json.dumps({"errors": {f"{number}": ["m" * 1_000] for number in range(50)}}).encode(),
    ],
    ids=["text", "control", "wide", "title", "detail", "field", "fields"],
)
async def test_error_texts_of_long_body_are_cut_at_2000_characters(body: bytes) -> None:
    error = await refusal(400, body)
    for text in (error.body, error.title or "", error.detail or "", *error.fields):
        assert len(text) <= 2_000 + len(" ...")
    assert len(error.body) >= 1_900
    assert error.body.endswith(" ...")
    assert len(str(error)) < 2_500


async def test_error_body_of_2000_characters_is_whole() -> None:
    error = await refusal(400, b"x" * 2_000)
    assert error.body == "x" * 2_000


async def test_decode_error_of_wrong_type_names_member() -> None:
    error = await refusal(200, b'{"id": 1, "owner": {"id": "five"}}', "application/json")
    assert type(error) is errors.DecodeError
    assert (error.member, error.expected, error.status) == ("owner.id", "an integer", 200)
    assert "owner.id: expected an integer, found a string" in str(error)


@pytest.mark.parametrize(
    "call",
    [
        lambda lucca: lucca.purchases.close(1, comment="paid", date=date(2026, 1, 1)),
        lambda lucca: lucca.requests.cancel(1, comment="no"),
        lambda lucca: lucca.purchases.create(PURCHASE),
    ],
)
async def test_post_answered_with_html_page_is_not_accepted(call: Callable[[LuccaProcurement], Any]) -> None:
    page = answer(200, b"\r\n<!doctype html><p>Log in", Content_Type="text/html; charset=utf-8")
    async with raw_server(page) as raw, client_at(raw.url) as lucca:
        error = await failure(call(lucca))
    assert isinstance(error, OutcomeUnknown)
    assert (error.status, error.accepted) == (200, False)
    assert "<!doctype html>" in str(error)


@pytest.mark.parametrize("body", [b"", b"{}", b"Done"])
async def test_cancel_answered_with_html_type_but_no_page_succeeds(body: bytes) -> None:
    async with raw_server(answer(200, body, Content_Type="text/html")) as raw, client_at(raw.url) as lucca:
        await lucca.requests.cancel(1, comment="no")


@pytest.mark.parametrize("status", [201, 202, 204, 206, 299])
async def test_read_with_undocumented_success_raises_decode_error(status: int) -> None:
    error = await refusal(status, b"")
    assert type(error) is errors.DecodeError
    assert error.status == status


async def test_decode_error_of_cut_answer_advises_to_read_again() -> None:
    cut = answer(200, b'{"id": 1}')[:-1]
    async with raw_server(cut) as raw, client_at(raw.url) as lucca:
        error = await failure(lucca.purchases.get(1))
    assert type(error) is errors.DecodeError
    assert "read it again later" in str(error)
    assert errors.DecodeError.advice not in str(error)


async def test_bad_request_with_many_fields_is_cut() -> None:
    fields = {f"f{number}": ["m" * 100] * 9 for number in range(999)}
    error = await refusal(400, json.dumps({"errors": fields}).encode())
    assert isinstance(error, errors.BadRequest)
    assert error.fields["f0"] == ("m" * 100,) * 9
    assert len(pickle.dumps(error)) < 10_000


class NeedsTwo(Exception):
    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} {two}")


async def test_error_with_uncopyable_limiter_cause_is_copyable() -> None:
    class Broken:
        async def acquire(self) -> None:
            raise NeedsTwo("no", "bucket")

    async with client_at("http://127.0.0.1:9", rate=Broken()) as lucca:
        error = await failure(lucca.purchases.get(1))
    assert type(error.__cause__) is NeedsTwo
    for make in COPIES.values():
        assert str(make(error)) == str(error)
        assert make(error).__cause__ is None


# ---- Statuses

BY_STATUS: dict[int, type[ProcurementError]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    422: errors.BadRequest,
    429: errors.RateLimited,
}


KNOWN_TO_HAVE_DONE_NOTHING = {
    *(400, 401, 403, 404, 405, 409, 410, 411, 413, 414, 415, 422, 431, 501, 505),
    *(421, 425, 429),
}


def refused_as(status: int) -> type[ProcurementError]:
    return errors.ServerError if status >= 500 else BY_STATUS.get(status, errors.ResponseError)


@pytest.mark.parametrize("hundred", [400, 500])
async def test_status_4xx_or_5xx_raises_matching_class(hundred: int) -> None:
    met: dict[int, tuple[type, type]] = {}
    expected: dict[int, tuple[type, type]] = {}
    everything = [answer(status) for status in range(hundred, hundred + 100) for _ in range(2)]
    async with raw_server(*everything) as raw, client_at(raw.url, retries=0) as lucca:
        for status in range(hundred, hundred + 100):
            read = await failure(lucca.purchases.get(1))
            created = await failure(lucca.purchases.create(PURCHASE))
            assert read.status == created.status == status  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
            met[status] = (type(read), type(created))
            unknown = status not in KNOWN_TO_HAVE_DONE_NOTHING
            expected[status] = (refused_as(status), OutcomeUnknown if unknown else refused_as(status))
    assert met == expected


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_redirect_raises_error_and_is_not_followed(status: int) -> None:
    async with raw_server(answer(200, b'{"id": 1}')) as elsewhere:
        moved = answer(status, Location=f"{elsewhere.url}/cleemy-procurement/api/purchases/1")
        async with raw_server(moved) as raw, client_at(raw.url) as lucca:
            read = await failure(lucca.purchases.get(1))
            created = await failure(lucca.purchases.create(PURCHASE))
    assert (type(read), type(created)) == (errors.ResponseError, OutcomeUnknown)
    assert "Redirects are not followed: check the base URL" in str(read)
    assert elsewhere.texts == []
    assert len(raw.texts) == 2


# ---- Waiting, and not


@pytest.mark.parametrize(
    ("form", "seconds"),
    [
        pytest.param("121", 121.0, id="above the bound"),
        pytest.param("30000", 30_000.0, id="milliseconds"),
        pytest.param("1763740000", 1_763_740_000.0, id="epoch seconds"),
    ],
)
async def test_retry_after_above_bound_raises_and_holds_client_120_s(
    form: str, seconds: float, lucca_emulator: Emulator
) -> None:
    lucca_emulator.faults.add("get_purchase", "429", retry_after=form)
    events: list[Event] = []
    clock = HurriedClock()
    async with client_at(lucca_emulator.url, on_event=events.append, clock=clock) as lucca:
        first = await failure(lucca.purchases.get(1_001))
        assert isinstance(first, RateLimited)
        assert first.retry_after == seconds
        assert f"(come back in {seconds:.0f} s)" in str(first)
        clock.now += 119.0
        second = await failure(lucca.natures.iterate().__aiter__().__anext__())
        assert isinstance(second, RateLimited)
        assert second.retry_after == seconds - 119.0
        assert second.attempts == ()
        assert f"not sent: the server asked to wait, and {seconds - 119:.0f} s of that are left" in str(second)
        assert len(lucca_emulator.log) == 1
        clock.now += 1.0
        await lucca.purchases.get(1_001)
    assert clock.slept == []
    assert sum(type(event).__name__ == "RequestSent" for event in events) == 2


async def test_retry_after_with_date_of_2099_raises_at_once() -> None:
    error = await refusal(429, b"", Date="Sat, 01 Nov 2025 00:00:00 GMT", Retry_After="Thu, 01 Jan 2099 00:00:00 GMT")
    assert type(error) is RateLimited
    assert error.retry_after == 2_308_953_600.0


async def test_retry_after_with_date_uses_server_clock() -> None:
    dates = {"Date": "Mon, 01 Jan 2024 00:00:00 GMT", "Retry_After": "Mon, 01 Jan 2024 00:05:00 GMT"}
    error = await refusal(429, b"", **dates)
    assert error.retry_after == 300.0


async def test_retry_after_of_error_is_seconds_or_none() -> None:
    assert (await refusal(503, b"", Retry_After="7")).retry_after == 7.0
    assert (await refusal(503, b"", Retry_After="soon")).retry_after is None
    assert (await refusal(429, b"")).retry_after is None


@pytest.mark.parametrize("call", [lambda lucca: lucca.purchases.get(1), lambda lucca: lucca.purchases.create(PURCHASE)])
async def test_cancelled_call_raises_plain_cancelled_error(call: Callable[[LuccaProcurement], Any]) -> None:
    async with raw_server(None) as raw, client_at(raw.url) as lucca:
        task = asyncio.ensure_future(call(lucca))
        await raw.received()
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError, match=r"^enough$") as caught:
            await task
    assert type(caught.value) is asyncio.CancelledError
    assert not any(isinstance(each, ProcurementError) for each in (caught.value.__cause__, caught.value.__context__))
    assert len(raw.texts) == 1
