"""Reading and writing JSON with exact numbers, and the base class of the models."""

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


def _or_empty(value: dict[str, Any] | None) -> dict[str, Any]:
    return value or {}


@define(kw_only=True, repr=False)
class Model:
    """The base class of the models: reading and writing JSON, and the members that the contract does not name."""

    # Created on first use. A purchase has 50 objects, and few of them have such members. 50 empty dictionaries would
    # cost more in garbage collection than it costs to read the purchase.
    _additional_properties: dict[str, Any] | None = field(default=None, eq=_or_empty)

    @property
    def additional_properties(self) -> dict[str, Any]:
        """The members that the contract does not name, unchanged. The model writes them back. You can add members."""
        if self._additional_properties is None:
            self._additional_properties = {}
        return self._additional_properties

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Return a model of JSON data. Raises InvalidData with the path of a wrong member. A float is wrong."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return JSON data with exact numbers, without members that are UNSET. Raises TypeError for a float."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Return a model of JSON bytes with exact numbers. Raises InvalidData with the path of a wrong member."""
        return cls.from_dict(parse(content))

    def __repr__(self) -> str:
        shown = {each.alias: getattr(self, each.name) for each in fields(type(self)) if each.alias and each.repr}
        # Additional members come last. As in `to_dict`, members that are UNSET are left out.
        additional = shown.pop("additional_properties") or UNSET
        pairs = {**shown, "additional_properties": additional}.items()
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs if value is not UNSET)})"

    def to_json(self) -> bytes:
        """Return JSON bytes with exact numbers. Raises TypeError for a float."""
        return dumps(self)
