"""Python expressions for the templates: how each property of the contract is annotated, recognised and read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty
from openapi_python_client.strings import snake_case

from document import ContractError, is_private, own_schema


class Simple(NamedTuple):
    """A kind of property that is described in one line."""

    annotation: str
    reader: str
    kinds: tuple[str, ...]
    """The kinds of JSON it comes as."""
    unread: str = ""
    """A test that a value has to be read, as most are right as they are; empty where each has to be."""


SIMPLE: dict[type, Simple] = {
    StringProperty: Simple("str", "_read.text", ("str",), "type({0}) is not str"),
    IntProperty: Simple("int", "_read.integer", ("int",), "type({0}) is not int"),
    BooleanProperty: Simple("bool", "_read.boolean", ("bool",), "type({0}) is not bool"),
    FloatProperty: Simple(
        "Decimal", "_read.number", ("int", "Decimal"), "not (type({0}) is Decimal and {0}.is_finite())"
    ),
    DateProperty: Simple("_date", "_read.day", ("str",)),
    DateTimeProperty: Simple("_datetime", "_read.moment", ("str",)),
    UuidProperty: Simple("UUID", "_read.identifier", ("str",)),
    AnyProperty: Simple("Any", "_read.anything", ("anything",)),
    FileProperty: Simple("FilePart", "", ()),
}


def enum_members(enum: EnumProperty) -> dict[str, object]:
    """Give the values of an enum by name: `UnderReview` is UNDER_REVIEW, where the parser has UNDERREVIEW."""
    named: dict[str, object] = {}
    for key, value in enum.values.items():
        word = snake_case(str(value))
        name = word.upper() if word.isidentifier() and key == snake_case(str(value).upper()).upper() else key
        if name in named:
            raise ContractError(f"{enum.class_info.name}: two of its values would have the name {name}")
        named[name] = value
    return named


def variants(prop: PropertyProtocol) -> list[PropertyProtocol]:
    """Give what a property may be, null aside."""
    inner = prop.inner_properties if isinstance(prop, UnionProperty) else [prop]
    return [each for each in inner if not isinstance(each, NoneProperty)]


def is_nullable(prop: PropertyProtocol) -> bool:
    inner = prop.inner_properties if isinstance(prop, UnionProperty) else [prop]
    return any(isinstance(each, NoneProperty) for each in inner)


def annotation(prop: PropertyProtocol, *, absent: bool = True) -> str:
    """Give the type a property is declared with."""
    parts = [_annotation(each) for each in variants(prop)]
    if absent and not prop.required:
        parts.append("Unset")
    if is_nullable(prop):
        parts.append("None")
    return " | ".join(dict.fromkeys(parts))


def _annotation(prop: PropertyProtocol) -> str:
    match prop:
        case ConstProperty():
            return f"Literal[{prop.value.python_code.as_unembedded_code()}]"
        case EnumProperty() | ModelProperty():
            return str(prop.class_info.name)
        case ListProperty():
            return f"list[{annotation(prop.inner_property, absent=False)}]"
        case _:
            return _simple(prop).annotation


def _simple(prop: PropertyProtocol) -> Simple:
    try:
        return SIMPLE[type(prop)]
    except KeyError:
        raise ContractError(f"{_name(prop)}: nothing is known of a {type(prop).__name__}") from None


def has_numbers(props: Iterable[PropertyProtocol]) -> bool:
    """Tell whether any of these properties may be a `number`, which only a converter keeps exact."""
    return any(isinstance(each, FloatProperty) for prop in props for each in variants(prop))


def declared(model: ModelProperty, prop: PropertyProtocol) -> str:
    """Give what follows the annotation of a member: its default, and for a number the converter that keeps it exact."""
    if is_private(model, prop):
        return f" = _field({'' if prop.required else 'default=UNSET, '}repr=False)"
    if has_numbers([prop]):
        suffix = {
            (True, False): "",
            (True, True): "_or_null",
            (False, False): "_or_unset",
            (False, True): "_or_absent",
        }[prop.required, is_nullable(prop)]
        default = "" if prop.required else "default=UNSET, "
        return f" = _field({default}converter=_write.exact{suffix})"
    if isinstance(prop, ConstProperty) and prop.required:
        return f" = {prop.value.python_code.as_unembedded_code()}"
    return "" if prop.required else " = UNSET"


def unread(prop: PropertyProtocol, name: str) -> str:
    """Give a test that a value has to be read; empty where each value has to be."""
    found = variants(prop)
    simple = SIMPLE.get(type(found[0])) if len(found) == 1 else None
    return simple.unread.format(name) if simple else ""


class Readers:
    """Gives the reader of each property. It knows all models: what they must have tells variants apart."""

    def __init__(self, models: Iterable[ModelProperty]) -> None:
        self._models = {model.class_info.name: model for model in models}
        self.composed: dict[str, str] = {}
        """The readers that are made of others, as name and expression: they are made once, at the end of the module."""

    def member(self, model: ModelProperty, prop: PropertyProtocol) -> str:
        """Give the reader of a member, which may say how many items an array must have."""
        own = own_schema(model, prop)
        least, most = getattr(own, "minItems", None), getattr(own, "maxItems", None)
        if least is None and most is None:
            return self.reader(prop)
        (array,) = variants(prop)
        assert isinstance(array, ListProperty)
        item = self.nullable(array.inner_property)
        return self._compose(f"{least}_to_{most}_of_{_word(item)}", f"_read.array_of({item}, {least or 0}, {most})")

    def argument(self, prop: PropertyProtocol, bounds: tuple[int | None, int | None]) -> str:
        """Give the reader of a parameter, which may say how large an integer may be."""
        read = self.nullable(prop)
        if read != "_read.integer" or bounds == (None, None):
            return read
        least, most = bounds
        name = f"integer_{least}_to_{most}".replace("-", "minus_")
        return self._compose(name, f"_read.within({read}, {least}, {most})")

    def reader(self, prop: PropertyProtocol) -> str:
        """Give an expression for the function that reads a value of this property, null and absence aside."""
        found = variants(prop)
        return self._one(found[0]) if len(found) == 1 else self._union(prop, found)

    def _one(self, prop: PropertyProtocol) -> str:
        match prop:
            case ConstProperty():
                code = prop.value.python_code.as_unembedded_code()
                return self._compose(re.sub(r"\W", "_", f"constant_{prop.value.raw_value}"), f"_read.constant({code})")
            case EnumProperty():
                return f"{prop.class_info.name}.read"
            case ModelProperty():
                return f"{prop.class_info.name}.from_dict"
            case ListProperty():
                item = self.nullable(prop.inner_property)
                return self._compose(f"array_of_{_word(item)}", f"_read.array_of({item})")
            case _:
                return _simple(prop).reader

    def nullable(self, prop: PropertyProtocol) -> str:
        """Give the reader of a value that may be null, if it may be."""
        read = self.reader(prop)
        return self._compose(f"{_word(read)}_or_null", f"_read.or_null({read})") if is_nullable(prop) else read

    def _compose(self, name: str, expression: str) -> str:
        known = self.composed.setdefault(f"_read_{name}", expression)
        if known != expression:
            raise ContractError(f"two readers would have the name _read_{name}: {known} and {expression}")
        return f"_read_{name}"

    def _union(self, prop: PropertyProtocol, found: list[PropertyProtocol]) -> str:
        objects = [each for each in found if isinstance(each, ModelProperty)]
        by_kind: dict[str, str] = {}
        for each in found:
            if isinstance(each, AnyProperty):
                raise ContractError(f"{_name(prop)}: one of its variants may be anything, so nothing tells the others")
            for kind in _kinds(each):
                read = self._objects(prop, objects) if kind == "dict" else self._one(each)
                if by_kind.setdefault(kind, read) != read:
                    raise ContractError(f"{_name(prop)}: nothing tells its variants apart that come as {kind}")
        if set(by_kind) == {"dict"}:
            return by_kind["dict"]
        pairs = ", ".join(f"{kind}={read}" for kind, read in by_kind.items())
        return self._compose("_or_".join(dict.fromkeys(map(_word, by_kind.values()))), f"_read.by_kind({pairs})")

    def _objects(self, prop: PropertyProtocol, objects: list[ModelProperty]) -> str:
        if len(objects) == 1:
            return self._one(objects[0])
        signs = [_signature(self._models[each.class_info.name]) for each in objects]
        for later, sign in enumerate(signs):
            for earlier in signs[:later]:
                if earlier.items() <= sign.items():
                    raise ContractError(
                        f"{_name(prop)}: its variant {objects[later].class_info.name} could never be chosen"
                    )
        parts = [_variant(each, sign) for each, sign in zip(objects, signs, strict=True)]
        name = "_or_".join(_word(self._one(each)) for each in objects)
        return self._compose(name, f"_read.variant_of({', '.join(parts)})")


ANY_VALUE = object()


def _name(prop: PropertyProtocol) -> str:
    return prop.name.get_untrusted_value()


def _variant(model: ModelProperty, sign: Mapping[str, Any]) -> str:
    fixed_members = tuple((name, value) for name, value in sorted(sign.items()) if value is not ANY_VALUE)
    return f"_read.Variant({model.class_info.name}.from_dict, frozenset({sorted(sign)}), {fixed_members!r})"


def _signature(model: ModelProperty) -> Mapping[str, Any]:
    """Give the members that a kind of object must have, with their value where it is fixed."""
    return {
        _name(prop): prop.value.raw_value if isinstance(prop, ConstProperty) else ANY_VALUE
        for prop in model.required_properties or []
    }


def _kinds(prop: PropertyProtocol) -> tuple[str, ...]:
    match prop:
        case ModelProperty():
            return ("dict",)
        case ListProperty():
            return ("list",)
        case EnumProperty():
            return (prop.value_type.__name__,)
        case ConstProperty():
            return (type(prop.value.raw_value).__name__,)
        case _:
            return _simple(prop).kinds


def _word(reader: str) -> str:
    """Give what a reader's expression says: `PurchaseRef.from_dict` says PurchaseRef, `_read.text` says text."""
    return reader.removeprefix("_read_").removeprefix("_read.").removesuffix(".from_dict").removesuffix(".read")
