"""The errors of this package. Each error can be pickled and copied.

    ProcurementError
    ├── ConfigurationError      a setting is invalid, or the client is closed
    ├── InvalidArgument         an argument is invalid; nothing was sent
    ├── NotSent                 the server never received the request
    ├── OutcomeUnknown          the server may have done it (`accepted`, `candidates`)
    ├── ResponseError           the server returned an error
    │   ├── BadRequest              400, 422
    │   ├── Unauthorized            401
    │   ├── Forbidden               403
    │   ├── NotFound                404
    │   ├── Conflict                409
    │   ├── RateLimited             429 (`retry_after`)
    │   └── ServerError             5xx
    ├── DecodeError             a success that cannot be read
    ├── NoMatch                 `find` found nothing, or more than one entry (`candidates`)
    │   └── NoTaxRate               no tax rate fits, or more than one (`rates`)
    ├── OrderIncomplete         `orders.submit` stopped: `order`, `step`, `needs`, and a cause from this tree
    ├── StoreFailed             `save` or a store failed: the order is not stored
    ├── StoreInUse              another import has the lead of the store
    ├── Superseded              another process continued the order
    ├── OrderNotApproved        the order was denied or cancelled
    ├── StillPending            the order is not decided yet
    └── PageCycle               a list returned to an earlier page

No error holds the key or the body of a request. The cause of an error is another error of this tree, or an exception of
the caller's own code: a limiter, a file, a `save`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from ._wire.text import printable

if TYPE_CHECKING:
    from .models import Purchase, TaxRate
    from .order import Order

__all__ = (
    "Attempt",
    "BadRequest",
    "ConfigurationError",
    "Conflict",
    "DecodeError",
    "Forbidden",
    "InvalidArgument",
    "NoMatch",
    "NoTaxRate",
    "NotFound",
    "NotSent",
    "OrderIncomplete",
    "OrderNotApproved",
    "OutcomeUnknown",
    "PageCycle",
    "ProcurementError",
    "RateLimited",
    "ResponseError",
    "ServerError",
    "StillPending",
    "StoreFailed",
    "StoreInUse",
    "Superseded",
    "Unauthorized",
)


@frozen(kw_only=True)
class Attempt:
    """One try of a request: its status or failure, and the seconds waited before the next try."""

    status: int | None = None
    failure: str | None = None
    """The description of the failure."""
    sent: bool = True
    """True if the server may have received the request."""
    wait: float | None = None

    def __str__(self) -> str:
        met = " and ".join(str(each) for each in (self.status, self.failure) if each is not None)
        met = met.rstrip(".")
        return met if self.wait is None else f"{met}, then {self.wait:.1f} s of waiting"


class ProcurementError(Exception):
    """The base class of all errors of this package. Each argument is an attribute of the error.

    Args:
        reason: The description of the failure.
        operation: The name of the operation.
        method: The HTTP method.
        host: The host of the request.
        path: The path of the request, without the query.
        request_id: The id of the call, sent as `X-Request-Id`.
        attempts: The tries of the call.
        next_token: The page of a list that failed. `iterate(start=error.next_token)` continues with it.
    """

    advice: str = ""
    """The recommended action, in one sentence."""
    calls: str = ""
    """The calls in Python that carry out the advice. A program for people words its own instead."""

    def __init__(
        self,
        reason: str,
        *,
        operation: str | None = None,
        method: str | None = None,
        host: str | None = None,
        path: str | None = None,
        request_id: str | None = None,
        attempts: Sequence[Attempt] = (),
        next_token: str | int | None = None,
    ) -> None:
        super().__init__()
        self.reason = printable(reason)
        self.operation = operation
        self.method = method
        self.host = host
        self.path = path
        self.request_id = request_id
        self.attempts = tuple(attempts)
        self.next_token = next_token

    def __str__(self) -> str:
        return self._text(self.calls)

    @property
    def without_calls(self) -> str:
        """The message without the calls in Python, for people who do not program."""
        return self._text("")

    def _text(self, calls: str) -> str:
        call = f"{self.operation} ({self.method} {self.host}{self.path}): " if self.operation else ""
        sentences = [f"{call}{self.reason}".rstrip(".") + "."]
        sentences += filter(None, (self.advice, calls))
        if self.attempts:
            tries = "; ".join(f"{number}: {each}" for number, each in enumerate(self.attempts, 1))
            sentences.append(f"Tries: {tries}.")
        if self.request_id:
            sentences.append(f"Request id: {self.request_id}.")
        return " ".join(sentences)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle and copy drop causes, but a stopped order needs its cause. A cause from outside this package may be
        # impossible to copy.
        cause = self.__cause__ if isinstance(self.__cause__, ProcurementError) else None
        return _without_arguments, (type(self),), {**self.__dict__, "__cause__": cause}

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        state = dict(state or {})
        self.__cause__ = state.pop("__cause__", None)
        self.__dict__.update(state)


def _without_arguments(kind: type[ProcurementError]) -> ProcurementError:
    return kind.__new__(kind)


class ConfigurationError(ProcurementError):
    """A setting is invalid, or the client cannot be used: a bad base URL, no key, a closed client, another loop."""


class NotSent(ProcurementError):
    """The server never received the request: nothing was done, and it can be sent again."""

    advice = "Nothing was done: it can be sent again once the way to the server is clear."


class InvalidArgument(ProcurementError, ValueError):
    """An argument is invalid. Nothing was sent that changes anything.

    `purchase_id` is set if the argument is an order whose reference has that purchase already.
    """

    advice = "Nothing was sent: correct the argument."

    def __init__(self, reason: str, *, purchase_id: int | None = None, **call: Any) -> None:
        super().__init__(reason, **call)
        self.purchase_id = purchase_id


class _Answered(ProcurementError):
    """The answer: `status`, the beginning of the body, and `title`, `detail` and `fields` of Lucca's problem."""

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        title: str | None = None,
        detail: str | None = None,
        fields: Mapping[str, tuple[str, ...]] | None = None,
        body: str = "",
        retry_after: float | None = None,
        **call: Any,
    ) -> None:
        super().__init__(reason, **call)
        self.status = status
        self.title = title
        self.detail = detail
        self.fields = dict(fields or {})
        self.body = body
        self.retry_after = retry_after


