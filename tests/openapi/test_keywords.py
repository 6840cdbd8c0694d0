"""Keywords of the contract: the compiled client enforces each before it sends, or the compiler refuses it by name."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from conftest import Compile
from document import ContractError
from parsed import convert
from support.sender import FixedSender
from unsupported import refuse

SCHEMA = {"$ref": "#/components/schemas/Value"}


def contract_of(
    schema: Any,
    *,
    body: dict[str, Any] | None = None,
    operation: dict[str, Any] | None = None,
    path: dict[str, Any] | None = None,
    media: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a contract of one operation, `send`, whose body has the member `value` of this schema."""
    thing = {"type": "object", "properties": {"value": schema}, "required": ["value"], **(body or {})}
    send = {
        "operationId": "send",
        "tags": ["things"],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}, **(media or {})}},
        },
        "responses": {"204": {"description": "Done."}},
        **(operation or {}),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/things": {"post": send, **(path or {})}},
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "Authorization"}},
            "schemas": {"Thing": thing, "Value": {"type": "string"}},
        },
    }


def test_contract_without_keywords_is_accepted() -> None:
    refuse(convert(contract_of({"type": "string"})))


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
ARRAY, OBJECT = {"type": "array", "items": STRING}, {"type": "object", "properties": {"a": STRING}}


@pytest.mark.parametrize(
    ("schema", "keyword", "value"),
    [
        (STRING, "pattern", "^a"),
        (STRING, "default", "a"),
        (STRING, "format", "email"),
        (STRING, "minimum", 1),
        (STRING, "not", {"const": "a"}),
        (STRING, "readOnly", True),
        (STRING, "writeOnly", True),
        (STRING, "xml", {"name": "a"}),
        (STRING, "contentEncoding", "base64"),
        (STRING, "contentMediaType", "text/html"),
        (STRING, "contentSchema", {}),
        (STRING, "$defs", {}),
        (STRING, "$id", "https://example.org/a"),
        (STRING, "$schema", "https://example.org/a"),
        (STRING, "$anchor", "a"),
        (STRING, "$dynamicAnchor", "a"),
        (STRING, "if", {"const": "a"}),
        (STRING, "then", {"const": "a"}),
        (STRING, "else", {"const": "a"}),
        ({"type": "string", "format": "date"}, "minLength", 1),
        ({"enum": ["a", "b"]}, "minLength", 1),
        ({"const": "a"}, "minLength", 1),
        ({"type": "boolean"}, "enum", [True]),
        (INTEGER, "format", "uint8"),
        (INTEGER, "multipleOf", 2),
        (INTEGER, "exclusiveMinimum", 1),
        (INTEGER, "exclusiveMaximum", 1),
        (NUMBER, "format", "double"),
        (NUMBER, "multipleOf", 2),
        (ARRAY, "uniqueItems", True),
        (ARRAY, "contains", STRING),
        (ARRAY, "minContains", 1),
        (ARRAY, "maxContains", 1),
        (ARRAY, "prefixItems", [STRING]),
        (ARRAY, "unevaluatedItems", False),
        ({"type": "array", "items": {"type": "string", "pattern": "^a"}}, "pattern", None),
        (OBJECT, "minProperties", 1),
        (OBJECT, "maxProperties", 1),
        (OBJECT, "patternProperties", {}),
        (OBJECT, "propertyNames", {}),
        (OBJECT, "dependentRequired", {}),
        (OBJECT, "dependentSchemas", {}),
        (OBJECT, "unevaluatedProperties", False),
        (OBJECT, "if", {"required": ["a"]}),
        (OBJECT, "not", {"required": ["a"]}),
        (OBJECT, "anyOf", [{"required": ["b"]}]),
        (OBJECT, "default", {}),
        ({"oneOf": [STRING, INTEGER]}, "minLength", 1),
        ({"oneOf": [STRING, INTEGER]}, "properties", {}),
        ({"oneOf": [{"type": "string", "pattern": "^a"}, INTEGER]}, "pattern", None),
        ({"type": ["string", "null"]}, "pattern", "^a"),
        (SCHEMA, "pattern", "^a"),
        (SCHEMA, "required", ["a"]),
        ({"allOf": [SCHEMA]}, "pattern", "^a"),
    ],
)
def test_keyword_without_enforcement_is_refused_by_name(schema: dict[str, Any], keyword: str, value: Any) -> None:
    changed = schema if value is None else {**schema, keyword: value}
    with pytest.raises(ContractError, match=rf"the keyword {re.escape(keyword)} is not compiled"):
        refuse(convert(contract_of(changed)))


@pytest.mark.parametrize(
    ("place", "keyword", "value"),
    [
        ("body", "minProperties", 1),
        ("body", "required", ["value", "other"]),
        ("media", "encoding", {}),
        ("operation", "servers", [{"url": "https://other.example"}]),
        ("operation", "callbacks", {}),
        ("operation", "security", []),
        ("path", "servers", [{"url": "https://other.example"}]),
    ],
)
def test_rule_outside_schema_without_enforcement_is_refused(place: str, keyword: str, value: Any) -> None:
    changed: dict[str, Any] = {place: {keyword: value}}
    with pytest.raises(ContractError, match="other" if keyword == "required" else keyword):
        refuse(convert(contract_of(STRING, **changed)))


