"""Text of others, made fit for a message, an event or a line of the log."""

from __future__ import annotations

__all__ = ("LONGEST", "cut", "printable")

LONGEST = 2_000
"""In characters, of what a server says."""


def printable(text: str) -> str:
    """Return a text in which nothing moves a cursor, starts a line, turns the direction of reading or cannot be seen.

    U+0085, U+009B and U+2028 start a line or a command on some terminals, as the better known ones do.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def cut(text: str, most: int = LONGEST) -> str:
    """Return the beginning of a text."""
    return text if len(text) <= most else f"{text[:most]} ..."
