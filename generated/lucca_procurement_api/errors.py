"""Errors of the compiled client.

ApiError
├── InvalidData         a value that is not what the contract says: the member's path, what was expected, what was there
└── ResponseError       a response that is not the one the contract promises
    ├── UnexpectedStatus    its status is no success
    └── DecodeError         a success whose body cannot be read
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

__all__ = ("ApiError", "DecodeError", "InvalidData", "ResponseError", "UnexpectedStatus")

_SHOWN = 2_000
_KINDS: tuple[tuple[type, str], ...] = (
    (dict, "an object"),
    (list, "an array"),
    (str, "a string"),
    (bool, "a boolean"),
    (int, "an integer"),
    (Decimal, "a number"),
    (type(None), "null"),
    (Enum, "nothing"),
)
"""How the kinds of JSON are called. The only enum that may stand for a value is UNSET: nothing is there."""


class ApiError(Exception):
    """The root of what this package raises."""


class InvalidData(ApiError, ValueError):
    """A value is not what the contract says.

    `path` names the member as in `items[3].commitment.id` (empty: the value itself), `expected` says what it should have
    been and `found` what it was, by its kind and never by its content.
    """

    def __init__(self, path: str, expected: str, value: object = None, *, found: str | None = None) -> None:
        super().__init__(path, expected)
        self.path = path
        self.expected = expected
        self.found = found or _kind(value)

    def under(self, member: str | int) -> InvalidData:
        """Give the same error as seen from the object, or the array, that holds the value."""
        step = f"[{member}]" if isinstance(member, int) else member
        joint = "." if self.path and not self.path.startswith("[") else ""
        return InvalidData(f"{step}{joint}{self.path}", self.expected, found=self.found)

    def __str__(self) -> str:
        return f"{self.path or 'the value'}: expected {self.expected}, found {self.found}"

    def __reduce__(self) -> tuple[object, ...]:
        return _invalid_data, (self.path, self.expected, self.found)


def _invalid_data(path: str, expected: str, found: str) -> InvalidData:
    return InvalidData(path, expected, found=found)


def _kind(value: object) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), f"{type(value).__name__} data")


class ResponseError(ApiError):
    """A response is not the one the contract promises."""

    def __init__(self, operation: str, status: int, headers: Mapping[str, str], content: bytes) -> None:
        # Not the headers nor the body: a traceback, a log and a repr show what is given here.
        super().__init__(operation, status)
        self.operation = operation
        self.status = status
        self.headers = headers
        self.content = content

    @property
    def shown(self) -> str:
        """The beginning of the body, fit for a message: nothing in it moves a cursor or starts a line."""
        text = self.content[:_SHOWN].decode(errors="replace")
        return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text) + (
            " ..." if len(self.content) > _SHOWN else ""
        )

    def __str__(self) -> str:
        return f"{self.operation} was answered {self.status}: {self.shown or '(no body)'}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.operation, self.status, self.headers, self.content), self.__dict__


class UnexpectedStatus(ResponseError):
    """The status is not one of the operation's successes. `problem` is the body as the contract describes it, or None."""

    problem: Any = None


class DecodeError(ResponseError):
    """A success whose body cannot be read. `reason` says which member, and what was expected there."""

    def __init__(
        self, operation: str, status: int, headers: Mapping[str, str], content: bytes, reason: InvalidData
    ) -> None:
        super().__init__(operation, status, headers, content)
        self.reason = reason

    def __str__(self) -> str:
        what = f"{self.operation} was answered {self.status} with a body that cannot be read"
        return f"{what}: {self.reason}. The body: {self.shown or '(empty)'}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.operation, self.status, self.headers, self.content, self.reason), self.__dict__
