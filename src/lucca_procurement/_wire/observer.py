"""What a client tells of its work: events for the caller's hook, and lines of the log.

Neither holds a body or the key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from ..events import Event, HeldBack, OrderStep, RequestAnswered, RequestFailed, RequestRetried, RequestSent

__all__ = ("Observer",)

logger = logging.getLogger("lucca_procurement")

_SHOWN = ("content-type", "content-length", "date", "retry-after", "x-request-id")
"""The headers of an answer that may be logged. Any other may hold what is not for a log."""


class Observer:
    """Tell the hook and the log."""

    def __init__(self, hook: Callable[[Event], object] | None) -> None:
        self._hook = hook

    @property
    def heard(self) -> bool:
        """Whether anybody would hear of a request: where nobody does, its events need not be made."""
        return self._hook is not None or logger.isEnabledFor(logging.DEBUG)

    def emit(self, event: Event, headers: Mapping[str, str] | None = None) -> None:
        """Tell an event. An error of the hook is logged, and stops nothing."""
        level = logging.INFO if isinstance(event, RequestRetried | HeldBack | OrderStep) else logging.DEBUG
        if logger.isEnabledFor(level):
            logger.log(level, "%s", _line(event, headers or {}))
        if self._hook is not None:
            try:
                self._hook(event)
            except Exception:
                logger.exception("on_event failed; the request goes on")

    def held_by_rate(self, seconds: float) -> None:
        """Tell that the pace of this client holds requests back."""
        self.emit(HeldBack(seconds=seconds, reason="rate"))

    def held_by_server(self, seconds: float) -> None:
        """Tell that the server asked to wait."""
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
