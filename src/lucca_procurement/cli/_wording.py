"""Messages of the library, in the words of the command."""

from __future__ import annotations

from .._ordering.stopped import LOOK_ADVICE

__all__ = ("reworded",)


def reworded(text: str, reference: str) -> str:
    """Return a message with the command in place of the calls in Python.

    Args:
        text: The message.
        reference: The reference of the order.
    """
    return text.replace(LOOK_ADVICE, f"To decide: lucca-procurement resolve {reference}.")
