"""Errors of the compiled client.

ApiError
├── InvalidData         a value breaks a rule of the contract: path of the member, expected value, found type
└── ResponseError       a response differs from the contract
    ├── UnexpectedStatus    the status is no success
    └── DecodeError         the status is a success, but the body cannot be read
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
"""The names of the JSON types. The only Enum member that reaches this table is UNSET, for an absent value."""


class ApiError(Exception):
    """The base class of all errors of this package."""


class InvalidData(ApiError, ValueError):
    """A value breaks a rule of the contract.

    Attributes:
        path: The member, such as `items[3].commitment.id`. Empty for the value itself.
        expected: The values that the contract permits.
        found: The type of the value, never its content.
    """

    def __init__(self, path: str, expected: str, value: object = None, *, found: str | None = None) -> None:
        super().__init__(path, expected)
        self.path = path
        self.expected = expected
        self.found = found or _kind(value)

    def under(self, member: str | int) -> InvalidData:
        """Return the same error with a path that starts at the object or the array that contains the value."""
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
    """A response differs from the contract."""

    def __init__(self, operation: str, status: int, headers: Mapping[str, str], content: bytes) -> None:
        # Tracebacks, logs and reprs show these arguments. Therefore headers and body are not among them.
        super().__init__(operation, status)
        self.operation = operation
        self.status = status
        self.headers = headers
        self.content = content

    @property
    def shown(self) -> str:
        """The beginning of the body for a message. Line ends and control characters are escaped."""
        text = self.content[:_SHOWN].decode(errors="replace")
        return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text) + (
            " ..." if len(self.content) > _SHOWN else ""
        )

    def __str__(self) -> str:
        return f"{self.operation} was answered {self.status}: {self.shown or '(no body)'}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.operation, self.status, self.headers, self.content), self.__dict__


class UnexpectedStatus(ResponseError):
    """The status is no success of the operation.

    Attributes:
        problem: The body as the contract describes it. None if it cannot be read.
    """

    problem: Any = None


class DecodeError(ResponseError):
    """The status is a success, but the body cannot be read.

    Attributes:
        reason: The error of the member that cannot be read.
    """

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
