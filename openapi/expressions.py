"""Python expressions for the templates. They annotate, recognise and read each type of the contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from attrs import evolve

from document import ContractError, Member, Model, Type


class Simple(NamedTuple):
    """A kind of type that needs only its name."""

    annotation: str
    reader: str
    kinds: tuple[str, ...]
    """The kinds of JSON values that can hold this type."""
    unread: str = ""
    """A test that a value has to be read. Most values pass as they are. Empty: every value has to be read."""


SIMPLE: Mapping[str, Simple] = {
    "string": Simple("str", "_read.text", ("str",), "type({0}) is not str"),
    "integer": Simple("int", "_read.integer", ("int",), "type({0}) is not int"),
    "boolean": Simple("bool", "_read.boolean", ("bool",), "type({0}) is not bool"),
    "number": Simple("Decimal", "_read.number", ("int", "Decimal"), "not (type({0}) is Decimal and {0}.is_finite())"),
    "date": Simple("_date", "_read.day", ("str",)),
    "date-time": Simple("_datetime", "_read.moment", ("str",)),
    "uuid": Simple("UUID", "_read.identifier", ("str",)),
    "any": Simple("Any", "_read.anything", ("anything",)),
    "file": Simple("FilePart", "", ()),
}
WRITTEN: Mapping[str, str] = {"number": "", "enum": "._value_", "date": ".isoformat()", "model": ".to_dict()"}
"""The text after a value that makes it plain JSON data, for the kinds of type whose members have a converter."""
LIMITS: Mapping[str, tuple[str, str]] = {
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
}
"""The keywords that limit a kind of type. The readers enforce them."""
FORMATS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
"""The limits of an integer by its format. They apply to sent values only, because reading is lenient."""


def variants(type: Type) -> tuple[Type, ...]:
    """Return the types that a value can have, except null."""
    return type.variants or (type,)


def annotation(member: Member, *, is_sent: bool = True) -> str:
    """Return the type with which a member is declared. An absent member is UNSET in a request, None in a response."""
    if member.is_required:
        return annotated(member.type)
    if is_sent:
        return annotated(member.type, "Unset")
    return annotated(member.type if member.type.kind == "any" else evolve(member.type, is_nullable=True))


def annotated(type: Type, *more: str) -> str:
    """Return a type as Python annotates it."""
    parts = [*map(_annotated, variants(type)), *more, *(["None"] if type.is_nullable else [])]
    return " | ".join(dict.fromkeys(parts))


def _annotated(type: Type) -> str:
    match type:
        case Type(kind="constant"):
            return f"Literal[{type.value!r}]"
        case Type(kind="enum" | "model"):
            return type.name
        case Type(kind="array", item=Type() as item):
            return f"list[{annotated(item)}]"
        case _:
            return SIMPLE[type.kind].annotation


def takes_null(type: Type) -> bool:
    """Return True if null is a value of the type."""
    return type.is_nullable or type.kind == "any"


def present_if(member: Member, *, is_sent: bool) -> list[str]:
    """Return the tests that a member has a value to read. It may be absent or null."""
    name = member.python_name
    if not is_sent:
        return [f"{name} is not None"] if member.type.is_nullable or not member.is_required else []
    null = [f"{name} is not None"] if member.type.is_nullable else []
    return null + ([] if member.is_required else [f"{name} is not UNSET"])


class Converter(NamedTuple):
    """The function that converts a caller's value for a member."""

    name: str
    accepts: str
    returns: str
    result: str


def converters(models: Iterable[Model]) -> dict[str, Converter]:
    """Return the converters of all members by their names."""
    found = (converter(member, is_sent=model.is_sent) for model in models for member in model.members)
    return {each.name: each for each in found if each}


def has_converters(model: Model) -> bool:
    """Return True if a member of the model has a converter."""
    return any(converter(member, is_sent=model.is_sent) for member in model.members)


def converter(member: Member, *, is_sent: bool) -> Converter | None:
    """Return the converter of a member, None if the member takes values of its type alone.

    A member of a response has one only if it is a number, which must stay exact.
    """
    if not is_sent and member.type.kind != "number":
        return None
    found = _conversion(member.type)
    if not found:
        return None
    name, function, accepts, kind = found
    is_null = member.type.is_nullable or not (is_sent or member.is_required)
    is_unset = is_sent and not member.is_required
    suffix = {(False, False): "", (True, False): "_or_null", (False, True): "_or_unset", (True, True): "_or_absent"}
    passed = [*(["value is None"] if is_null else []), *(["value is UNSET"] if is_unset else [])]
    call = f'_write.{function}("{member.python_name}", value{kind and f", {kind}"})'
    more = [*(["Unset"] if is_unset else []), *(["None"] if is_null else [])]
    return Converter(
        name=f"_{member.python_name}_as_{name}{suffix[is_null, is_unset]}",
        accepts=" | ".join([accepts, *more]),
        returns=annotation(member, is_sent=is_sent),
        result=f"value if {' or '.join(passed)} else {call}" if passed else call,
    )


