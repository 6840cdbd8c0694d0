"""Types that operations and models share: the mark of an absent member, open enums, times, requests and responses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, Protocol, Self, SupportsIndex

from attrs import Attribute, field, frozen
from attrs.validators import optional

from .errors import InvalidData

__all__ = ("UNSET", "FilePart", "OpenEnum", "Request", "Response", "Sender", "Timestamp", "Unset")


class Unset(Enum):
    """The type of `UNSET`, its only instance. `UNSET` marks an absent member, and is false in conditions."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET


class OpenEnum(StrEnum):
    """An enum of strings to which the server can add. It keeps a value that the contract does not list."""

    if TYPE_CHECKING:
        # A member is equal to its string, as in str. Without these declarations, type checkers report that comparison
        # as a mistake, and treat the enum as closed when they narrow.
        def __eq__(self, other: object) -> bool: ...
        def __hash__(self) -> int: ...

    def __repr__(self) -> str:
        # A server may send any text. A short one in ASCII cannot damage a log or a terminal.
        return f"<{type(self).__name__}: {ascii(str(self)[:60])}>"

    @property
    def is_known(self) -> bool:
        """True if the contract lists this value."""
        return self._value_ in type(self)._value2member_map_

    @classmethod
    def read(cls, value: object) -> Self:
        """Return the member for a JSON value, listed or not. Raises InvalidData unless the value is a string."""
        if not isinstance(value, str):
            raise InvalidData("", f"a string ({cls.__name__})", value)
        known = cls._value2member_map_.get(value)
        return cls._unlisted(value) if known is None else known  # type: ignore[return-value]

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls._unlisted(value) if isinstance(value, str) else None

    @classmethod
    def _unlisted(cls, value: str) -> Self:
        # The enum does not register this member. Otherwise the values of a server would use more and more memory.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member


class Timestamp(datetime):
    """A time of a response. It is the datetime to the microsecond, and keeps its text, which the model writes back.

    The result of arithmetic and of `replace` is another time. Its text is its `isoformat`.
    """

    __slots__ = ("_text",)
    if TYPE_CHECKING:
        _text: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the time for its text. Raises ValueError for text that is not in ISO 8601."""
        found = cls.fromisoformat(text)
        found._text = text
        return found

    @property
    def text(self) -> str:
        """The text of the response."""
        text: str = getattr(self, "_text", "") or self.isoformat()
        return text

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        if hasattr(self, "_text"):
            return type(self).read, (self._text,)
        return super().__reduce_ex__(protocol)


def _check_content(_part: object, _attribute: object, value: Any) -> None:
    if not isinstance(value, bytes) and not hasattr(value, "read"):
        raise InvalidData("content", "bytes, or a binary file open for reading", value)


def _check_word(_part: object, attribute: Attribute[Any], value: Any) -> None:
    # A line end would end a header of the part.
    if not isinstance(value, str) or not value or not value.isprintable():
        raise InvalidData(attribute.name, "text without control characters", value)


@frozen(kw_only=True)
class FilePart:
    """A file to upload. The content is bytes, or a binary file open for reading."""

    content: bytes | BinaryIO = field(repr=False, validator=_check_content)
    file_name: str = field(validator=_check_word)
    content_type: str | None = field(default=None, validator=optional(_check_word))


@frozen(kw_only=True)
class Request:
    """A request without host and credentials."""

    operation: str
    method: str
    target: str
    """The path and the query, percent-encoded."""
    content: bytes | None = field(default=None, repr=False)
    """The JSON body. None sends an empty body without a content type."""
    files: tuple[tuple[str, FilePart], ...] = ()
    """The named parts of a multipart/form-data body."""


@frozen(kw_only=True)
class Response:
    """A response with its whole body. The names of the headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class Sender(Protocol):
    """An object that sends a request and returns the response, whatever its status. `Client` is one."""

    async def send(self, request: Request, /) -> Response:
        """Send a request once."""
        ...
