"""JSON in and out. Numbers are decimals, digit for digit; what cannot be read is an InvalidData that names the member."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn, Self
from uuid import UUID

import msgspec
from attrs import define, field, fields

from .errors import ApiError, DecodeError, InvalidData, UnexpectedStatus
from .types import UNSET, Response, Unset

Reader = Callable[[Any], Any]
"""Takes a value out of JSON, or raises InvalidData with a path that starts at the value."""


# ---- Bytes --------------------------------------------------------------------------------------------------------------

_ONE_BY_ONE = 65_536
"""From this size on (in bytes), the arrays at the top of a document are parsed item by item."""

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


class _Items(list[Any]):
    """An array whose items are parsed while they are read.

    Of a page of 5 MB only one item is then plain data at a time: less memory, and fewer walks of the garbage collector
    through everything that was parsed.
    """

    def __iter__(self) -> Iterator[Any]:
        return map(loads, super().__iter__())


def parse(content: bytes) -> Any:
    """Parse JSON that a reader will read at once."""
    if len(content) < _ONE_BY_ONE:
        return loads(content)
    split = _parsed(_splitter, content) if content.lstrip()[:1] in (b"[", b"{") else loads(content)
    if isinstance(split, list):
        return _Items(split)
    if isinstance(split, dict):
        return {
            name: _Items(_parsed(_splitter, part)) if memoryview(part)[0] == ord("[") else loads(part)
            for name, part in split.items()
        }
    return split


def dumps(value: Any) -> bytes:
    """Write a model, or plain JSON data, as JSON bytes; decimals digit for digit. Raises TypeError for a float."""
    return _written(plain, value)


def _written(write: Callable[[Any], Any], value: Any) -> bytes:
    try:
        return _encoder.encode(write(value))
    except RecursionError:
        raise InvalidData("", "data that can be written", found="too many levels of nesting") from None
    except UnicodeEncodeError:
        raise InvalidData("", "text that can be written", found="half of a character (a lone surrogate)") from None


def content(body: Any, read: Reader) -> bytes:
    """Write a request's body, after checking that it is what the contract asks for."""

    def checked(value: Any) -> Any:
        found = plain(value)
        read(found)
        return found

    return _written(checked, body)


def files(body: Any, kind: type[Any]) -> Any:
    """Give the parts of a body of files, after checking that it is one."""
    if not isinstance(body, kind):
        raise InvalidData("body", f"a {kind.__name__}", body)
    return body.to_multipart()


def argument(name: str, value: Any, read: Reader) -> Any:
    """Write an argument as plain data, after checking that it is what the contract asks for."""
    try:
        written = None if value is UNSET else plain(value)
        read(written)
    except InvalidData as error:
        raise error.under(name) from None
    return written


def optional(name: str, value: Any, read: Reader) -> Any:
    """Write an argument that may be left out, as None, UNSET or an empty list."""
    return UNSET if value is None or value is UNSET or value == [] else argument(name, value, read)


def result(operation: str, response: Response, successes: Mapping[int, Reader], problem: Reader | None) -> Any:
    """Read a response as the contract says. Raises UnexpectedStatus, or DecodeError for a success that cannot be read."""
    read = successes.get(response.status)
    if read is None:
        error = UnexpectedStatus(operation, response.status, response.headers, response.content)
        if problem is not None:
            try:
                error.problem = problem(parse(response.content))
            except ApiError:
                pass
        raise error
    if read is nothing:
        return None
    try:
        return read(parse(response.content))
    except InvalidData as reason:
        raise DecodeError(operation, response.status, response.headers, response.content, reason) from None


# ---- Reading ------------------------------------------------------------------------------------------------------------


def members(source: object, names: tuple[str, ...]) -> list[Any]:
    """Take members out of an object, UNSET for those that are not there."""
    if not isinstance(source, Mapping):
        raise InvalidData("", "an object", source)
    return [source.get(name, UNSET) for name in names]


def others(source: Mapping[str, Any], names: tuple[str, ...], read: Reader) -> dict[str, Any] | None:
    """Take the members that the contract does not name."""
    found: dict[str, Any] = {}
    for name, value in source.items():
        if name not in names:
            try:
                found[name] = read(value)
            except InvalidData as error:
                raise error.under(name) from None
    return found or None


def anything(value: Any) -> Any:
    """Take a value as it comes."""
    if value is UNSET:
        raise InvalidData("", "a value", value)
    return list(value) if isinstance(value, _Items) else value


def nothing(value: Any) -> None:
    """Stand for a body that is not read."""


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidData("", "a string", value)
    return value


def integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidData("", "an integer", value)
    return value


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidData("", "a boolean", value)
    return value


def number(value: Any) -> Decimal:
    try:
        return exact(value)
    except (TypeError, ValueError):
        raise InvalidData("", "a number, read from JSON as a Decimal or an int", value) from None


def day(value: Any) -> date:
    # fromisoformat alone takes the other forms of ISO 8601 too, weeks and days without dashes.
    if isinstance(value, str) and len(value) == 10 and value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise InvalidData("", "a date (YYYY-MM-DD)", value)


def moment(value: Any) -> datetime:
    # As with a day; and an offset may be missing, because the documentation does not say that it is always there.
    if isinstance(value, str) and value[7:8] == "-" and value[10:11] == "T":
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise InvalidData("", "a date-time (2024-09-24T10:02:01.9244011+00:00)", value)


