"""What operations and models share: the mark of an absent member, open enums, and a request and its response as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, Protocol, Self

from attrs import Attribute, field, frozen
from attrs.validators import optional

from .errors import InvalidData

__all__ = ("UNSET", "FilePart", "OpenEnum", "Request", "Response", "Sender", "Unset")


class Unset(Enum):
    """The type of `UNSET`, which stands for a member that is not there. It is false, and there is one only."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET


class OpenEnum(StrEnum):
    """A set of strings that the server may add to. A value that is not listed is kept, and is no error."""

    if TYPE_CHECKING:
        # It is equal to its string, as str has it. Said again, because checkers take that comparison for a mistake, and
        # take an enum for closed when they narrow by it.
        def __eq__(self, other: object) -> bool: ...
        def __hash__(self) -> int: ...

    @property
    def is_known(self) -> bool:
        """Tell whether the contract lists this value."""
        return self._value_ in type(self)._value2member_map_

    @classmethod
    def read(cls, value: object) -> Self:
        """Take a value out of JSON, listed or not. Raises InvalidData unless it is a string."""
        if not isinstance(value, str):
            raise InvalidData("", f"a string ({cls.__name__})", value)
        known = cls._value2member_map_.get(value)
        return cls._unlisted(value) if known is None else known  # type: ignore[return-value]

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls._unlisted(value) if isinstance(value, str) else None

    @classmethod
    def _unlisted(cls, value: str) -> Self:
        # Not registered with the enum: what a server sends must not grow this process for good.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member


def _check_content(_part: object, _attribute: object, value: Any) -> None:
    if not isinstance(value, bytes) and not hasattr(value, "read"):
        raise InvalidData("content", "bytes, or a binary file open for reading", value)


def _check_word(_part: object, attribute: Attribute[Any], value: Any) -> None:
    # A line end would go into the headers of the part.
    if not isinstance(value, str) or not value or not value.isprintable():
        raise InvalidData(attribute.name, "text without control characters", value)


@frozen(kw_only=True)
class FilePart:
    """A file to upload: its content, as bytes or as a binary file open for reading, and its name."""

    content: bytes | BinaryIO = field(repr=False, validator=_check_content)
    file_name: str = field(validator=_check_word)
    content_type: str | None = field(default=None, validator=optional(_check_word))


@frozen(kw_only=True)
class Request:
    """What one call puts onto the wire, the host and the credentials aside."""

    operation: str
    method: str
    target: str
    """The path and the query, percent-encoded."""
    content: bytes | None = field(default=None, repr=False)
    """The body, if it is JSON. None stands for an empty body without a content type."""
    files: tuple[tuple[str, FilePart], ...] = ()
    """The parts of the body by name, if it is multipart/form-data."""


@frozen(kw_only=True)
class Response:
    """What came back: headers as a mapping whose keys are looked up in lower case, and the whole body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class Sender(Protocol):
    """Whatever can send a request and give back its response, whichever its status. `Client` is one."""

    async def send(self, request: Request, /) -> Response:
        """Send a request once."""
        ...
