"""Reading and writing JSON with exact numbers, and the base class of the models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

import msgspec
from attrs import fields

from . import _write
from .errors import InvalidData
from .types import UNSET

LARGE = 65_536
"""If a response has at least this number of bytes, a thread reads it and parses its outer arrays item by item."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_splitter = msgspec.json.Decoder(list[msgspec.Raw] | dict[str, msgspec.Raw])
_encoder = msgspec.json.Encoder(decimal_format="number")


def loads(content: bytes | msgspec.Raw) -> Any:
    """Parse JSON. A number with a point or an exponent becomes a Decimal. Raises InvalidData if it is not JSON."""
    return _parsed(_decoder, content)


def _parsed(decoder: msgspec.json.Decoder[Any], content: bytes | msgspec.Raw) -> Any:
    try:
        return decoder.decode(content)
    except msgspec.MsgspecError as error:
        raise InvalidData("", "JSON", found=f"something else ({error})") from None
    except UnicodeDecodeError:
        raise InvalidData("", "JSON", found="bytes that are not UTF-8") from None
    except ArithmeticError:
        raise InvalidData("", "JSON", found="a number out of all proportion") from None
    except RecursionError:
        raise InvalidData("", "JSON", found="too many levels of nesting") from None


class Items(list[Any]):
    """An array that parses each item when a reader reaches it.

    Only one item of a page of 5 MB is plain data at a time. This saves memory, and the garbage collector has fewer
    objects to visit.
    """

    def __iter__(self) -> Iterator[Any]:
        return map(loads, super().__iter__())


def parse(content: bytes) -> Any:
    """Parse JSON for a reader, which reads each outer array once."""
    if len(content) < LARGE:
        return loads(content)
    split = _parsed(_splitter, content) if content.lstrip()[:1] in (b"[", b"{") else loads(content)
    if isinstance(split, list):
        return Items(split)
    if isinstance(split, dict):
        return {
            name: Items(_parsed(_splitter, part)) if memoryview(part)[0] == ord("[") else loads(part)
            for name, part in split.items()
        }
    return split


def dumps(value: Any) -> bytes:
    """Return a model or plain JSON data as JSON bytes. Numbers keep their digits. Raises TypeError for a float."""
    return encode(_write.plain, value)


def encode(write: Callable[[Any], Any], value: Any) -> bytes:
    """Return a value as JSON bytes. `write` converts it to plain data.

    Raises InvalidData for text that UTF-8 cannot encode, and for data with too many levels.
    """
    try:
        return _encoder.encode(write(value))
    except RecursionError:
        raise InvalidData("", "data that can be written", found="too many levels of nesting") from None
    except UnicodeEncodeError:
        raise InvalidData("", "text that can be written", found="half of a character (a lone surrogate)") from None


_IDENTIFYING = (
    "id", "type_", "title", "name", "code", "state", "status", "value", "currency", "unit", "percentage",
)  # fmt: skip
"""The members that a repr shows, in this order. A model without any of them shows its other members."""
_LONGEST_REPR = 120
_LONGEST_TEXT = 40


class Model:
    """The base class of the models: reading and writing JSON, and the members that the contract does not name."""

    if not TYPE_CHECKING:
        # The classes of the models have the slots. For the type checkers, this class would forbid every attribute.
        __slots__ = ()
    _members: ClassVar[tuple[str, ...]] = ()
    # Created on first use. A purchase has 50 objects, and few of them have such members. 50 empty dictionaries would
    # cost more in garbage collection than it costs to read the purchase.
    _additional_properties: dict[str, Any] | None

    @property
    def additional_properties(self) -> dict[str, Any]:
        """The members that the contract does not name, unchanged. The model writes them back. You can add members."""
        if self._additional_properties is None:
            self._additional_properties = {}
        return self._additional_properties

    def has(self, name: str) -> bool:
        """Return True if a member is present, so that `to_dict` writes it. Raises AttributeError for an unknown name.

        Args:
            name: The Python name of the member, such as `created_at`.
        """
        if name not in self._members:
            kind = type(self).__name__
            raise AttributeError(
                f"{kind} has no member {name!r}: pass the Python name of a member", name=name, obj=self
            )
        return self._is_present(name)

    def _is_present(self, name: str) -> bool:
        return getattr(self, name) is not UNSET

    # attrs would compile a method of each class, which takes a tenth of the time of an import.
    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        same = all(getattr(self, name) == getattr(other, name) for name in self._members)
        # A model without additional properties equals one with none of them.
        return same and (self._additional_properties or {}) == (other._additional_properties or {})

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Return a model of JSON data. Raises InvalidData with the path of a wrong member. A float is wrong."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return JSON data with exact numbers, without absent members. Raises TypeError for a float."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Return a model of JSON bytes with exact numbers. Raises InvalidData with the path of a wrong member."""
        return cls.from_dict(parse(content))

    def to_json(self) -> bytes:
        """Return JSON bytes with exact numbers. Raises TypeError for a float."""
        return dumps(self)

    def _shown(self) -> dict[str, Any]:
        """Return the members that are present and not private."""
        names = (each.name for each in fields(type(self)) if each.repr)  # type: ignore[arg-type]
        return {name: getattr(self, name) for name in names if self._is_present(name)}

    def __repr__(self) -> str:
        shown = self._shown()
        names = [name for name in _IDENTIFYING if name in shown] or shown
        text = f"{type(self).__name__}({', '.join(f'{name}={_brief(shown[name])}' for name in names)})"
        return text if len(text) <= _LONGEST_REPR else f"{text[: _LONGEST_REPR - 4]}...)"

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        """Yield the members for Rich, which shows the model as a tree."""
        for name, value in self._shown().items():
            yield name, str(value) if isinstance(value, Enum) else value
        if self._additional_properties:
            yield "additional_properties", self._additional_properties


class ReadModel(Model):
    """The base class of the models that only responses contain. An absent member is None, and the model remembers it."""

    if not TYPE_CHECKING:
        __slots__ = ()
    _absent: int
    """A bit for each member, in the order of `_members`. It is set if the member was absent. A member that has a value
    since then is present."""

    def __attrs_post_init__(self) -> None:
        self._absent = sum(1 << place for place, name in enumerate(self._members) if getattr(self, name) is None)

    def _is_present(self, name: str) -> bool:
        return getattr(self, name) is not None or not self._absent >> self._members.index(name) & 1


def _brief(value: object) -> str:
    """Return a value for a repr of one line."""
    match value:
        case str():
            return repr(str(value) if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}...")
        case Decimal() | date() | UUID():
            return str(value)
        case list() | tuple() | dict():
            return f"<{len(value)} items>"
        case _:
            return repr(value)
