"""Errors and notes for people. Where the library advises a call in Python, the command names its own command."""

from __future__ import annotations

from .._ordering.stopped import cause_of
from ..errors import OrderIncomplete, ProcurementError
from ..order import Order, Step
from ..stores import Record, State

__all__ = ("of_error", "of_record")


def of_error(error: ProcurementError) -> str:
    """Return the message of an error, with the command to run if an order needs a person."""
    text = cause_of(error).without_calls
    if isinstance(error, OrderIncomplete) and error.needs == "person":
        return _with_command(text, error.order)
    return text


def of_record(record: Record) -> str:
    """Return the note of a record, with the command to run if the order needs a look."""
    if record.note and record.state is State.NEEDS_A_LOOK:
        return _with_command(record.note, record.order)
    return record.note


def _with_command(text: str, order: Order) -> str:
    # At the later steps, a person corrects the purchase in Lucca first. The text has the reason.
    if order.step is not Step.PURCHASE:
        return text
    return f"{text} To decide: lucca-procurement resolve {order.reference}."