def identifier(value: Any) -> UUID:
    try:
        return UUID(value)
    except (TypeError, ValueError, AttributeError):
        raise InvalidData("", "a UUID", value) from None


def constant(expected: Any) -> Reader:
    """Make a reader of one value only."""

    def read(value: Any) -> Any:
        if value != expected or type(value) is not type(expected):
            raise InvalidData("", repr(expected), value, found="another string" if isinstance(value, str) else None)
        return value

    return read


def within(read: Reader, least: int | None, most: int | None) -> Reader:
    """Make a reader of an integer that has bounds."""

    def read_within(value: Any) -> int:
        found: int = read(value)
        if (least is not None and found < least) or (most is not None and found > most):
            raise InvalidData("", f"an integer from {least} to {most}", found="one beyond them")
        return found

    return read_within


def array_of(read: Reader, least: int = 0, most: int | None = None) -> Reader:
    """Make a reader of an array of so many items, which are read by `read`."""

    def read_array(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise InvalidData("", "an array", value)
        if len(value) < least or (most is not None and len(value) > most):
            wanted = f"{least}" if least == most else f"{least} to {'any number' if most is None else most}"
            raise InvalidData("", f"an array of {wanted}", found=f"one of {len(value)}")
        items: list[Any] = []
        try:
            for item in value:
                items.append(read(item))
        except InvalidData as error:
            raise error.under(len(items)) from None
        return items

    return read_array


def or_null(read: Reader) -> Reader:
    """Make a reader that takes null as well."""
    return lambda value: None if value is None else read(value)


class Variant(NamedTuple):
    """A kind of object, and what tells it: the members it must have, and those whose value is fixed."""

    read: Reader
    required: frozenset[str]
    constants: tuple[tuple[str, Any], ...]

    def has_constants_of(self, source: Mapping[str, Any]) -> bool:
        return all(source.get(name, UNSET) == value for name, value in self.constants)


def variant_of(*variants: Variant) -> Reader:
    """Make a reader of an object of several kinds: the first of them whose members are there. Never by trying."""

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise InvalidData("", "an object", value)
        for variant in variants:
            if all(value.get(name) is not None for name in variant.required) and variant.has_constants_of(value):
                return variant.read(value)
        # None is whole. One that is named by a fixed value says best what is missing.
        for variant in variants:
            if variant.constants and variant.has_constants_of(value):
                return variant.read(value)
        wanted = " or ".join(" and ".join(sorted(variant.required)) for variant in variants)
        raise InvalidData("", f"an object with {wanted}", value, found="an object without them")

    return read


KINDS: Mapping[str, type[Any]] = {
    "str": str, "int": int, "Decimal": Decimal, "bool": bool, "list": list, "dict": Mapping,
}  # fmt: skip
_NAMES = {
    "str": "a string", "int": "an integer", "Decimal": "a number", "bool": "a boolean", "list": "an array", "dict": "an object",
}  # fmt: skip


def by_kind(**readers: Reader) -> Reader:
    """Make a reader of a value of several JSON kinds, named as Python's types are: str, int, Decimal, bool, list, dict."""
    kinds = [(KINDS[name], reader) for name, reader in readers.items()]
    expected = " or ".join(_NAMES[name] for name in readers)

    def read(value: Any) -> Any:
        for kind, reader in kinds:
            if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
                return reader(value)
        raise InvalidData("", expected, value)

    return read


# ---- Models -------------------------------------------------------------------------------------------------------------


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


# ---- Writing ------------------------------------------------------------------------------------------------------------


def exact(value: Decimal | int) -> Decimal:
    """Take a number that is exact. Raises TypeError for a float, ValueError for what is not finite."""
    if isinstance(value, Decimal):
        if value.is_finite():
            return value
        raise ValueError(f"{value} is not a number that can be sent")
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    _refuse(value)


def exact_or_unset(value: Decimal | int | Unset) -> Decimal | Unset:
    """Take an exact number, or leave it out."""
    return UNSET if value is UNSET else exact(value)


def exact_or_null(value: Decimal | int | None) -> Decimal | None:
    """Take an exact number, or null."""
    return None if value is None else exact(value)


def exact_or_absent(value: Decimal | int | Unset | None) -> Decimal | Unset | None:
    """Take an exact number, or null, or leave it out."""
    return value if value is None or value is UNSET else exact(value)


def _refuse(value: object) -> NoReturn:
    if isinstance(value, float):
        raise TypeError(f"a float is not exact: use Decimal('1.10'), not {value!r}")
    raise TypeError(f"use Decimal('1.10') or an int for a number, not a {type(value).__name__}")


def members_of(known: Iterable[tuple[str, Any]], additional: Mapping[str, Any] | None) -> dict[str, Any]:
    """Write the members of a model, those that are UNSET left out."""
    value = {name: plain(member) for name, member in (additional or {}).items()}
    for name, member in known:
        if member is not UNSET:
            value[name] = plain(member)
    return value


def plain(value: Any) -> Any:
    """Write a value as plain JSON data, numbers as int or Decimal. Raises TypeError for a float or a foreign type."""
    # Subclasses become what they are made of: the encoder takes no others than its own.
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal):
        return Decimal(exact(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, float):
        _refuse(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