def _conversion(type: Type) -> tuple[str, str, str, str] | None:
    """Return the parts of a conversion: its name, its function, the types that it accepts, and the class."""
    match type:
        case Type(kind="number"):
            return "number", "number", "Decimal | int | str", ""
        case Type(kind="date"):
            return "date", "day", "_date | str", ""
        case Type(kind="uuid"):
            return "uuid", "identifier", "UUID | str", ""
        case Type(kind="enum"):
            return type.name, "member", f"{type.name} | str", type.name
        case Type(kind="model"):
            return type.name, "model", type.name, type.name
        case Type(kind="array", item=Type(kind="uuid", is_nullable=False)):
            return "uuids", "identifiers", "Sequence[UUID | str]", ""
        case Type(kind="array", item=Type(kind="model", is_nullable=False) as item):
            return f"{item.name}_list", "models", f"Sequence[{item.name}]", item.name
        case _:
            return None


def declared(member: Member, *, is_sent: bool) -> str:
    """Return the text after the annotation of a member: its default, its converter, and the mark of a private one."""
    absent = "UNSET" if is_sent else "None"
    arguments = [] if member.is_required else [f"default={absent}"]
    if found := converter(member, is_sent=is_sent):
        arguments.append(f"converter={found.name}")
    if member.is_private:
        arguments.append("repr=False")
    if found or member.is_private:
        return f" = _field({', '.join(arguments)})"
    if member.type.kind == "constant" and member.is_required:
        return f" = {member.type.value!r}"
    return "" if member.is_required else f" = {absent}"


def written(member: Member) -> str:
    """Return an expression for a member of a request as plain JSON data.

    The converter of a member proves its type. A member without one can hold a value of another type.
    """
    value = f"self.{member.python_name}"
    kind = member.type.kind if member.is_required and not member.type.is_nullable else ""
    return f"{value}{WRITTEN[kind]}" if kind in WRITTEN else f"_plain({value})"


