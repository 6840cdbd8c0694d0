"""Readers of JSON data. A reader returns a checked value, or raises InvalidData with the path of the member."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from . import _write
from ._json import Items
from .errors import InvalidData
from .types import UNSET, OpenEnum, Timestamp

Reader = Callable[[Any], Any]
"""Converts a JSON value, or raises InvalidData with a path that starts at the value."""

_DEEPEST = 100
"""The most levels of data that the contract does not describe. 500 levels can be read, but not copied or written."""


def members(source: object, names: tuple[str, ...]) -> list[Any]:
    """Return the members with these names. An absent one is UNSET. Raises InvalidData if the source is no object."""
    if not isinstance(source, Mapping):
        raise InvalidData("", "an object", source)
    return [source.get(name, UNSET) for name in names]


def nullable_members(source: object, names: tuple[str, ...]) -> list[Any]:
    """Return the members with these names. An absent one is None. Raises InvalidData if the source is no object."""
    # A test for a Mapping takes as long as six members.
    if type(source) is not dict and not isinstance(source, Mapping):
        raise InvalidData("", "an object", source)
    return list(map(source.get, names))


class Bits(dict[str, int]):
    """A bit for each name, in their order."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__((name, 1 << place) for place, name in enumerate(names))
        self._names = frozenset(names)

    def absent(self, source: Mapping[str, Any]) -> int:
        """Return the bits of the names that are absent."""
        found = 0
        for name in self._names.difference(source):
            found |= self[name]
        return found


def required(source: Mapping[str, Any], name: str) -> None:
    """Raise InvalidData if a required member is absent, whose null is permitted."""
    if name not in source:
        raise InvalidData("", "a value", UNSET)


def located(error: InvalidData, source: Mapping[str, Any], name: str) -> InvalidData:
    """Return the error of a member with its path. The value None may stand for an absent member."""
    return (error if name in source else InvalidData("", error.expected, UNSET)).under(name)


def others(source: Mapping[str, Any], names: Container[str], read: Reader) -> dict[str, Any] | None:
    """Return the members that the contract does not name. None if there are none."""
    found: dict[str, Any] = {}
    for name, value in source.items():
        if name not in names:
            try:
                found[name] = read(value)
            except InvalidData as error:
                raise error.under(name) from None
    return found or None


def anything(value: Any) -> Any:
    """Return a value unchanged."""
    if value is UNSET:
        raise InvalidData("", "a value", value)
    found = list(value) if isinstance(value, Items) else value
    level = [found]
    for _ in range(_DEEPEST):
        level = [inner for each in level if isinstance(each, dict | list) for inner in _inner(each)]
        if not level:
            return found
    raise InvalidData("", f"at most {_DEEPEST} levels of nesting", found="more of them")


