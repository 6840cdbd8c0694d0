"""Hold creates back while outcomes are unknown, so that an outage does not leave every order of a batch in doubt."""

from __future__ import annotations

import threading

__all__ = ("POLL", "Breaker")

TRIPPED_AT = 3
"""The number of unknown creates in a row after which all creates are held back."""
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 300.0
PURCHASE_PAUSE = 1800.0
POLL = 0.5
"""In seconds. While the create of another order is under way, an order asks again after this time."""


class Breaker:
    """Admits creates. All clients of a host share one breaker, in all threads.

    While creates succeed, all are admitted. After an unknown outcome, one create at a time is admitted until one
    succeeds. After three unknown outcomes in a row, none is admitted for a pause that doubles from 30 s to 5 minutes.
    One create follows each pause, as a probe.

    The doubt about a later step settles without a person. The doubt about a purchase may need a person. Therefore, if
    three purchases in one outage were probes with an unknown outcome, only one purchase per half hour is a probe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unknown = 0
        self._probe: object | None = None
        """The order's run that holds the place, while only one create at a time is admitted."""
        self._pause = 0.0
        self._open_at = 0.0
        self._purchases_in_doubt = 0
        self._open_for_purchases_at = 0.0

    def admit(self, holder: object, now: float, *, has_purchase: bool) -> float:
        """Return 0 if the holder's create is admitted. Otherwise, return the seconds after which to ask again.

        Args:
            holder: The order's run. It calls `success`, `unknown` or `release` afterwards.
            now: The time of the client's monotonic clock, in seconds.
            has_purchase: True if the order's purchase exists.
        """
        with self._lock:
            if not self._unknown or self._probe is holder:
                return 0.0
            open_at = self._open_at if has_purchase else max(self._open_at, self._open_for_purchases_at)
            if now < open_at:
                return open_at - now
            if self._probe is not None:
                return POLL
            self._probe = holder
            return 0.0

    @property
    def is_tripped(self) -> bool:
        """True after three unknown outcomes in a row. A probe must then read before it creates."""
        return self._unknown >= TRIPPED_AT

    def success(self) -> None:
        """Note that a create succeeded, or that a lookup found the object of a create in doubt."""
        with self._lock:
            self._unknown = self._purchases_in_doubt = 0
            self._pause = self._open_at = self._open_for_purchases_at = 0.0
            self._probe = None

    def unknown(self, holder: object, now: float, *, purchase: bool = False) -> None:
        """Note that the outcome of a create is unknown, or that a probe could not read.

        Args:
            holder: The order's run.
            now: The time of the client's monotonic clock, in seconds.
            purchase: True if the create was that of a purchase.
        """
        with self._lock:
            was_probe = self._probe is holder
            self._unknown += 1
            if was_probe:
                self._probe = None
                self._purchases_in_doubt += purchase
                if self._purchases_in_doubt >= TRIPPED_AT:
                    self._open_for_purchases_at = now + PURCHASE_PAUSE
            # Creates that were under way at the same time also fail at the same time: they count as one event.
            if self._unknown >= TRIPPED_AT and (was_probe or not self._pause):
                self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
                self._open_at = now + self._pause

    def release(self, holder: object) -> None:
        """Free the place if the holder has it, such as after a create that was not sent or was rejected."""
        with self._lock:
            if self._probe is holder:
                self._probe = None
