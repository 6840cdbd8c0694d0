"""The contract as it is written, for what openapi-python-client's parser does not keep of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.schema.untrusted_string import UntrustedString

from expressions import ContractError


class Document:
    """An OpenAPI document, as its YAML says."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self._components: Mapping[str, Any] = data.get("components", {})

    @property
    def aliases(self) -> dict[str, list[str]]:
        """The schemas that are a choice between models, with those models: the parser has no name for them."""
        schemas = self._components.get("schemas", {})
        choices = {name: schema.get("oneOf") or schema.get("anyOf") or [] for name, schema in schemas.items()}
        named = {
            name: [choice["$ref"].rsplit("/", 1)[-1] for choice in choices]
            for name, choices in choices.items()
            if len(choices) > 1 and all("$ref" in choice for choice in choices)
        }

        def models(name: str) -> list[str]:
            return [each for part in named[name] for each in models(part)] if name in named else [name]

        return {name: models(name) for name in named}

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

    def _parameter(self, endpoint: Endpoint, prop: PropertyProtocol) -> Mapping[str, Any]:
        item = self._item(endpoint)[1]
        for parameter in [*item[endpoint.method].get("parameters", ()), *item.get("parameters", ())]:
            shared = self._components["parameters"][parameter["$ref"].rsplit("/", 1)[-1]] if "$ref" in parameter else {}
            found: Mapping[str, Any] = shared or parameter
            if found["name"] == prop.name.get_untrusted_value():
                return found
        raise AssertionError("the parser found this parameter in the same document")

    def _item(self, endpoint: Endpoint) -> tuple[str, Mapping[str, Any]]:
        for path, item in self.data["paths"].items():
            if item.get(endpoint.method, {}).get("operationId") == endpoint.name:
                return path, item
        raise ContractError(f"{endpoint.name}: give each operation an operationId in snake_case")


def described(model: ModelProperty, prop: PropertyProtocol) -> UntrustedString | str | None:
    """Give a member's own description: the parser has that of the schema it refers to."""
    own = (model.data.properties or {}).get(prop.name)
    return getattr(own, "description", None) or prop.description
