"""Retries: the table of outcomes, cell by cell, and the waits."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from lucca_procurement._wire.retry import (
    WINDOW,
    AttemptFacts,
    Failure,
    Outcome,
    Retries,
    backoff,
    may_repeat,
    outcome,
    retry_after,
    server_time,
)

NOW = 1_750_000_000.0
THROTTLED = {421, 425, 429}
REJECTED = {400, 401, 403, 404, 405, 409, 410, 411, 413, 414, 415, 422, 431, 501, 505}
SUCCESS = {200, 201, 202, 204, 206, 299}
UNKNOWN = {*range(100, 200), *range(300, 1000)} - THROTTLED - REJECTED
READ_AGAIN = {408, 502, 503, 504} | THROTTLED


def answered(status: int, retry_after: str | None = None, failure: Failure | None = None) -> AttemptFacts:
    return AttemptFacts(sent=True, status=status, retry_after=retry_after, failure=failure)


@pytest.mark.parametrize("failure", Failure)
def test_outcome_without_answer_depends_on_sent(failure: Failure) -> None:
    never, unknown = AttemptFacts(sent=False, failure=failure), AttemptFacts(sent=True, failure=failure)
    assert (outcome(never), outcome(unknown)) == (Outcome.NEVER_SENT, Outcome.UNKNOWN)
    transport = failure is Failure.TRANSPORT
    assert may_repeat(never, read=True) is transport
    assert may_repeat(never, read=False) is transport
    assert may_repeat(unknown, read=True) is transport
    assert may_repeat(unknown, read=False) is False


KINDS = [
    (Outcome.THROTTLED, THROTTLED),
    (Outcome.REJECTED, REJECTED),
    (Outcome.UNKNOWN, UNKNOWN),
    (Outcome.SUCCESS, SUCCESS),
]


@pytest.mark.parametrize(("expected", "statuses"), KINDS, ids=[kind.name for kind, _ in KINDS])
@pytest.mark.parametrize("failure", [None, *Failure])
@pytest.mark.parametrize("after", [None, "0", "1", "3600", formatdate(NOW, usegmt=True), "soon"])
def test_outcome_with_answer_depends_on_status_alone(
    expected: Outcome, statuses: set[int], failure: Failure | None, after: str | None
) -> None:
    cut = expected is Outcome.SUCCESS and failure is Failure.TRANSPORT
    for status in statuses:
        one = answered(status, after, failure)
        assert outcome(one) is expected
        assert may_repeat(one, read=False) is (status in THROTTLED)
        assert may_repeat(one, read=True) is (status in READ_AGAIN or cut)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("-0", 0.0),
        ("3", 3.0),
        (" 3 ", 3.0),
        ("0.25", 0.25),
        ("1e1", 10.0),
        ("121", 121.0),
        ("86400", 86400.0),
        (formatdate(NOW + 45, usegmt=True), 45.0),
        (formatdate(NOW + 45), 45.0),
        (formatdate(NOW - 45, usegmt=True), 0.0),
        (formatdate(NOW + 7200, usegmt=True), 7200.0),
        ("Sunday, 15-Jun-25 15:07:25 GMT", 45.0),
        ("-1", None),
        ("-0.001", None),
        ("inf", None),
        ("-inf", None),
        ("nan", None),
        ("1e999", None),
        ("soon", None),
        ("3 seconds", None),
        ("3, 4", None),
        ("Mon, 99 Foo 2025 00:00:00 GMT", None),
        ("Sun, 15 Jun 99999999999999 15:06:40 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 251652387139.0),
        ("9" * 5000, None),
    ],
)
def test_retry_after_in_each_form_returns_seconds(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_retry_after_with_date_uses_server_time() -> None:
    servers = server_time(formatdate(NOW - 3600, usegmt=True))
    assert servers is not None
    assert servers == NOW - 3600
    assert retry_after(formatdate(NOW - 3590, usegmt=True), servers) == 10.0


@pytest.mark.parametrize("date", [None, "", "yesterday", "12", "Mon, 99 Foo 2025 00:00:00 GMT"])
def test_server_time_of_invalid_date_is_none(date: str | None) -> None:
    assert server_time(date) is None


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0), (10, 8.0), (10_000, 8.0)]
)
def test_backoff_is_random_up_to_doubling_bound(attempt: int, longest: float) -> None:
    assert [backoff(attempt, chance) for chance in (0.0, 0.25, 0.5, 1.0)] == [
        0.0,
        longest * 0.25,
        longest * 0.5,
        longest,
    ]


BOTH = pytest.mark.parametrize("read", [True, False])


def waits(one: AttemptFacts, *, read: bool, most: int = 3, tries: int = 100) -> list[float]:
    """Return the waits of a call that always gets the same answer."""
    retries = Retries(most, read)
    found = iter(lambda: retries.wait(one, now=NOW, chance=1.0), None)
    return [wait for wait, _ in zip(found, range(tries), strict=False) if wait is not None]


@BOTH
@pytest.mark.parametrize("form", [None, "", "soon", "-5", "nan", "inf", "1e999999999", "9" * 5000])
def test_wait_after_429_without_valid_header_is_two_windows(form: str | None, read: bool) -> None:
    assert waits(answered(429, form), read=read, most=1) == [WINDOW, WINDOW] == [61.0, 61.0]


@BOTH
@pytest.mark.parametrize("status", [421, 425, 429])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("60", [60.0, 60.0]),
        ("61.5", [61.5]),
        (formatdate(NOW + 50, usegmt=True), [50.0, 50.0]),
        ("120", [120.0]),
        ("120.001", []),
        ("60000", []),
        ("1750000000", []),
        (formatdate(NOW + 121, usegmt=True), []),
        ("Thu, 01 Jan 2099 00:00:00 GMT", []),
    ],
)
def test_wait_when_throttled_totals_at_most_two_windows(
    status: int, asked: str, expected: list[float], read: bool
) -> None:
    assert waits(answered(status, asked), read=read, most=1) == expected


@BOTH
def test_wait_with_retry_after_0_backs_off_and_ends(read: bool) -> None:
    found = waits(answered(429, "0"), read=read, most=1)
    assert found[:7] == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert sum(found) <= 2 * WINDOW < sum(found) + 8.0


@BOTH
@pytest.mark.parametrize("status", [421, 425])
def test_wait_after_421_or_425_without_header_backs_off(status: int, read: bool) -> None:
    assert waits(answered(status), read=read) == [0.5, 1.0, 2.0]


@BOTH
def test_retries_after_throttled_tries_are_not_used_up(read: bool) -> None:
    retries = Retries(1, read)
    never = AttemptFacts(sent=False, failure=Failure.TRANSPORT)
    assert retries.wait(answered(429), now=NOW, chance=0.5) == WINDOW
    assert retries.wait(never, now=NOW, chance=0.5) == 0.25
    assert retries.wait(answered(429, "30"), now=NOW, chance=0.5) == 30.0
    assert retries.wait(never, now=NOW, chance=0.5) is None


@BOTH
@pytest.mark.parametrize(
    "one", [answered(429), answered(429, "1"), answered(503), AttemptFacts(sent=False, failure=Failure.TRANSPORT)]
)
def test_retries_of_0_repeat_nothing(one: AttemptFacts, read: bool) -> None:
    assert waits(one, read=read, most=0) == []


@pytest.mark.parametrize(
    ("one", "read", "expected"),
    [
        (AttemptFacts(sent=False, failure=Failure.TRANSPORT), False, [0.5, 1.0, 2.0]),
        (AttemptFacts(sent=False, failure=Failure.CERTIFICATE), True, []),
        (AttemptFacts(sent=True, failure=Failure.TRANSPORT), True, [0.5, 1.0, 2.0]),
        (AttemptFacts(sent=True, failure=Failure.TRANSPORT), False, []),
        (answered(503, "9"), False, []),
        (answered(503), False, []),
        (answered(503), True, [0.5, 1.0, 2.0]),
        (answered(503, "9"), True, [9.0] * 3),
        (answered(502, "9"), True, [9.0] * 3),
        (answered(502, "130"), True, []),
        (answered(500, "9"), True, []),
        (answered(200), True, []),
        (answered(200, failure=Failure.TRANSPORT), True, [0.5, 1.0, 2.0]),
        (answered(200, failure=Failure.TRANSPORT), False, []),
    ],
)
def test_wait_depends_on_outcome_and_method(one: AttemptFacts, read: bool, expected: list[float]) -> None:
    assert waits(one, read=read) == expected