def _inner(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def unnamed(value: Any) -> NoReturn:
    """Refuse a member that the contract does not name."""
    raise InvalidData("", "no member of this name", value)


def has_one_of(source: Mapping[str, Any], *alternatives: list[str]) -> None:
    """Raise InvalidData unless the object has all members of one of the alternatives."""
    if not any(all(name in source for name in names) for names in alternatives):
        wanted = " or ".join(" and ".join(names) for names in alternatives)
        raise InvalidData("", f"an object with {wanted}", found="an object without them")


def nothing(value: Any) -> None:
    """Mark a response whose body is not read."""


def member_of(kind: type[OpenEnum]) -> Reader:
    """Return a reader of an enum."""
    listed = {str(member): member for member in kind}

    def read_member(value: Any) -> OpenEnum:
        try:
            return listed[value]
        except (KeyError, TypeError):
            return kind.read(value)

    return read_member


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
    if type(value) is int:
        return Decimal(value)
    try:
        return _write.exact(value)
    except (TypeError, ValueError):
        raise InvalidData("", "a number, read from JSON as a Decimal or an int", value) from None


def day(value: Any) -> date:
    # fromisoformat also accepts other forms of ISO 8601: weeks, and days without dashes.
    if isinstance(value, str) and len(value) == 10 and value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise InvalidData("", "a date (YYYY-MM-DD)", value, found="a date-time" if _is_moment(value) else None)


def _is_moment(value: Any) -> bool:
    # As in `day`, other forms of ISO 8601 are refused.
    return isinstance(value, str) and value[7:8] == "-" and value[10:11] == "T"


def moment(value: Any) -> datetime:
    # The offset is optional: the documentation does not promise it.
    if _is_moment(value):
        try:
            return Timestamp.read(value)
        except ValueError:
            pass
    raise InvalidData("", "a date-time (2024-09-24T10:02:01.9244011+00:00)", value)


def identifier(value: Any) -> UUID:
    try:
        return UUID(value)
    except (TypeError, ValueError, AttributeError):
        raise InvalidData("", "a UUID", value) from None


def constant(expected: Any) -> Reader:
    """Return a reader of exactly one value."""

    def read(value: Any) -> Any:
        if value != expected or type(value) is not type(expected):
            raise InvalidData("", repr(expected), value, found="another string" if isinstance(value, str) else None)
        return value

    return read


def within(read: Reader, least: Decimal | int | None, most: Decimal | int | None) -> Reader:
    """Return a reader of a number that has limits."""

    def read_within(value: Any) -> Any:
        found = read(value)
        if (least is not None and found < least) or (most is not None and found > most):
            kind = "an integer" if isinstance(found, int) else "a number"
            raise InvalidData("", f"{kind} {_limits(least, most)}", found="one beyond them")
        return found

    return read_within


def of_length(read: Reader, least: int | None, most: int | None) -> Reader:
    """Return a reader of a string. Its number of characters has limits."""

    def read_string(value: Any) -> Any:
        found = read(value)
        if len(found) < (least or 0) or (most is not None and len(found) > most):
            raise InvalidData("", f"a string {_limits(least, most)} characters", found=f"one of {len(found)}")
        return found

    return read_string


def _limits(least: Decimal | int | None, most: Decimal | int | None) -> str:
    if least is None or most is None:
        return f"of at most {most}" if least is None else f"of at least {least}"
    return f"from {least} to {most}"


def excluding(read: Reader, values: list[Any]) -> Reader:
    """Return a reader of every value except these."""

    def read_other(value: Any) -> Any:
        found = read(value)
        if found in values:
            raise InvalidData("", f"none of {', '.join(map(repr, values))}", found="one of them")
        return found

    return read_other


def array_of(read: Reader, least: int = 0, most: int | None = None) -> Reader:
    """Return a reader of an array. Its number of items has limits. `read` reads each item."""

    def read_array(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise InvalidData("", "an array", value)
        if len(value) < least or (most is not None and len(value) > most):
            wanted = f"of {least}" if least == most else f"{_limits(least or None, most)} items"
            raise InvalidData("", f"an array {wanted}", found=f"one of {len(value)}")
        items: list[Any] = []
        try:
            for item in value:
                items.append(read(item))
        except InvalidData as error:
            raise error.under(len(items)) from None
        return items

    return read_array


def or_null(read: Reader) -> Reader:
    """Return a reader that also accepts null."""
    return lambda value: None if value is None else read(value)


class Variant(NamedTuple):
    """A kind of object: its reader, its required members, and its members with a constant value."""

    read: Reader
    required: frozenset[str]
    constants: tuple[tuple[str, Any], ...]

    def has_constants_of(self, source: Mapping[str, Any]) -> bool:
        for name, value in self.constants:
            if source.get(name, UNSET) != value:
                return False
        return True

    def is_complete(self, source: Mapping[str, Any]) -> bool:
        for name in self.required:
            if source.get(name) is None:
                return False
        return True


def variant_of(*variants: Variant) -> Reader:
    """Return a reader of several kinds of objects.

    It chooses the first kind whose required members are present and whose constants match. It never tries the readers
    in turn, because the first one that succeeds can be the wrong one.
    """

    def read(value: Any) -> Any:
        if type(value) is not dict and not isinstance(value, Mapping):
            raise InvalidData("", "an object", value)
        for variant in variants:
            if variant.has_constants_of(value) and variant.is_complete(value):
                return variant.read(value)
        # No kind is complete. If a constant names a kind, the error of that kind names the missing member.
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
    """Return a reader of several JSON types. Their names are str, int, Decimal, bool, list and dict, as in Python."""
    kinds = [(KINDS[name], reader) for name, reader in readers.items()]
    expected = " or ".join(_NAMES[name] for name in readers)

    def read(value: Any) -> Any:
        for kind, reader in kinds:
            if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
                return reader(value)
        raise InvalidData("", expected, value)

    return read
