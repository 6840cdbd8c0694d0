"""What may be sent again: the table of outcomes, cell by cell, and how long to wait."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from lucca_procurement._wire.retry import (
    LONGEST_WAIT,
    Failure,
    Outcome,
    Try,
    backoff,
    may_repeat,
    outcome,
    retry_after,
    server_time,
    wait_before_next,
)

NOW = 1_750_000_000.0
REFUSED = {421, 425, 429}
REJECTED = {400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 418, 422, 423, 431, 451, 499, 501, 505}
UNKNOWN = {100, 301, 302, 303, 304, 307, 308, 408, 500, 502, 503, 504, 506, 507, 508, 511, 520, 524, 529, 599, 600, 999}
SUCCESS = {200, 201, 202, 204, 206, 299}
READ_AGAIN = {408, 429, 421, 425, 502, 503, 504}


def answered(status: int, retry_after: str | None = None, failure: Failure | None = None) -> Try:
    return Try(sent=True, status=status, retry_after=retry_after, failure=failure)


@pytest.mark.parametrize("failure", Failure)
def test_without_an_answer_it_counts_whether_it_was_sent(failure: Failure) -> None:
    never, unknown = Try(sent=False, failure=failure), Try(sent=True, failure=failure)
    assert (outcome(never), outcome(unknown)) == (Outcome.NEVER_SENT, Outcome.UNKNOWN)
    transport = failure is Failure.TRANSPORT
    assert may_repeat(never, read=True) is transport
    assert may_repeat(never, read=False) is transport
    assert may_repeat(unknown, read=True) is transport
    assert may_repeat(unknown, read=False) is False


@pytest.mark.parametrize(
    ("expected", "status"),
    [
        (kind, status)
        for kind, statuses in [
            (Outcome.REFUSED, REFUSED),
            (Outcome.REJECTED, REJECTED),
            (Outcome.UNKNOWN, UNKNOWN),
            (Outcome.SUCCESS, SUCCESS),
        ]
        for status in sorted(statuses)
    ],
)
@pytest.mark.parametrize("failure", [None, *Failure])
def test_an_answer_is_told_by_its_status(status: int, expected: Outcome, failure: Failure | None) -> None:
    one = answered(status, failure=failure)
    assert outcome(one) is expected
    assert may_repeat(one, read=False) is (status in REFUSED)
    cut = expected is Outcome.SUCCESS and failure is Failure.TRANSPORT
    assert may_repeat(one, read=True) is (status in READ_AGAIN or cut)


@pytest.mark.parametrize("value", ["0", "7", "0.25", formatdate(NOW, usegmt=True), "500"])
@pytest.mark.parametrize("read", [True, False])
def test_a_503_that_says_when_to_come_back_was_refused(value: str, read: bool) -> None:
    assert outcome(answered(503, value)) is Outcome.REFUSED
    assert may_repeat(answered(503, value), read=read)


@pytest.mark.parametrize("value", [None, "", "soon", "-1", "inf", "nan", "2025-06-15"])
def test_a_503_that_does_not_say_may_have_been_done(value: str | None) -> None:
    assert outcome(answered(503, value)) is Outcome.UNKNOWN
    assert not may_repeat(answered(503, value), read=False)
    assert may_repeat(answered(503, value), read=True)


@pytest.mark.parametrize("status", [500, 502, 504, 408, 400, 302, 201])
def test_retry_after_makes_nothing_but_a_503_certain(status: int) -> None:
    assert outcome(answered(status, "1")) is outcome(answered(status))
    assert not may_repeat(answered(status, "1"), read=False)


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
def test_retry_after_is_read_in_every_form(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_a_date_is_read_by_the_servers_clock() -> None:
    servers = server_time(formatdate(NOW - 3600, usegmt=True))
    assert servers is not None
    assert servers == NOW - 3600
    assert retry_after(formatdate(NOW - 3590, usegmt=True), servers) == 10.0


@pytest.mark.parametrize("date", [None, "", "yesterday", "12", "Mon, 99 Foo 2025 00:00:00 GMT"])
def test_a_server_may_not_say_its_time(date: str | None) -> None:
    assert server_time(date) is None


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0), (10, 8.0), (10_000, 8.0)]
)
def test_back_off_is_anything_up_to_a_bound_that_doubles(attempt: int, longest: float) -> None:
    assert [backoff(attempt, chance) for chance in (0.0, 0.25, 0.5, 1.0)] == [
        0.0,
        longest * 0.25,
        longest * 0.5,
        longest,
    ]


@pytest.mark.parametrize("read", [True, False])
@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("2", 2.0),
        ("0", 0.0),
        ("120", LONGEST_WAIT),
        ("120.001", None),
        ("3600", None),
        (formatdate(NOW + 9, usegmt=True), 9.0),
        (formatdate(NOW + 121, usegmt=True), None),
        ("soon", 1.0),
        ("nan", 1.0),
        ("inf", 1.0),
        ("-5", 1.0),
        (None, 1.0),
    ],
)
@pytest.mark.parametrize("status", [421, 425, 429])
def test_what_was_refused_waits_as_long_as_it_was_asked(
    status: int, asked: str | None, wait: float | None, read: bool
) -> None:
    assert wait_before_next(answered(status, asked), read=read, attempt=3, now=NOW, chance=0.5) == wait


@pytest.mark.parametrize(
    ("one", "read", "wait"),
    [
        (Try(sent=False, failure=Failure.TRANSPORT), False, 0.25),
        (Try(sent=False, failure=Failure.CERTIFICATE), True, None),
        (Try(sent=True, failure=Failure.TRANSPORT), True, 0.25),
        (Try(sent=True, failure=Failure.TRANSPORT), False, None),
        (answered(503, "9"), False, 9.0),
        (answered(503), False, None),
        (answered(503), True, 0.25),
        (answered(502, "9"), True, 9.0),
        (answered(502, "130"), True, None),
        (answered(500, "9"), True, None),
        (answered(200), True, None),
        (answered(200, failure=Failure.TRANSPORT), True, 0.25),
        (answered(200, failure=Failure.TRANSPORT), False, None),
    ],
)
def test_a_wait_goes_before_whatever_may_be_repeated(one: Try, read: bool, wait: float | None) -> None:
    assert wait_before_next(one, read=read, attempt=1, now=NOW, chance=0.5) == wait