class Readers:
    """The reader of each type. It knows all models: their required members distinguish the variants of a union."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models = {model.name: model for model in models}
        self.composed: dict[str, str] = {}
        """The readers that consist of others, as name and expression. The end of the module makes each once."""

    def unread(self, model: Model, member: Member) -> str:
        """Return a test that a member has to be read, empty if every value has to be."""
        simple = SIMPLE.get(member.type.kind)
        if simple is None or self.reader(member.type, is_sent=model.is_sent) != simple.reader:
            return ""
        return simple.unread.format(member.python_name)

    def nullable(self, type: Type, *, is_sent: bool = False) -> str:
        """Return the reader of a type, which takes null if the type has it."""
        read = self.reader(type, is_sent=is_sent)
        return self._compose(f"{_word(read)}_or_null", f"_read.or_null({read})") if type.is_nullable else read

    def reader(self, type: Type, *, is_sent: bool = False) -> str:
        """Return an expression for the function that reads a value of this type other than null."""
        return self._union(type.variants, is_sent) if type.variants else self._one(type, is_sent)

    def _one(self, type: Type, is_sent: bool) -> str:
        match type:
            case Type(kind="constant"):
                return self._compose(f"constant_{type.value}", f"_read.constant({type.value!r})")
            case Type(kind="enum"):
                return self._compose(type.name, f"_read.member_of({type.name})")
            case Type(kind="model"):
                return self._model(type)
            case Type(kind="array", item=Type() as item):
                return self._array(self.nullable(item, is_sent=is_sent), _limits(type))
            case _:
                return self._excluding(type, self._limited(type, is_sent))

    def _model(self, type: Type) -> str:
        # Python makes an object for each access to a method of a class. A name of the module is bound once.
        return self._compose(type.name, f"{type.name}.from_dict")

    def _array(self, item: str, limits: tuple[Any, Any]) -> str:
        least, most = limits
        if limits == (None, None):
            return self._compose(f"array_of_{_word(item)}", f"_read.array_of({item})")
        return self._compose(f"{least}_to_{most}_of_{_word(item)}", f"_read.array_of({item}, {least or 0}, {most})")

    def _limited(self, type: Type, is_sent: bool) -> str:
        read = SIMPLE[type.kind].reader
        least, most = _limits(type)
        name = f"{_word(read)}_{least}_to_{most}".replace("-", "minus_")
        if is_sent and "format" in type.keywords:
            format = type.keywords["format"]
            name = format if (least, most) == (None, None) else name
            lowest, highest = FORMATS[format]
            least, most = lowest if least is None else least, highest if most is None else most
        if (least, most) == (None, None):
            return read
        function = "of_length" if type.kind == "string" else "within"
        return self._compose(name, f"_read.{function}({read}, {_number(least)}, {_number(most)})")

    def _excluding(self, type: Type, read: str) -> str:
        if "not" not in type.keywords:
            return read
        values = type.keywords["not"]["enum"]
        name = f"{_word(read)}_except_{'_'.join(map(str, values))}"
        return self._compose(name, f"_read.excluding({read}, {values!r})")

    def _compose(self, name: str, expression: str) -> str:
        name = "_read_" + re.sub(r"\W", "_", name)
        known = self.composed.setdefault(name, expression)
        if known != expression:
            raise ContractError(f"two readers would have the name {name}: {known} and {expression}")
        return name

    def _union(self, found: tuple[Type, ...], is_sent: bool) -> str:
        objects = [each for each in found if each.kind == "model"]
        by_kind: dict[str, str] = {}
        for each in found:
            if each.kind == "any":
                raise ContractError("one of its variants can be anything, so no value belongs to another variant")
            for kind in _kinds(each):
                read = self._objects(objects) if kind == "dict" else self._one(each, is_sent)
                if by_kind.setdefault(kind, read) != read:
                    raise ContractError(
                        f"two of its variants cannot be distinguished, because JSON writes both as {kind}"
                    )
        if set(by_kind) == {"dict"}:
            return by_kind["dict"]
        pairs = ", ".join(f"{kind}={read}" for kind, read in by_kind.items())
        return self._compose("_or_".join(dict.fromkeys(map(_word, by_kind.values()))), f"_read.by_kind({pairs})")

    def _objects(self, objects: list[Type]) -> str:
        """Return the reader of a choice between kinds of objects. Their required members distinguish them."""
        if len(objects) == 1:
            return self._model(objects[0])
        signs = [_signature(self._models[each.name]) for each in objects]
        for later, sign in enumerate(signs):
            if any(_includes(earlier, sign) for earlier in signs[:later]):
                raise ContractError(f"its variant {objects[later].name} could never be chosen")
        parts = [_variant(each, sign) for each, sign in zip(objects, signs, strict=True)]
        name = "_or_".join(each.name for each in objects)
        return self._compose(name, f"_read.variant_of({', '.join(parts)})")


ANY_VALUE = object()


def _variant(model: Type, sign: Mapping[str, Any]) -> str:
    fixed_members = tuple((name, value) for name, value in sorted(sign.items()) if value is not ANY_VALUE)
    return f"_read.Variant({model.name}.from_dict, frozenset({sorted(sign)}), {fixed_members!r})"


def _signature(model: Model) -> Mapping[str, Any]:
    """Return the members that a kind of object must have, with their value if it is fixed."""
    return {
        member.name: member.type.value if member.type.kind == "constant" else ANY_VALUE
        for member in model.members
        if member.is_required
    }


def _includes(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """Return True if every object with the later members has the earlier ones, too."""
    return all(name in later and value in (ANY_VALUE, later[name]) for name, value in earlier.items())


def _kinds(type: Type) -> tuple[str, ...]:
    match type:
        case Type(kind="model"):
            return ("dict",)
        case Type(kind="array"):
            return ("list",)
        case Type(kind="enum"):
            return ("str",)
        case Type(kind="constant"):
            return (type.value.__class__.__name__,)
        case _:
            return SIMPLE[type.kind].kinds


def _limits(type: Type) -> tuple[Any, Any]:
    least, most = LIMITS.get(type.kind, ("", ""))
    return type.keywords.get(least), type.keywords.get(most)


def _number(value: float | None) -> str:
    """Return a limit as a Python expression. A binary float would differ from the decimal number of the contract."""
    return f'Decimal("{value}")' if isinstance(value, float) else str(value)


def _word(reader: str) -> str:
    """Return the word for a reader's expression: PurchaseRef for `PurchaseRef.from_dict`, text for `_read.text`."""
    return reader.removeprefix("_read_").removeprefix("_read.").removesuffix(".from_dict").removesuffix(".read")
