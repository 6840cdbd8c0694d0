"""Report the work of a client: events for the caller's listener, and lines of the log.

Neither holds a body or the key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from ..events import Event, HeldBack, OrderStep, RequestAnswered, RequestFailed, RequestRetried, RequestSent

__all__ = ("Observer",)

logger = logging.getLogger("lucca_procurement")

_SHOWN = ("content-type", "content-length", "date", "retry-after", "x-request-id")
"""The headers of an answer that may be logged. Any other header may hold private data."""


class Observer:
    """Pass events to the listener and the log."""

    def __init__(self, listener: Callable[[Event], object] | None) -> None:
        self._listener = listener

    @property
    def is_active(self) -> bool:
        """True if a listener or the log receives the events of requests. Else the events need not be built."""
        return self._listener is not None or logger.isEnabledFor(logging.DEBUG)

    def emit(self, event: Event, headers: Mapping[str, str] | None = None) -> None:
        """Pass an event to the listener and the log. An error of the listener is logged, and the request continues."""
        level = logging.INFO if isinstance(event, RequestRetried | HeldBack | OrderStep) else logging.DEBUG
        if logger.isEnabledFor(level):
            logger.log(level, "%s", _line(event, headers or {}))
        if self._listener is not None:
            try:
                self._listener(event)
            except Exception:
                logger.exception("on_event failed; the request goes on")

    def held_by_rate(self, seconds: float) -> None:
        """Report that the pace of this client holds requests back."""
        self.emit(HeldBack(seconds=seconds, reason="rate"))

    def held_by_server(self, seconds: float) -> None:
        """Report that the server asked to wait."""
        self.emit(HeldBack(seconds=seconds, reason="retry_after"))


def _line(event: Event, headers: Mapping[str, str]) -> str:
    match event:
        case HeldBack():
            return f"held back for {event.seconds:.1f} s ({event.reason})"
        case OrderStep():
            ids = f"purchase {event.purchase_id}, commitment {event.commitment_id}, request {event.approval_request_id}"
            return f"order {event.reference}: {event.step} ({ids})"
    name = f"{event.operation} {event.method} {event.path} [{event.request_id}, try {event.attempt}]"
    match event:
        case RequestSent():
            return f"{name} sent"
        case RequestAnswered():
            shown = ", ".join(f"{name}: {headers[name]}" for name in _SHOWN if name in headers)
            return f"{name} answered {event.status} in {event.seconds:.3f} s ({shown})"
        case RequestFailed():
            return f"{name} failed in {event.seconds:.3f} s: {event.failure}"
        case RequestRetried():
            return f"{name} will be sent again in {event.wait:.1f} s"
