"""Make foreign text safe for a message, an event or a line of the log."""

from __future__ import annotations

__all__ = ("LONGEST", "cut", "printable", "shown")

LONGEST = 2_000
"""The most characters of a server's text."""


def printable(text: str) -> str:
    """Return the text with escapes in place of its unprintable characters.

    U+0085, U+009B and U+2028 start a line or a command on some terminals, as the common control characters do.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def cut(text: str, most: int = LONGEST) -> str:
    """Return the first `most` characters of a text."""
    return text if len(text) <= most else f"{text[:most]} ..."


def shown(value: object) -> str:
    """Return a value of the caller for an error message, in ASCII and cut."""
    try:
        return cut(ascii(value), 80)
    except ValueError:
        return "a number of too many digits"
