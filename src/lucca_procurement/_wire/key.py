"""The API key, and the forms in which an answer may echo it."""

from __future__ import annotations

import re
from typing import NoReturn

from .text import LONGEST, cut, printable

__all__ = ("NOT_COPIED", "Key")

NOT_COPIED = "a client holds a key and open connections: make another one where you need it"
_LONGEST_FORM = len("&#x0000ff;")
"""The longest form of one character that `_forms` knows."""


class Key:
    """The API key. It has no visible form, and cannot be copied or pickled. Only `authorization` returns it."""

    __slots__ = ("_echo", "_longest_echo", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        self._echo = re.compile("".join(map(_forms, value)), re.IGNORECASE)
        self._longest_echo = _LONGEST_FORM * len(value)

    def authorization(self) -> str:
        """Return the value of the `Authorization` header."""
        return f"lucca application={self._value}"

    def redact(self, text: str) -> str:
        """Return the beginning of a server's text for a message: redacted, printable and of limited length."""
        beginning = text[: 8 * LONGEST]
        redacted = self._echo.sub("[key]", beginning)
        if len(beginning) < len(text):
            # The cut may have left the beginning of a key.
            redacted = redacted[: -self._longest_echo]
        return cut(printable(redacted[: LONGEST + 1]))

    def __repr__(self) -> str:
        return "Key(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(NOT_COPIED)


def _forms(character: str) -> str:
    """Return a pattern of a character in either case, plain or escaped as in a URL, in JSON or in HTML."""
    forms: list[str] = []
    for each in {character.lower(), character.upper()}:
        code = f"{ord(each):02x}"
        forms += [rf"\\?{re.escape(each)}", f"%(?:25){{0,2}}{code}", rf"\\u00{code}", rf"\\x{code}"]
        forms += [f"&#0{{0,4}}{ord(each)};", f"&#x0{{0,4}}{code};"]
    return f"(?:{'|'.join(forms)})"
