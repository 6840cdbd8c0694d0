"""Decide if and when a request may be sent again. These functions use no network, clock or random number.

The API has no idempotency keys. Therefore two facts of a try decide: if its headers may have left, and which answer
came back.
"""

from __future__ import annotations

import math
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

from attrs import define, frozen

__all__ = (
    "LONGEST_WAIT",
    "THROTTLED",
    "WINDOW",
    "AttemptFacts",
    "Failure",
    "Outcome",
    "Retries",
    "backoff",
    "may_repeat",
    "outcome",
    "retry_after",
    "server_time",
)

WINDOW = 61.0
"""The limit's minute, in seconds, and one more: requests travel at different speeds, and the server counts arrivals.

The server counts the requests in any 60 s. Our assumption (rate-window); Lucca does not document it.
"""
LONGEST_WAIT = 120.0
"""The longest `Retry-After` (in seconds) that a call waits for. A longer one becomes an error with the value."""
_MOST_THROTTLED = 2 * WINDOW
"""The total seconds that one call waits for a server that throttles it."""
_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 8.0


class Failure(Enum):
    """The reason why a try ended without an answer, or without a whole answer."""

    TRANSPORT = "transport"
    """The connection failed: refused, name not found, reset, cut, or timed out."""
    CERTIFICATE = "certificate"
    """The server's certificate is not trusted."""
    MALFORMED = "malformed"
    """The request cannot be written."""
    TOO_LARGE = "too large"
    """The answer is longer than the bound."""
    ENCODING = "encoding"
    """The answer's compression is broken, or was not requested."""


class Outcome(Enum):
    """The outcome of a try."""

    SUCCESS = "success"
    NEVER_SENT = "never sent"
    THROTTLED = "throttled, nothing done"
    """The server asks for a later try."""
    REJECTED = "rejected, nothing done"
    """The server refused the request."""
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class AttemptFacts:
    """The facts of one try. A failure with a status is an answer whose body is incomplete or refused."""

    sent: bool
    """True if the request's headers may have started to leave."""
    failure: Failure | None = None
    status: int | None = None
    retry_after: str | None = None
    """The header `Retry-After`, unparsed."""


THROTTLED = frozenset({421, 425, 429})
"""The statuses that ask for a later try. Nothing was done. Our assumption (throttled); Lucca does not document it."""
_REJECTED = frozenset({400, 401, 403, 404, 405, 409, 410, 411, 413, 414, 415, 422, 431, 501, 505})
"""The statuses that a server sends instead of doing the work. A proxy that lost an answer may send any other one.

Our assumption (refusals); Lucca does not document it.
"""
_READ_AGAIN = frozenset({408, 502, 503, 504})


def outcome(facts: AttemptFacts) -> Outcome:
    """Return the outcome of a try."""
    if facts.status is None:
        return Outcome.UNKNOWN if facts.sent else Outcome.NEVER_SENT
    if 200 <= facts.status < 300:
        return Outcome.SUCCESS
    if facts.status in THROTTLED:
        return Outcome.THROTTLED
    # A 408 is no rejection: the server abandons a request after 5 s, and may still have done it. A 503 is none either,
    # even with `Retry-After`: caches and proxies add this header to an answer that they lost.
    return Outcome.REJECTED if facts.status in _REJECTED else Outcome.UNKNOWN


def may_repeat(facts: AttemptFacts, *, read: bool) -> bool:
    """Return True if the same request may be sent again.

    A change may be repeated only if the server did nothing. A read may also be repeated after a transient failure.
    """
    known = outcome(facts)
    if known is Outcome.NEVER_SENT:
        # A wrong certificate or a malformed request fails again.
        return facts.failure is Failure.TRANSPORT
    if known is Outcome.THROTTLED:
        return True
    if not read:
        return False
    if known is Outcome.SUCCESS or facts.status is None:
        return facts.failure is Failure.TRANSPORT
    return facts.status in _READ_AGAIN


@define
class Retries:
    """The tries of one call. They determine if and when the next try follows.

    A server that throttles a request has not failed, and the request costs only time. Therefore throttled tries do not
    use up `most`. They have a separate bound: 122 s of waiting, which is two of the limit's windows.

    Args:
        most: The most repeats after failures. If it is 0, nothing is sent again.
        read: True if the request only reads.
    """

    most: int
    read: bool
    _failed: int = 0
    _throttled: int = 0
    _waited: float = 0.0

    def wait(self, facts: AttemptFacts, *, now: float, chance: float) -> float | None:
        """Return the seconds to wait before the next try, or None if there is no next try.

        Args:
            facts: The facts of the try that ended.
            now: The server's time in epoch seconds. A date in `Retry-After` refers to it.
            chance: A random number from 0 to 1.
        """
        if not self.most or not may_repeat(facts, read=self.read):
            return None
        asked = retry_after(facts.retry_after, now)
        if asked is not None and asked > LONGEST_WAIT:
            return None
        if facts.status == 429 or (asked is not None and outcome(facts) is Outcome.THROTTLED):
            return self._wait_throttled(asked)
        self._failed += 1
        if self._failed > self.most:
            return None
        return backoff(self._failed, chance) if asked is None else asked

    def _wait_throttled(self, asked: float | None) -> float | None:
        # A server may ask for a pause of 0 s each time. Therefore the pause grows from the second time on.
        least = backoff(self._throttled, 1.0) if self._throttled else 0.0
        wait = WINDOW if asked is None else max(asked, least)
        if self._waited + wait > _MOST_THROTTLED:
            return None
        self._throttled += 1
        self._waited += wait
        return wait


def backoff(attempt: int, chance: float) -> float:
    """Return a wait with full jitter in seconds. Its bound is 0.5 s, doubles with each attempt, and is at most 8 s."""
    return min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(attempt - 1, 10)) * chance


def retry_after(value: str | None, now: float) -> float | None:
    """Return `Retry-After` in seconds from `now`. Return None if the value is neither a number nor a date.

    Our assumption (retry-after); Lucca does not document it.
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
    """Return the header `Date` in epoch seconds, or None if it is missing or no date."""
    return None if date is None else _epoch_seconds(date)


def _epoch_seconds(date: str) -> float | None:
    try:
        found = parsedate_to_datetime(date)
        # A date of HTTP is always in GMT, and one that ends in "-0000" comes without a zone.
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