@pytest.mark.parametrize(
    ("keyword", "value"), [("allowReserved", True), ("allowEmptyValue", True), ("content", {"application/json": {}})]
)
def test_parameter_keyword_without_enforcement_is_refused(keyword: str, value: Any) -> None:
    parameter = {"name": "x", "in": "query", "schema": STRING, keyword: value}
    with pytest.raises(ContractError, match=f"the parameter x: the keyword {keyword} is not compiled"):
        convert(contract_of(STRING, operation={"parameters": [parameter]}))


def test_parameter_with_pattern_is_refused() -> None:
    parameter = {"name": "x", "in": "query", "schema": {"type": "string", "pattern": "^a"}}
    with pytest.raises(ContractError, match="the parameter x: the keyword pattern is not compiled"):
        refuse(convert(contract_of(STRING, operation={"parameters": [parameter]})))


def test_limit_at_reference_and_its_target_is_refused() -> None:
    contract = contract_of({**SCHEMA, "minLength": 1})
    contract["components"]["schemas"]["Value"]["minLength"] = 2
    with pytest.raises(ContractError, match="minLength is there twice"):
        convert(contract)


def test_all_of_with_member_in_two_parts_is_refused() -> None:
    body = {"allOf": [{"type": "object", "properties": {"value": {"type": "string", "maxLength": 2}}}]}
    with pytest.raises(ContractError, match="two parts of its allOf describe value"):
        convert(contract_of(STRING, body=body))


ENFORCED: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "minimum": ({"type": "integer", "minimum": 2}, 2, 1),
    "maximum": ({"type": "integer", "maximum": 2}, 2, 3),
    "decimal": ({"type": "number", "minimum": 0.1}, Decimal("0.1"), Decimal("0.09")),
    "int32": ({"type": "integer", "format": "int32"}, 2**31 - 1, 2**31),
    "int64": ({"type": "integer", "format": "int64"}, -(2**63), 2**64),
    "minLength": ({"type": "string", "minLength": 2}, "ab", "a"),
    "maxLength": ({"type": "string", "maxLength": 1}, "é", "ab"),
    "minItems": ({"type": "array", "items": STRING, "minItems": 1}, ["a"], []),
    "maxItems": ({"type": "array", "items": STRING, "maxItems": 1}, ["a"], ["a", "b"]),
    "items": ({"type": "array", "items": {"type": "string", "minLength": 1}}, ["a"], [""]),
    "nullable": ({"type": ["string", "null"], "minLength": 1}, None, ""),
    "variant": ({"oneOf": [{"type": "string", "minLength": 1}, INTEGER]}, 1, ""),
    "not": ({"type": "string", "not": {"enum": ["a"]}}, "b", "a"),
    "reference": ({**SCHEMA, "minLength": 1}, "a", ""),
    "const": ({"const": "a"}, "a", "b"),
    "forbidden": ({"type": "object", "properties": {"a": STRING}, "additionalProperties": False}, {"a": "x"}, {"b": 1}),
    "described": (
        {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
        {"b": "x"},
        {"b": ""},
    ),
    "required": ({"type": "object", "properties": {"a": STRING}, "required": ["a"]}, {"a": "x"}, {}),
    "anyOf": ({"type": "object", "properties": {"a": STRING}, "anyOf": [{"required": ["a"]}]}, {"a": "x"}, {}),
}
"""For each rule: a schema with it, a value that it permits and one that it forbids."""


async def test_keyword_with_enforcement_stops_value_before_send(compiled: Compile) -> None:
    contract = contract_of(STRING)
    rules = {"type": "object", "properties": {name: schema for name, (schema, _, _) in ENFORCED.items()}}
    contract["components"]["schemas"]["Thing"] = rules
    client = compiled("enforcing_client", contract)
    sender = FixedSender(204)
    for name, (_, permitted, forbidden) in ENFORCED.items():
        await client.api.send(sender, body={name: permitted})
        with pytest.raises(client.errors.InvalidData, match=rf"^{name}\b"):
            await client.api.send(sender, body={name: forbidden})
    assert len(sender.requests) == len(ENFORCED)


def test_inline_model_of_unused_schema_is_left_out() -> None:
    contract = contract_of(STRING)
    inline = {"type": "object", "properties": {"state": {"enum": ["a", "b"]}}}
    contract["components"]["schemas"]["Unused"] = {"type": "array", "items": inline}
    document = convert(contract)
    assert [model.name for model in document.models] == ["Thing"]
    assert document.enums == ()


async def test_format_int32_limits_only_sent_values(compiled: Compile) -> None:
    contract = contract_of({"type": "integer", "format": "int32"})
    contract["components"]["schemas"]["Answer"] = {
        "type": "object",
        "properties": {"value": {"type": "integer", "format": "int32"}},
    }
    models = compiled("lenient_client", contract).models
    assert models.Answer.from_dict({"value": 2**40}).value == 2**40
    with pytest.raises(ValueError, match="from -2147483648 to 2147483647"):
        models.Thing.from_dict({"value": 2**40})
