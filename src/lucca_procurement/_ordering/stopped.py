"""Build the error of an order that stopped: `OrderIncomplete`, with its cause and what the order needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from .._wire.retry import THROTTLED
from ..errors import (
    ConfigurationError,
    Forbidden,
    InvalidArgument,
    Needs,
    NotSent,
    OrderIncomplete,
    OutcomeUnknown,
    ProcurementError,
    ResponseError,
    ServerError,
    StoreInUse,
    Unauthorized,
)
from ..order import Order, Step
from .lookup import LookupResult

__all__ = (
    "cause_of",
    "concerns_all",
    "incomplete",
    "is_transient",
    "name_of",
    "needs_of",
    "needs_person",
    "stopping",
)

LOOK_CALLS = (
    "If a purchase is the order's, call orders.adopt(order, purchase_id) and submit the order again. If none is, submit"
    " it again with resubmit=True."
)


@contextmanager
def stopping(order: Order) -> Iterator[None]:
    """Turn every ProcurementError of a block into OrderIncomplete."""
    try:
        yield
    except OrderIncomplete:
        raise
    except ProcurementError as error:
        raise incomplete(order, error, needs_of(error)) from error


def cause_of(error: ProcurementError) -> ProcurementError:
    """Return the error that stopped an order. It is the error itself if that is no `OrderIncomplete` with a cause."""
    cause = error.__cause__ if isinstance(error, OrderIncomplete) else None
    return cause if isinstance(cause, ProcurementError) else error


def is_transient(error: ProcurementError) -> bool:
    """Return True if the same request can succeed later."""
    if isinstance(error, NotSent | OutcomeUnknown | ServerError):
        return True
    return isinstance(error, ResponseError) and error.status in THROTTLED


def needs_of(error: ProcurementError) -> Needs:
    """Return the need of an order that stopped with an error: a correction or time."""
    if isinstance(error, InvalidArgument | ConfigurationError):
        return "correction"
    return "correction" if isinstance(error, ResponseError) and not is_transient(error) else "time"


def concerns_all(error: ProcurementError) -> bool:
    """Return True if an error concerns all orders, such as a wrong key, a wrong setting or a firewall."""
    if isinstance(error, Forbidden):
        # Lucca itself answers with problem+json. A firewall or a proxy does not.
        return error.title is None and error.detail is None
    return isinstance(error, Unauthorized | ConfigurationError | StoreInUse)


def incomplete(order: Order, cause: ProcurementError | None, needs: Needs, reason: str = "") -> OrderIncomplete:
    """Return the error of an order that stopped at its present step.

    Args:
        order: The order.
        cause: The error that stopped it, if there is one.
        needs: The condition for the order to continue.
        reason: A further explanation for the message.
    """
    parts = [f"{name_of(order)} stopped at step {order.step}"]
    parts += [reason] if reason else []
    parts += [type(cause).__name__] if cause is not None else []
    error = OrderIncomplete(": ".join(parts), order=order, step=str(order.step), needs=needs)
    error.__cause__ = cause
    return error


def needs_person(order: Order, result: LookupResult, error: OutcomeUnknown | None) -> OrderIncomplete:
    """Return the error for an outcome that a lookup could not determine.

    Args:
        order: The order.
        result: The result of the lookup.
        error: The error of the request. If it is None, an earlier run sent the request.
    """
    if error is None:
        accepted = order.pending is not None and order.pending.accepted
        unknown = OutcomeUnknown(
            f"an earlier request may have created the {order.step}: {result.reason}", accepted=accepted
        )
    else:
        unknown = copy(error)
        unknown.reason = f"{error.reason.rstrip('.')}; {result.reason}"
    unknown.candidates = result.candidates
    if order.step is Step.PURCHASE:
        unknown.advice = "Look at the candidates, and in Lucca." if unknown.candidates else "Look in Lucca."
        unknown.calls = LOOK_CALLS
    return incomplete(order, unknown, "person")


def name_of(order: Order) -> str:
    """Return the name of an order for messages."""
    known = f", purchase {order.purchase_id}" if order.purchase_id is not None else ""
    return f"order {order.reference}{known}"
