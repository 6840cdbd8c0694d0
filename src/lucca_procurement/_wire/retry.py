"""What may be sent again, as pure functions: no network, no clock, no chance but what is passed in.

The API has no idempotency keys, so what is known of one try decides: whether it started onto the wire, and what came
back.
"""

from __future__ import annotations

import math
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

from attrs import frozen

__all__ = (
    "LONGEST_WAIT",
    "Failure",
    "Outcome",
    "Try",
    "backoff",
    "may_repeat",
    "outcome",
    "retry_after",
    "server_time",
    "wait_before_next",
)

LONGEST_WAIT = 120.0
"""The longest `Retry-After` (in seconds) that is waited for; a longer one is told to the caller."""
_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 8.0


class Failure(Enum):
    """How a try ended without an answer, or without the whole of one."""

    TRANSPORT = "transport"
    """The way to the server: refused, name not found, reset, cut, timed out."""
    CERTIFICATE = "certificate"
    """The server's certificate is not to be trusted."""
    MALFORMED = "malformed"
    """The request cannot be put onto the wire as it is."""
    TOO_LARGE = "too large"
    """The answer is longer than the bound."""
    ENCODING = "encoding"
    """The answer's compression is broken, or one that was not asked for."""


class Outcome(Enum):
    """What is known after a try."""

    SUCCESS = "success"
    NEVER_SENT = "never sent"
    REFUSED = "refused, nothing done"
    REJECTED = "rejected, nothing done"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Try:
    """What is known of one try. A failure with a status is an answer whose body did not come whole."""

    sent: bool
    """Whether the request's headers may have started onto the wire."""
    failure: Failure | None = None
    status: int | None = None
    retry_after: str | None = None
    """The header as it came."""


_REFUSED = frozenset({421, 425, 429})
_NOT_IMPLEMENTED = frozenset({501, 505})
_READ_AGAIN = frozenset({408, 429, 502, 503, 504})


def outcome(one: Try) -> Outcome:
    """Tell what is known after a try."""
    if one.status is None:
        return Outcome.UNKNOWN if one.sent else Outcome.NEVER_SENT
    if 200 <= one.status < 300:
        return Outcome.SUCCESS
    # A 503 that says when to come back was sent before anything was done. Any other may come later.
    if one.status in _REFUSED or (one.status == 503 and retry_after(one.retry_after, 0.0) is not None):
        return Outcome.REFUSED
    # 408 is what the server answers when it gives up a request after 5 s, which may have been done all the same.
    if (400 <= one.status < 500 and one.status != 408) or one.status in _NOT_IMPLEMENTED:
        return Outcome.REJECTED
    return Outcome.UNKNOWN


def may_repeat(one: Try, *, read: bool) -> bool:
    """Tell whether the same request may be sent again: always safe for a read, never blindly for anything else."""
    known = outcome(one)
    if known is Outcome.NEVER_SENT:
        # Neither a certificate nor a request that cannot be written gets better by itself.
        return one.failure is Failure.TRANSPORT
    if known is Outcome.REFUSED:
        return True
    if not read:
        return False
    if known is Outcome.SUCCESS or one.status is None:
        return one.failure is Failure.TRANSPORT
    return one.status in _READ_AGAIN


def wait_before_next(one: Try, *, read: bool, attempt: int, now: float, chance: float) -> float | None:
    """Give the seconds to wait before the same request is sent again, or None where it must not be.

    `attempt` counts from 1. `now` is the server's clock (epoch seconds), which a date in `Retry-After` goes by;
    `chance` is a random number from 0 to 1. A wait above `LONGEST_WAIT` gives None: the caller is told instead.
    """
    if not may_repeat(one, read=read):
        return None
    asked = retry_after(one.retry_after, now)
    wait = backoff(attempt, chance) if asked is None else asked
    return wait if wait <= LONGEST_WAIT else None


def backoff(attempt: int, chance: float) -> float:
    """Give a wait of full jitter: anything from nothing to half a second, doubled with each attempt, at most 8 s."""
    return min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(attempt - 1, 10)) * chance


def retry_after(value: str | None, now: float) -> float | None:
    """Read `Retry-After` as seconds from `now`: a number, with a fraction or without, or a date. None for all else.

    Which of them Lucca sends is not documented.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        date = _epoch_seconds(value)
        return None if date is None else max(0.0, date - now)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def server_time(date: str | None) -> float | None:
    """Read the header `Date` as epoch seconds. None where it is missing, or is no date."""
    return None if date is None else _epoch_seconds(date)


def _epoch_seconds(date: str) -> float | None:
    try:
        found = parsedate_to_datetime(date)
        # A date of HTTP is always in GMT, and one that ends in "-0000" comes without a zone.
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