class OutcomeUnknown(_Answered):
    """The server may have done it: a timeout, a cut connection, or an unclear answer.

    `accepted` is True if the server reported success, but its answer could not be used. `candidates` are the possible
    purchases, if `orders.submit` searched for the purchase. Never create a purchase again without a search.
    """

    advice = "It may have been done: look before it is sent again."

    def __init__(
        self, reason: str, *, accepted: bool = False, candidates: Sequence[Purchase] = (), **answer: Any
    ) -> None:
        super().__init__(reason, **answer)
        self.accepted = accepted
        self.candidates = tuple(candidates)
        if accepted:
            self.advice = "It was done, but its id is not known: look for it, and do not send it again."


class ResponseError(_Answered):
    """The server returned an error. `retry_after` is in seconds, or None if the server sent no wait."""

    status: int


class BadRequest(ResponseError):
    """400 or 422: the server rejected the request as invalid. `fields` has its messages by member."""

    advice = "Nothing was done: correct what the server names."


class Unauthorized(ResponseError):
    """401: the key is not valid for this host."""

    advice = "Check the API key (no braces around it), and that it belongs to this host."


class Forbidden(ResponseError):
    """403: the key may not do this."""

    advice = "Have the key given this right in Lucca."


class NotFound(ResponseError):
    """404: the object does not exist, was deleted, or the key has no access to it."""

    advice = "Check the id, and that the key has access to it: Lucca answers the same to both."


class Conflict(ResponseError):
    """409: the object has another state than the request needs, perhaps because an earlier try succeeded."""

    advice = "Look at its state: an earlier try may have done it."


