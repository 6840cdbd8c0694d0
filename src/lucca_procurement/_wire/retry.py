"""Which request may be sent again, and when: pure functions and one counter, without network, clock or chance.

The API has no idempotency keys. Therefore the knowledge about one try decides: whether its headers started onto the
wire, and which answer came back.
"""

from __future__ import annotations

import math
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

from attrs import define, frozen

__all__ = (
    "LONGEST_WAIT",
    "WINDOW",
    "Failure",
    "Outcome",
    "Retries",
    "Try",
    "backoff",
    "may_repeat",
    "outcome",
    "retry_after",
    "server_time",
)

WINDOW = 61.0
"""The limit's minute, in seconds, and one more: requests travel at different speeds, and the server counts arrivals."""
LONGEST_WAIT = 120.0
"""The longest `Retry-After` (in seconds) that a call waits for. A longer one becomes an error with the value."""
_MOST_THROTTLED = 2 * WINDOW
"""For so many seconds altogether, one call waits for a server that throttles it."""
_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 8.0


class Failure(Enum):
    """How a try ended without an answer, or without the whole of one."""

    TRANSPORT = "transport"
    """The way to the server: connection refused, name not found, reset, cut, timed out."""
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
    THROTTLED = "throttled, nothing done"
    """The server says: later."""
    REJECTED = "rejected, nothing done"
    """The server says: no."""
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


_THROTTLED = frozenset({421, 425, 429})
_REJECTED = frozenset({400, 401, 403, 404, 405, 409, 410, 411, 413, 414, 415, 422, 431, 501, 505})
"""The statuses that a server sends instead of doing the work. A proxy that lost an answer may send any other one."""
_READ_AGAIN = frozenset({408, 502, 503, 504})


def outcome(one: Try) -> Outcome:
    """Return what is known after a try."""
    if one.status is None:
        return Outcome.UNKNOWN if one.sent else Outcome.NEVER_SENT
    if 200 <= one.status < 300:
        return Outcome.SUCCESS
    if one.status in _THROTTLED:
        return Outcome.THROTTLED
    # Not 408: the server gives up a request after 5 s, and may have done it all the same. Not 503 either, also with
    # `Retry-After`: caches and proxies add this header to an answer that they lost.
    return Outcome.REJECTED if one.status in _REJECTED else Outcome.UNKNOWN


def may_repeat(one: Try, *, read: bool) -> bool:
    """Return whether the same request may be sent again: always safe for a read, never blindly for anything else."""
    known = outcome(one)
    if known is Outcome.NEVER_SENT:
        # Neither a certificate nor a request that cannot be written gets better by itself.
        return one.failure is Failure.TRANSPORT
    if known is Outcome.THROTTLED:
        return True
    if not read:
        return False
    if known is Outcome.SUCCESS or one.status is None:
        return one.failure is Failure.TRANSPORT
    return one.status in _READ_AGAIN


@define
class Retries:
    """The tries of one call: when the next one comes, and whether one comes at all.

    A server that throttles a request has not failed, and the request costs nothing but time. Therefore throttled tries
    do not use up `most`, and have a bound of their own: 122 s of waiting, two of the limit's windows.

    Args:
        most: How often a request is sent again after a failure. 0: nothing is ever sent again.
        read: Whether the request only reads.
    """

    most: int
    read: bool
    _failed: int = 0
    _throttled: int = 0
    _waited: float = 0.0

    def wait(self, one: Try, *, now: float, chance: float) -> float | None:
        """Return the seconds to wait before the request is sent again after this try, None if it is not sent again.

        `now` is the server's time (epoch seconds), which a date in `Retry-After` refers to. `chance` is a random
        number from 0 to 1.
        """
        if not self.most or not may_repeat(one, read=self.read):
            return None
        asked = retry_after(one.retry_after, now)
        if asked is not None and asked > LONGEST_WAIT:
            return None
        if one.status == 429 or (asked is not None and outcome(one) is Outcome.THROTTLED):
            return self._wait_throttled(asked)
        self._failed += 1
        if self._failed > self.most:
            return None
        return backoff(self._failed, chance) if asked is None else asked

    def _wait_throttled(self, asked: float | None) -> float | None:
        # A server may ask for no pause at all, for ever. The pause grows from the second time on.
        least = backoff(self._throttled, 1.0) if self._throttled else 0.0
        wait = WINDOW if asked is None else max(asked, least)
        if self._waited + wait > _MOST_THROTTLED:
            return None
        self._throttled += 1
        self._waited += wait
        return wait


def backoff(attempt: int, chance: float) -> float:
    """Return a wait of full jitter: from nothing to half a second, doubled with each attempt, at most 8 s."""
    return min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(attempt - 1, 10)) * chance


def retry_after(value: str | None, now: float) -> float | None:
    """Read `Retry-After` as seconds from `now`: a number, with a fraction or without, or a date. None for all else.

    The documentation does not say which of them Lucca sends.
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
    """Read the header `Date` as epoch seconds. None if it is missing, or is no date."""
    return None if date is None else _epoch_seconds(date)


def _epoch_seconds(date: str) -> float | None:
    try:
        found = parsedate_to_datetime(date)
        # A date of HTTP is always in GMT, and one that ends in "-0000" comes without a zone.
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
