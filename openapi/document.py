"""The contract as it is written, for what openapi-python-client's parser does not keep of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import ClassName

INT32 = (-(2**31), 2**31 - 1)


class ContractError(Exception):
    """The contract holds something that the compiled client could not keep its promises for."""


class Document:
    """An OpenAPI document, as its YAML says."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self._components: Mapping[str, Any] = data.get("components", {})

    @property
    def schemas(self) -> Mapping[str, Any]:
        """The schemas, by name."""
        schemas: Mapping[str, Any] = self._components.get("schemas", {})
        return schemas

    @property
    def key_header(self) -> Mapping[str, Any]:
        """The header that takes the key. Raises ContractError if that is not how the API is secured."""
        schemes = [*self._components.get("securitySchemes", {}).values()]
        if len(schemes) != 1 or schemes[0].get("type") != "apiKey" or schemes[0].get("in") != "header":
            raise ContractError("give one security scheme: an apiKey in a header")
        return {"x-value-prefix": "", **schemes[0]}

    @property
    def aliases(self) -> dict[str, list[str]]:
        """The schemas that are a choice between models, with those models: the parser has no name for them."""
        choices = {name: schema.get("oneOf") or schema.get("anyOf") or [] for name, schema in self.schemas.items()}
        named = {
            name: [_referred(choice) for choice in choices]
            for name, choices in choices.items()
            if len(choices) > 1 and all("$ref" in choice for choice in choices)
        }

        def models(name: str) -> list[str]:
            if name in named:
                return [each for part in named[name] for each in models(part)]
            return [ClassName(name, "")]

        return {ClassName(name, ""): models(name) for name in named}

    def tag(self, name: str) -> str:
        """Give the description of a tag."""
        return next((str(tag["description"]) for tag in self.data.get("tags", ()) if tag["name"] == name), "")

    def path(self, endpoint: Endpoint) -> str:
        """Give the path of an operation, with the parameters' own names."""
        return self._item(endpoint)[0]

    def explodes(self, endpoint: Endpoint, prop: PropertyProtocol) -> bool:
        """Tell whether an array in the query is repeated, item by item; else commas join it."""
        return bool(self._parameter(endpoint, prop).get("explode", True))

    def argument(self, endpoint: Endpoint, prop: PropertyProtocol) -> str:
        """Give a parameter's own description: the parser has that of the schema it refers to."""
        return str(self._parameter(endpoint, prop)["schema"].get("description", ""))

    def bounds(self, endpoint: Endpoint, prop: PropertyProtocol) -> tuple[int | None, int | None]:
        """Give the least and the most that an integer may be."""
        schema = self._parameter(endpoint, prop)["schema"]
        least, most = INT32 if schema.get("format") == "int32" else (None, None)
        return schema.get("minimum", least), schema.get("maximum", most)

    def parameters(self, endpoint: Endpoint) -> list[Mapping[str, Any]]:
        """Give the parameters of an operation, those of its path included."""
        item = self._item(endpoint)[1]
        shared = self._components.get("parameters", {})
        return [
            shared[_referred(parameter)] if "$ref" in parameter else parameter
            for parameter in [*item[endpoint.method].get("parameters", ()), *item.get("parameters", ())]
        ]

    def _parameter(self, endpoint: Endpoint, prop: PropertyProtocol) -> Mapping[str, Any]:
        name = prop.name.get_untrusted_value()
        return next(parameter for parameter in self.parameters(endpoint) if parameter["name"] == name)

    def _item(self, endpoint: Endpoint) -> tuple[str, Mapping[str, Any]]:
        for path, item in self.data["paths"].items():
            if item.get(endpoint.method, {}).get("operationId") == endpoint.name:
                return path, item
        raise ContractError(f"{endpoint.name}: give each operation an operationId in snake_case")


def _referred(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rsplit("/", 1)[-1]


def own_schema(model: ModelProperty, prop: PropertyProtocol) -> Any:
    """Give what the contract says of a member at its own place, None if it says so elsewhere (`allOf`)."""
    return (model.data.properties or {}).get(prop.name)


def described(model: ModelProperty, prop: PropertyProtocol) -> UntrustedString | str | None:
    """Give a member's own description: the parser has that of the schema it refers to."""
    return getattr(own_schema(model, prop), "description", None) or prop.description


def is_private(model: ModelProperty, prop: PropertyProtocol) -> bool:
    """Tell whether a member is left out of what is shown of a model (`x-private`)."""
    return bool((getattr(own_schema(model, prop), "model_extra", None) or {}).get("x-private"))
