"""The events that the `on_event` listener receives: frozen plain data, without a body and without the key."""

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
    """The turn of a request has come, and the client sends it now.

    A RequestAnswered or a RequestFailed follows. RequestFailed also follows if the call is cancelled before an answer.
    """


@frozen(kw_only=True)
class RequestAnswered(_Request):
    """An answer arrived, with any status. Its body may be incomplete."""

    status: int
    seconds: float


@frozen(kw_only=True)
class RequestFailed(_Request):
    """No answer arrived. `sent` is True if the server may have received the request."""

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
    are unknown, so no further create is sent for now).
    """

    seconds: float
    reason: str


@frozen(kw_only=True)
class OrderStep:
    """An order moved to `step`. An id is None if it is not known."""

    step: str
    reference: str
    purchase_id: int | None
    commitment_id: int | None
    approval_request_id: int | None


Event = RequestSent | RequestAnswered | RequestFailed | RequestRetried | HeldBack | OrderStep