class RateLimited(ResponseError):
    """429: the tenant's 50 requests a minute are used up.

    `retry_after` is in seconds, or None if the server sent no wait.
    """

    advice = "Nothing was done: send it again when the time has passed."


class ServerError(ResponseError):
    """5xx: the server failed, or is unavailable."""

    advice = "Try again later; if it stays, give this message to Lucca's support."


class DecodeError(_Answered):
    """A success that cannot be read.

    `member` is the path of the wrong member. `expected` is its type in the contract. Both are empty if the body is cut
    off, or if the contract does not have the answer.
    """

    advice = "Compare the body with the contract: the API may have changed."

    def __init__(self, reason: str, *, member: str = "", expected: str = "", **answer: Any) -> None:
        super().__init__(reason, **answer)
        self.member = member
        self.expected = expected


class NoMatch(ProcurementError, LookupError):
    """`find` found no entry, or more than one.

    `candidates` are the matching entries, or the nearest ones if none matches.
    """

    def __init__(self, reason: str, *, candidates: Sequence[Any] = ()) -> None:
        super().__init__(reason)
        self.candidates = tuple(candidates)


class NoTaxRate(NoMatch):
    """No tax rate fits, or more than one. `rates` are the fitting rates, or all rates if none fits."""

    def __init__(self, reason: str, *, rates: Sequence[TaxRate] = ()) -> None:
        super().__init__(reason, candidates=rates)

    @property
    def rates(self) -> tuple[TaxRate, ...]:
        """The fitting rates, or all rates if none fits."""
        return self.candidates


Needs = Literal["time", "correction", "person"]


class OrderIncomplete(ProcurementError):
    """`orders.submit` stopped at `step`. `order` holds all completed steps. Submit it again to continue.

    `needs` is the condition for that. "time": submit the same order later. "correction": first correct the order, the
    key or a setting. "person": first look at the purchase in Lucca (see the cause, and `orders.adopt`). The cause is
    the error that stopped the order. This message does not repeat its text.
    """

    _ADVICE: Mapping[Needs, str] = {
        "time": "Submit the order again later.",
        "correction": "Correct the cause, and submit the order again.",
        "person": "Look at the purchase in Lucca, then submit the order again or cancel it.",
    }

    def __init__(self, reason: str, *, order: Order, step: str, needs: Needs) -> None:
        super().__init__(reason)
        self.order = order
        self.step = step
        self.needs: Needs = needs
        self.advice = self._ADVICE[needs]


class StoreFailed(ProcurementError):
    """`save` or a store failed: the current state of the order is not stored. The cause is the error that it raised."""

    advice = "Mend the store."
    calls = "The order object knows all that was done."


class StoreInUse(ProcurementError):
    """Another import has the lead of the store. One import at a time works on it."""

    advice = "Wait until the other import has ended."
    calls = "lead(wait=True) waits for it."


class Superseded(ProcurementError):
    """Another process continued the order, and stored a newer version of it.

    `save` raises it. Then the request is not sent, and the order object at hand is outdated.
    """

    advice = "Leave the order to the other process."
    calls = "To continue it here, load it from the store again."


class OrderNotApproved(ProcurementError):
    """The order was denied or cancelled: `order.decision` holds the decision."""

    def __init__(self, reason: str, *, order: Order) -> None:
        super().__init__(reason)
        self.order = order


class StillPending(ProcurementError):
    """The order was not decided within the timeout. The wait can be repeated."""

    advice = "Wait for it again, or have the approver look at it in Lucca."

    def __init__(self, reason: str, *, order: Order) -> None:
        super().__init__(reason)
        self.order = order


class PageCycle(ProcurementError):
    """A list returned to an earlier page.

    The items yielded before are valid. The remaining items cannot be reached.
    """

    advice = "Read the list again from the beginning; if it stays, give this message to Lucca's support."
