"""What the templates do not compile: it is refused by name, because it would be left out or guessed in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.strings import ClassName

from document import ContractError, Document
from expressions import SIMPLE, variants

MEMBERS = {"additional_properties", "cls", "from_dict", "from_json", "src_dict", "to_dict", "to_json", "to_multipart"}
"""Names that a member cannot have, because every model uses them itself."""
MODELS = {
    *("Any", "Decimal", "FilePart", "InvalidData", "Literal", "Mapping", "OpenEnum", "Request", "Self", "Sender"),
    *("TypeAlias", "UNSET", "UUID", "Unset"),
}
"""Names that a model cannot have, because the modules it stands in use them themselves."""


def refuse(parsed: GeneratorData, document: Document) -> None:
    """Raise ContractError for the first thing that cannot be compiled, saying what it is and where."""
    for tag in parsed.endpoint_collections_by_tag.values():
        for endpoint in tag.endpoints:
            for reason in _operation(endpoint, document):
                raise ContractError(f"{endpoint.name}: {reason}")
    for model in parsed.models:
        for reason in _model(model):
            raise ContractError(f"{model.class_info.name}: {reason}")
    for enum in parsed.enums:
        for reason in _enum(enum, document):
            raise ContractError(f"{enum.class_info.name}: {reason}")


def _operation(endpoint: Endpoint, document: Document) -> Iterator[str]:
    for parameter in document.parameters(endpoint):
        name, place = parameter["name"], parameter["in"]
        usual = {"path": "simple", "query": "form"}.get(place)
        if usual is None:
            yield f"the parameter {name} stands in a {place}, which is not compiled"
        if "schema" not in parameter:
            yield f"the parameter {name} has no schema"
        if parameter.get("style", usual) != usual:
            yield f"the parameter {name} has a style that is not compiled"
    for prop in [*endpoint.path_parameters, *endpoint.query_parameters]:
        is_list_allowed = prop in endpoint.query_parameters
        if not all(_is_scalar(each) or (is_list_allowed and _is_list(each)) for each in variants(prop)):
            yield f"the parameter {prop.python_name} is no string, number or boolean, nor a list of them in a query"
        if prop.python_name in {"body", "client"}:
            yield f"a parameter cannot be called {prop.python_name}, because the function has another of that name"
    if len(endpoint.bodies) > 1:
        yield "only one content type of a body is compiled"
    for body in endpoint.bodies:
        if body.content_type.get_untrusted_value() not in ("application/json", "multipart/form-data"):
            yield f"a body of {body.content_type.get_untrusted_value()} is not compiled"
        if not body.prop.required:
            yield "only a body that is required is compiled"
    for response in endpoint.responses:
        if response.source["attribute"] not in ("response.json()", "None"):
            yield f"an answer to {response.status_code.pattern} that is not JSON is not compiled"


def _is_scalar(prop: PropertyProtocol) -> bool:
    return isinstance(prop, EnumProperty) or (
        type(prop) in SIMPLE and not isinstance(prop, (AnyProperty, FileProperty))
    )


def _is_list(prop: PropertyProtocol) -> bool:
    return isinstance(prop, ListProperty) and _is_scalar(prop.inner_property)


def _model(model: ModelProperty) -> Iterator[str]:
    if model.class_info.name in MODELS:
        yield "the compiled modules use this name themselves"
    for prop in [*(model.required_properties or ()), *(model.optional_properties or ())]:
        if prop.python_name in MEMBERS:
            yield f"the models use the name {prop.python_name} themselves"
        found = variants(prop)
        if len(found) > 1 and any(isinstance(each, FloatProperty) for each in found):
            yield f"{prop.python_name} may be a number or something else, and then nothing keeps the number exact"
        if model.is_multipart_body and not (prop.required and isinstance(prop, FileProperty)):
            yield f"{prop.python_name} is no file that is required, and other parts of a form are not compiled"


def _enum(enum: Any, document: Document) -> Iterator[str]:
    if not isinstance(enum, EnumProperty) or enum.value_type is not str:
        yield "only enums of strings are compiled"
        return
    known = {json.loads(f'"{value}"') for value in enum.values.values()}
    for name, schema in document.schemas.items():
        # The parser keeps one of two values that it would give the same name, and says nothing.
        if ClassName(name, "") == enum.class_info.name and {*schema.get("enum", known)} - {None} != known:
            yield "two of its values would have the same name, or one has characters that no name can have"
