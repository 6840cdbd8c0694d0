"""JSON in and out, digit for digit, and what every model has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Self

import msgspec
from attrs import define, field, fields

from . import _write
from .errors import InvalidData
from .types import UNSET

LARGE = 65_536
"""From this size on (in bytes), an answer is read in a thread, and the arrays at its top are parsed item by item."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_splitter = msgspec.json.Decoder(list[msgspec.Raw] | dict[str, msgspec.Raw])
_encoder = msgspec.json.Encoder(decimal_format="number")


def loads(content: bytes | msgspec.Raw) -> Any:
    """Parse JSON. A number with a point or an exponent becomes a Decimal. Raises InvalidData for what is not JSON."""
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
    """An array whose items are parsed while they are read.

    Of a page of 5 MB only one item is then plain data at a time: less memory, and fewer walks of the garbage collector
    through everything that was parsed.
    """

    def __iter__(self) -> Iterator[Any]:
        return map(loads, super().__iter__())


def parse(content: bytes) -> Any:
    """Parse JSON that a reader will read at once."""
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
    """Write a model, or plain JSON data, as JSON bytes; decimals digit for digit. Raises TypeError for a float."""
    return encode(_write.plain, value)


def encode(write: Callable[[Any], Any], value: Any) -> bytes:
    """Write a value as JSON bytes, after `write` has made it plain data."""
    try:
        return _encoder.encode(write(value))
    except RecursionError:
        raise InvalidData("", "data that can be written", found="too many levels of nesting") from None
    except UnicodeEncodeError:
        raise InvalidData("", "text that can be written", found="half of a character (a lone surrogate)") from None


def _or_empty(value: dict[str, Any] | None) -> dict[str, Any]:
    return value or {}


@define(kw_only=True, repr=False)
class Model:
    """What every model has: JSON in and out, and a place for the members that the contract does not name."""

    # Made when it is asked for: of the 50 objects of a purchase hardly one has such members, and as many empty
    # dictionaries would cost more in garbage collection than the reading itself.
    _additional_properties: dict[str, Any] | None = field(default=None, eq=_or_empty)

    @property
    def additional_properties(self) -> dict[str, Any]:
        """The members that the contract does not name, as they came. They are written back, and others may be added."""
        if self._additional_properties is None:
            self._additional_properties = {}
        return self._additional_properties

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read JSON data whose numbers are int or Decimal. Raises InvalidData with the path of the member that is wrong."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Write as JSON data: numbers as Decimal, members that are UNSET left out. Raises TypeError for a float."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read JSON bytes, numbers digit for digit. Raises InvalidData with the path of the member that is wrong."""
        return cls.from_dict(parse(content))

    def __repr__(self) -> str:
        shown = {each.alias: getattr(self, each.name) for each in fields(type(self)) if each.alias and each.repr}
        # Last, as in `to_dict`, and only if there are any. What is UNSET is not shown, as it is not written.
        additional = shown.pop("additional_properties") or UNSET
        pairs = {**shown, "additional_properties": additional}.items()
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs if value is not UNSET)})"

    def to_json(self) -> bytes:
        """Write as JSON bytes, numbers digit for digit. Raises TypeError for a float."""
        return dumps(self)
