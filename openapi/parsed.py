"""The adapter: converts what openapi-python-client parsed into the classes of `document.py`.

No other module imports the generator. Its parser is not part of its public API, so an upgrade can change it:
`docs/changing-the-contract.md` describes how to move the pin.

The parser drops some of the contract: `explode`, the security scheme, bounds, patterns and other keywords. The adapter
therefore reads the contract beside the parser's result. It refuses what the classes cannot hold, and puts every keyword
that it did not use into `keywords`, from which `unsupported.py` refuses it by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint
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
from openapi_python_client.strings import ClassName, PythonIdentifier, snake_case
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from document import ContractError, Document, Enum, Member, Model, Operation, Type

Schema = Mapping[str, Any]
"""A part of the contract, as its YAML says."""

KINDS: Mapping[type, tuple[str, frozenset[str]]] = {
    StringProperty: ("string", frozenset({"type"})),
    IntProperty: ("integer", frozenset({"type"})),
    BooleanProperty: ("boolean", frozenset({"type"})),
    FloatProperty: ("number", frozenset({"type"})),
    DateProperty: ("date", frozenset({"type", "format"})),
    DateTimeProperty: ("date-time", frozenset({"type", "format"})),
    UuidProperty: ("uuid", frozenset({"type", "format"})),
    FileProperty: ("file", frozenset({"type", "format"})),
    AnyProperty: ("any", frozenset()),
}
"""The kind of each simple property, and the keywords that this kind expresses."""

DESCRIPTIONS = ("$comment", "title", "summary", "description", "example", "examples", "deprecated", "externalDocs")
# OpenAPI 3.1.1, 4.8.25: `discriminator` must not change the validation. The constants of the variants decide.
ANNOTATIONS = frozenset({*DESCRIPTIONS, "discriminator"})
"""The keywords that permit and forbid no value."""
OBJECT = frozenset({"type", "properties", "required", "allOf"})
UNION = frozenset({"type", "anyOf", "oneOf"})
PATH_ITEM = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "parameters"})
OPERATION = frozenset({"operationId", "tags", "security", "parameters", "requestBody", "responses"})
PARAMETER = frozenset({"name", "in", "required", "schema", "style", "explode"})
STYLES = {"path": "simple", "query": "form"}


def parse(contract: Path) -> Document:
    """Read a contract. Raises ContractError if the file is no contract, or if the generator warns."""
    try:
        data = YAML(typ="safe").load(contract)
    except (OSError, YAMLError) as error:
        raise ContractError(str(error)) from None
    if not isinstance(data, dict):
        raise ContractError("this is no OpenAPI document: it is no mapping")
    return convert(data)


def convert(data: dict[str, Any]) -> Document:
    """Convert a contract. Raises ContractError if the generator warns."""
    # The parser looks at no path of this configuration: they are for the generator's own files.
    config = Config.from_sources(ConfigFile(), MetaType.NONE, "", "utf-8", overwrite=False, output_path=None)
    try:
        parsed = GeneratorData.from_dict(_without_alternatives(data), config=config)
    except ValueError as error:
        raise ContractError(str(error)) from None
    if isinstance(parsed, GeneratorError):
        raise ContractError(_message(parsed))
    tags = parsed.endpoint_collections_by_tag.values()
    if errors := [*(error for tag in tags for error in tag.parse_errors), *parsed.errors]:
        raise ContractError("\n".join(map(_message, errors)))
    return _Adapter(data).document(parsed)


def _message(error: GeneratorError) -> str:
    return " ".join(filter(None, [error.header, error.detail]))


def _without_alternatives(node: Any) -> Any:
    """Return a copy of the contract without each `anyOf` that only lists required members of the object beside it.

    The parser takes every `anyOf` for a union of types, and then drops the members beside it.
    """
    if isinstance(node, list):
        return [_without_alternatives(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _without_alternatives(each)
        for name, each in node.items()
        if not (name == "anyOf" and _has_alternatives(node))
    }


def _has_alternatives(schema: Schema) -> bool:
    branches = schema.get("anyOf")
    return (
        "properties" in schema and isinstance(branches, list) and all(each.keys() == {"required"} for each in branches)
    )


def _unused(schema: Schema, used: Iterable[str]) -> dict[str, Any]:
    """Return the keywords of a part of the contract that neither describe it nor were used."""
    known = ANNOTATIONS.union(used)
    return {name: value for name, value in schema.items() if name not in known and not name.startswith("x-")}


def _joined(where: str, left: Schema, right: Schema) -> dict[str, Any]:
    """Join keywords that apply to one value. Raises ContractError if both sides have one."""
    if both := left.keys() & right.keys():
        raise ContractError(f"{where}: {', '.join(sorted(both))} is there twice, at a reference and at its target")
    return {**left, **right}


def _name(prop: PropertyProtocol) -> str:
    return prop.name.get_untrusted_value()


class _Adapter:
    """Converts the parts of one contract."""

    def __init__(self, data: Schema) -> None:
        self._data = data
        self._components: Schema = data.get("components", {})
        self._schemas: Schema = self._components.get("schemas", {})
        self._origins: dict[str, Schema] = {}
        """The schema of each model and enum by the name of its class. The conversion of a type adds inline ones."""
        for name, schema in self._schemas.items():
            self._origins[ClassName(schema.get("title", name), "field_")] = self._resolved(schema)[0]

    def document(self, parsed: GeneratorData) -> Document:
        scheme, key = self._security()
        info = self._data["info"]
        tags = {PythonIdentifier(tag["name"], "tag"): tag.get("description", "") for tag in self._data.get("tags", ())}
        operations = tuple(
            self._operation(tag, endpoint, scheme)
            for tag, collection in parsed.endpoint_collections_by_tag.items()
            for endpoint in collection.endpoints
        )
        models = self._models(parsed.models)
        enums = [
            enum for enum in parsed.enums if isinstance(enum, EnumProperty) and enum.class_info.name in self._origins
        ]
        sent = _reached([each.body.type for each in operations if each.body], models)
        return Document(
            title=info["title"],
            version=info["version"],
            key_header=key["name"],
            key_prefix=key.get("x-value-prefix", ""),
            tags={tag: tags.get(tag, "") for tag in parsed.endpoint_collections_by_tag},
            operations=operations,
            models=tuple(evolve(model, is_sent=model.name in sent) for model in models),
            enums=tuple(self._enum(enum) for enum in enums),
            choices=self._choices(),
        )

    def _security(self) -> tuple[str, Schema]:
        schemes: Schema = self._components.get("securitySchemes", {})
        for name, scheme in schemes.items():
            if len(schemes) == 1 and scheme.get("type") == "apiKey" and scheme.get("in") == "header":
                return name, scheme
        raise ContractError("describe exactly one security scheme, an apiKey in a header")

    def _choices(self) -> dict[str, tuple[str, ...]]:
        """Return the schemas that are a choice between other schemas. The parser has no name for them."""
        branches = {name: schema.get("oneOf") or schema.get("anyOf") or [] for name, schema in self._schemas.items()}
        choices = {
            name: [_referred(branch) for branch in found]
            for name, found in branches.items()
            if len(found) > 1 and all("$ref" in branch for branch in found)
        }

        def models(name: str) -> tuple[str, ...]:
            if name in choices:
                return tuple(model for part in choices[name] for model in models(part))
            return (ClassName(name, "field_"),)

        return {ClassName(name, "field_"): models(name) for name in choices}

    # ---- Operations ------------------------------------------------------------------------------------------------

    def _operation(self, tag: str, endpoint: Endpoint, scheme: str) -> Operation:
        path, item = self._path_item(endpoint)
        operation = item[endpoint.method]
        self._refuse(endpoint.name, item, PATH_ITEM)
        self._refuse(endpoint.name, operation, OPERATION)
        if operation.get("security", self._data.get("security", [{scheme: []}])) != [{scheme: []}]:
            raise ContractError(f"{endpoint.name}: its security is not the one key of the document")
        parameters = dict(self._parameters(endpoint, [*operation.get("parameters", ()), *item.get("parameters", ())]))
        media_type, body = self._body(endpoint, operation)
        return Operation(
            name=endpoint.name,
            method=endpoint.method,
            path=path,
            tag=tag,
            summary=operation.get("summary", ""),
            description=operation.get("description", ""),
            path_parameters=tuple(parameters["path", _name(prop)] for prop in endpoint.path_parameters),
            query_parameters=tuple(parameters["query", _name(prop)] for prop in endpoint.query_parameters),
            body=body,
            media_type=media_type,
            responses=dict(self._responses(endpoint, operation)),
        )

    def _path_item(self, endpoint: Endpoint) -> tuple[str, Schema]:
        for path, item in self._data["paths"].items():
            if item.get(endpoint.method, {}).get("operationId") == endpoint.name:
                return path, item
        raise ContractError(f"{endpoint.name}: every operation needs an operationId in snake_case")

    @staticmethod
    def _refuse(where: str, part: Schema, used: Iterable[str]) -> None:
        for keyword in _unused(part, used):
            raise ContractError(f"{where}: the keyword {keyword} is not compiled")

    def _parameters(self, endpoint: Endpoint, parameters: Iterable[Schema]) -> Iterator[tuple[tuple[str, str], Member]]:
        props = {("path", _name(prop)): prop for prop in endpoint.path_parameters}
        props |= {("query", _name(prop)): prop for prop in endpoint.query_parameters}
        for parameter in (self._followed("parameters", each) for each in parameters):
            place, name = parameter["in"], parameter["name"]
            where = f"{endpoint.name}: the parameter {name}"
            if place not in STYLES:
                raise ContractError(f"{where} stands in a {place}, which is not compiled")
            if "schema" not in parameter:
                raise ContractError(f"{where} has no schema")
            if parameter.get("style", STYLES[place]) != STYLES[place]:
                raise ContractError(f"{where} has a style that is not compiled")
            self._refuse(where, parameter, PARAMETER)
            member = self._member(where, props[place, name], parameter["schema"])
            description = member.description or parameter.get("description", "")
            yield (
                (place, name),
                evolve(member, description=description, is_joined=not parameter.get("explode", place == "query")),
            )

    def _body(self, endpoint: Endpoint, operation: Schema) -> tuple[str, Member | None]:
        if not endpoint.bodies:
            return "", None
        body = self._followed("requestBodies", operation["requestBody"])
        if len(body["content"]) > 1:
            raise ContractError(f"{endpoint.name}: only one content type of a body is compiled")
        ((media_type, content),) = body["content"].items()
        self._refuse(f"{endpoint.name}: the body", content, {"schema"})
        return media_type, self._member(f"{endpoint.name}: the body", endpoint.bodies[0].prop, content["schema"])

    def _responses(self, endpoint: Endpoint, operation: Schema) -> Iterator[tuple[str, Type | None]]:
        for response in endpoint.responses:
            status = response.status_code.pattern
            where = f"{endpoint.name}: an answer to {status}"
            if response.source["attribute"] == "None":
                yield status, None
            elif response.source["attribute"] == "response.json()":
                content = self._followed("responses", operation["responses"][status])["content"]
                schema = next(part["schema"] for name, part in content.items() if "json" in name)
                yield status, self._type(where, response.prop, schema)
            else:
                raise ContractError(f"{where} that is not JSON is not compiled")

    def _followed(self, section: str, part: Schema) -> Schema:
        """Follow references into a section of the components."""
        while "$ref" in part:
            part = self._components[section][_referred(part)]
        return part

    # ---- Models ----------------------------------------------------------------------------------------------------

    def _models(self, props: list[ModelProperty]) -> list[Model]:
        found: dict[str, Model] = {}
        # A member of a model can describe a model inline, so the origins grow while the models are converted.
        while rest := [each for each in props if each.class_info.name in self._origins.keys() - found.keys()]:
            found |= {prop.class_info.name: self._model(prop) for prop in rest}
        # The parser also has the inline models of schemas that nothing uses.
        return [found[prop.class_info.name] for prop in props if prop.class_info.name in found]

    def _model(self, prop: ModelProperty) -> Model:
        name = prop.class_info.name
        schema = self._origins[name]
        described: dict[str, Schema] = {}
        keywords: dict[str, Any] = {}
        required: set[str] = set()
        for part in self._parts(schema):
            if both := described.keys() & part.get("properties", {}).keys():
                raise ContractError(f"{name}: two parts of its allOf describe {', '.join(sorted(both))}")
            described |= part.get("properties", {})
            required |= {*part.get("required", ())}
            used = {*OBJECT, "additionalProperties"} if part is schema else OBJECT
            keywords = _joined(name, keywords, _unused(part, used))
        props = [*(prop.required_properties or ()), *(prop.optional_properties or ())]
        if lost := (described.keys() - set(map(_name, props))) | (required - {_name(p) for p in props if p.required}):
            raise ContractError(
                f"{name}: the generator loses {', '.join(sorted(lost))} (required without a description?)"
            )
        additional = schema.get("additionalProperties", True)
        return Model(
            name=name,
            snake_name=prop.class_info.module_name,
            members=tuple(self._member(f"{name}.{_name(each)}", each, described[_name(each)]) for each in props),
            additional=self._type(name, prop.additional_properties, additional if isinstance(additional, dict) else {})
            if prop.additional_properties
            else None,
            description=schema.get("description", ""),
            is_multipart=prop.is_multipart_body,
            keywords=keywords,
        )

    def _enum(self, enum: EnumProperty) -> Enum:
        """Convert an enum. The name of `UnderReview` is UNDER_REVIEW, where the parser has UNDERREVIEW."""
        name = enum.class_info.name
        named: dict[str, object] = {}
        for key, value in enum.values.items():
            word = snake_case(str(value))
            is_whole = word.isidentifier() and key == snake_case(str(value).upper()).upper()
            # The parser escapes a value for a literal in double quotes, as JSON does.
            named[word.upper() if is_whole else key] = json.loads(f'"{value}"') if isinstance(value, str) else value
        # The parser, too, drops one of two values with the same name.
        if {*named.values()} != {*self._origins[name]["enum"]} - {None}:
            raise ContractError(
                f"{name}: two of its values would have the same name, or one has characters that no name can have"
            )
        return Enum(name=name, values=named, description=self._origins[name].get("description", ""))

    def _parts(self, schema: Schema) -> Iterator[Schema]:
        """Yield a schema and the parts of its `allOf`, at every depth."""
        yield schema
        for part in schema.get("allOf", ()):
            target, passed = self._resolved(part)
            yield from self._parts({**target, **passed})

    def _member(self, where: str, prop: PropertyProtocol, schema: Schema) -> Member:
        return Member(
            name=_name(prop),
            python_name=prop.python_name,
            type=self._type(where, prop, schema),
            is_required=prop.required,
            description=schema.get("description") or self._resolved(schema)[0].get("description", ""),
            is_private=bool(schema.get("x-private")),
        )

    # ---- Types -----------------------------------------------------------------------------------------------------

    def _type(self, where: str, prop: PropertyProtocol, schema: Schema) -> Type:
        inner = prop.inner_properties if isinstance(prop, UnionProperty) else [prop]
        props = [each for each in inner if not isinstance(each, NoneProperty)]
        leaves = list(self._leaves(where, schema, {}))
        if not props or len(props) != len(leaves):
            raise ContractError(f"{where}: it can only be null, or two of its variants have one type")
        types = [self._leaf(where, each, *leaf) for each, leaf in zip(props, leaves, strict=True)]
        union = types[0] if len(types) == 1 else Type(kind="union", variants=tuple(types))
        return evolve(union, is_nullable=len(props) < len(inner))

    def _leaves(self, where: str, schema: Schema, passed: Schema) -> Iterator[tuple[Schema, Schema]]:
        """Yield the variants of a schema except null, each with the keywords of the schemas around it."""
        target, keywords = self._resolved(schema)
        passed = _joined(where, passed, keywords)
        branches = [*target.get("anyOf", ()), *target.get("oneOf", ())]
        types = target.get("type")
        if branches and "enum" not in target and not _has_alternatives(target):
            passed = _joined(where, passed, _unused(target, UNION))
            for branch in branches:
                yield from self._leaves(where, branch, passed)
        elif isinstance(types, list):
            yield from (({**target, "type": each}, passed) for each in types if each != "null")
        elif types != "null":
            yield target, passed

    def _leaf(self, where: str, prop: PropertyProtocol, schema: Schema, passed: Schema) -> Type:
        match prop:
            case ModelProperty():
                self._origins.setdefault(prop.class_info.name, schema)
                return Type(kind="model", name=prop.class_info.name, keywords=passed)
            case ConstProperty():
                leaf, used = Type(kind="constant", value=prop.value.raw_value), {"type", "const"}
            case EnumProperty():
                self._origins.setdefault(prop.class_info.name, schema)
                leaf, used = Type(kind="enum", name=prop.class_info.name), {"type", "enum"}
            case ListProperty():
                if "prefixItems" in schema:
                    raise ContractError(f"{where}: the keyword prefixItems is not compiled")
                item = self._type(where, prop.inner_property, schema.get("items", {}))
                leaf, used = Type(kind="array", item=item), {"type", "items"}
            case _:
                if type(prop) not in KINDS:
                    raise ContractError(f"{where}: nothing is known of a {type(prop).__name__}")
                kind, simple = KINDS[type(prop)]
                leaf, used = Type(kind=kind), {*simple}
        return evolve(leaf, keywords=_joined(where, passed, _unused(schema, used)))

    def _resolved(self, schema: Schema) -> tuple[Schema, dict[str, Any]]:
        """Follow references. Return the schema at their end, and the keywords beside them."""
        passed: dict[str, Any] = {}
        while True:
            branches = [*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
            # The parser treats a single branch that is a reference like that reference.
            is_wrapped = "$ref" not in schema and len(branches) == 1 and "$ref" in branches[0]
            if "$ref" not in schema and not is_wrapped:
                return schema, passed
            used = {"allOf", "anyOf", "oneOf"} if is_wrapped else {"$ref"}
            passed = _joined("a reference", passed, _unused(schema, used))
            schema = branches[0] if is_wrapped else self._schemas[_referred(schema)]


def _referred(reference: Schema) -> str:
    name: str = reference["$ref"].rsplit("/", 1)[-1]
    return name


def _reached(types: Iterable[Type], models: Iterable[Model]) -> set[str]:
    """Return the names of the models that values of these types can contain."""
    by_name = {model.name: model for model in models}
    rest, reached = [*types], set[str]()
    while rest:
        each = rest.pop()
        rest += [*each.variants, *([each.item] if each.item else [])]
        if each.kind == "model" and each.name not in reached:
            reached.add(each.name)
            model = by_name[each.name]
            rest += [*(member.type for member in model.members), *([model.additional] if model.additional else [])]
    return reached
