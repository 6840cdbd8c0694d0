"""The contract as the compiler sees it. `parsed.py` makes these objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen


class ContractError(Exception):
    """The contract has an error, or a part that the templates do not compile."""


@frozen(kw_only=True)
class Type:
    """The type of a value.

    `kind` is a key of `expressions.SIMPLE`, or one of "constant", "enum", "model", "array" and "union".
    """

    kind: str
    name: str = ""
    """The class of an enum or a model."""
    value: Any = None
    """The value of a constant."""
    item: Type | None = None
    """The type of the items of an array."""
    variants: tuple[Type, ...] = ()
    """The types of a union: two or more, none of them a union."""
    is_nullable: bool = False
    keywords: Mapping[str, Any] = field(factory=dict)
    """The keywords of JSON Schema that the other fields do not express."""


@frozen(kw_only=True)
class Member:
    """A member of a model, a parameter of an operation, or the body of an operation."""

    name: str
    python_name: str
    type: Type
    is_required: bool = True
    description: str = ""
    is_private: bool = False
    """The repr of the model does not show this member (`x-private`)."""
    is_joined: bool = False
    """Commas join the items of this array in a query (`explode: false`). Otherwise each item repeats the name."""


@frozen(kw_only=True)
class Operation:
    """One operation. `responses` has the type of each status' body, None if the response has no body."""

    name: str
    method: str
    path: str
    tag: str
    summary: str = ""
    description: str = ""
    path_parameters: tuple[Member, ...] = ()
    query_parameters: tuple[Member, ...] = ()
    body: Member | None = None
    media_type: str = ""
    responses: Mapping[str, Type | None] = field(factory=dict)


@frozen(kw_only=True)
class Model:
    """An object. The required members come first."""

    name: str
    snake_name: str
    members: tuple[Member, ...] = ()
    additional: Type | None = Type(kind="any")
    """The type of the members that the contract does not name, None if it forbids them."""
    description: str = ""
    is_multipart: bool = False
    is_sent: bool = False
    """The body of a request is or contains this model."""
    keywords: Mapping[str, Any] = field(factory=dict)
    """The keywords of JSON Schema that the other fields do not express."""


@frozen(kw_only=True)
class Enum:
    """The values of an enum by their Python names."""

    name: str
    values: Mapping[str, object]
    description: str = ""


@frozen(kw_only=True)
class Document:
    """A contract."""

    title: str
    version: str
    key_header: str
    """The header that carries the key."""
    key_prefix: str = ""
    """The text in front of the key (`x-value-prefix`)."""
    tags: Mapping[str, str] = field(factory=dict)
    """The description of each tag that an operation has."""
    operations: tuple[Operation, ...] = ()
    models: tuple[Model, ...] = ()
    enums: tuple[Enum, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(factory=dict)
    """The schemas that are a choice between models, with the names of these models."""
