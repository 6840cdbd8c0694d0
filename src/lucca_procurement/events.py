"""What a client tells its `on_event` hook: frozen plain data, without a body and without the key."""

from __future__ import annotations

from attrs import frozen

__all__ = ("Event", "HeldBack", "OrderStep", "RequestAnswered", "RequestFailed", "RequestRetried", "RequestSent")


@frozen(kw_only=True)
class _Request:
    operation: str
    method: str
    path: str
    """Without the query."""
    request_id: str
    """The same for all tries of a call; sent as `X-Request-Id`."""
    attempt: int
    """Counted from 1."""


@frozen(kw_only=True)
class RequestSent(_Request):
    """A request leaves: it has waited for its turn, and goes onto the wire now.

    Its end is a RequestAnswered or a RequestFailed, the latter also where the call is cancelled.
    """


@frozen(kw_only=True)
class RequestAnswered(_Request):
    """An answer came, whole or not, whatever its status."""

    status: int
    seconds: float


@frozen(kw_only=True)
class RequestFailed(_Request):
    """No answer came. `sent` tells whether the server may have got the request."""

    failure: str
    sent: bool
    seconds: float


@frozen(kw_only=True)
class RequestRetried(_Request):
    """The request will be sent again, after a wait in seconds."""

    wait: float


@frozen(kw_only=True)
class HeldBack:
    """Requests wait before they are sent.

    `reason` is `rate` (the pace of this client), `retry_after` (a 429) or `outage` (the outcomes of the last creates
    are unknown, so that no further one is sent for now).
    """

    seconds: float
    reason: str


@frozen(kw_only=True)
class OrderStep:
    """An order moved on: `step` is what it does now, the ids what is known of it."""

    step: str
    reference: str
    purchase_id: int | None
    commitment_id: int | None
    approval_request_id: int | None


Event = RequestSent | RequestAnswered | RequestFailed | RequestRetried | HeldBack | OrderStep
