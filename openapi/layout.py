"""The package as our templates lay it out, in place of openapi-python-client's own layout."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from openapi_python_client import Project
from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema.untrusted_string import UntrustedString

import expressions
from document import ContractError, Document, described
from expressions import Readers
from refusals import refuse

TEMPLATES = Path(__file__).parent / "templates"
FILES = {
    "__init__.py": "package.py.jinja",
    "_call.py": "call.py.jinja",
    "_json.py": "json.py.jinja",
    "_read.py": "read.py.jinja",
    "_url.py": "url.py.jinja",
    "_write.py": "write.py.jinja",
    "api/__init__.py": "api_init.py.jinja",
    "client.py": "client.py.jinja",
    "errors.py": "errors.py.jinja",
    "types.py": "types.py.jinja",
}


class CompiledClient(Project):
    """One package: what all share, a module for the models, and one for the operations of each tag."""

    def __init__(self, document: Document, parsed: GeneratorData, config: Config) -> None:
        super().__init__(openapi=parsed, config=config, custom_template_path=TEMPLATES)
        self._document = document
        self._readers = Readers(parsed.models)
        self._tags = parsed.endpoint_collections_by_tag
        self._operations = [endpoint.name for tag in self._tags.values() for endpoint in tag.endpoints]
        names = [model.class_info.name for model in [*parsed.models, *parsed.enums]]
        self.env.filters.update(described=described, elsewhere=_elsewhere, successes=_successes, text=_text)
        self.env.globals.update(
            annotation=expressions.annotation,
            contract=document.data,
            declared=expressions.declared,
            document=document,
            enum_members=expressions.enum_members,
            has_numbers=expressions.has_numbers,
            is_nullable=expressions.is_nullable,
            names=[*names, *document.aliases],
            operations=self._operations,
            problem=self._problem,
            read=self._read,
            readers=self._readers,
            returns=_returns,
            target=self._target,
            unread=expressions.unread,
        )

    @property
    def counts(self) -> str:
        """What the package holds, in words."""
        return f"{len(self.openapi.models)} models, {len(self.openapi.enums)} enums, {len(self._operations)} operations"

    def build(self) -> Sequence[GeneratorError]:
        """Write the package and give what the generator had to say."""
        refuse(self.openapi, self._document)
        for name, template in FILES.items():
            self._write(name, template)
        for tag, collection in self._tags.items():
            self._write(f"api/{tag}.py", "api.py.jinja", endpoints=collection.endpoints, title=self._document.tag(tag))
        # The models come last: by then the operations have said which readers they need.
        self._write("models.py", "models.py.jinja")
        (self.package_dir / "py.typed").touch()
        self._run_post_hooks()
        return self._get_errors()

    def _write(self, name: str, template: str, **context: object) -> None:
        path = self.package_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.env.get_template(template).render(context), encoding="utf-8")

    def _read(self, response: Response) -> str:
        """Give an expression for the function that reads a response's body."""
        return _elsewhere(self._readers.nullable(response.prop)) if _has_body(response) else "_read.nothing"

    def _problem(self, endpoint: Endpoint) -> str:
        """Give an expression for the function that reads an error's body, None if the contract names no such body."""
        successes = _successes(endpoint)
        found = {self._read(response) for response in endpoint.responses if response not in successes}
        if len(found) > 1:
            raise ContractError(f"{endpoint.name}: its errors have several shapes: {', '.join(sorted(found))}")
        return found.pop() if found else "None"

    def _target(self, endpoint: Endpoint) -> str:
        """Give an expression for the path and the query of an operation."""
        path = json.dumps(endpoint.path.get_untrusted_value())
        for prop in endpoint.path_parameters:
            segment = f'_url.segment("{prop.python_name}", {self._argument(endpoint, prop)})'
            path = path.replace(f"{{{prop.python_name}}}", f'" + {segment} + "')
        path = path.removesuffix(' + ""')
        if not endpoint.query_parameters:
            return path
        pairs = [
            f'("{_quoted(prop)}", {self._argument(endpoint, prop)}, {self._document.explodes(endpoint, prop)})'
            for prop in endpoint.query_parameters
        ]
        return f"{path} + _url.query({', '.join(pairs)})"

    def _argument(self, endpoint: Endpoint, prop: PropertyProtocol) -> str:
        check = "argument" if prop.required else "optional"
        read = _elsewhere(self._readers.argument(prop, self._document.bounds(endpoint, prop)))
        return f'_call.{check}("{prop.python_name}", {prop.python_name}, {read})'


def _quoted(prop: PropertyProtocol) -> str:
    return quote(prop.name.get_untrusted_value())


def _elsewhere(reader: str) -> str:
    """Give a reader as another module than models names it."""
    return f"_models.{reader}" if reader.startswith("_read_") else reader


def _successes(endpoint: Endpoint) -> list[Response]:
    found = [response for response in endpoint.responses.patterns if response.status_code.pattern.startswith("2")]
    if not found or any(response.status_code.is_range() for response in found):
        raise ContractError(f"{endpoint.name}: list its success statuses one by one")
    return found


def _has_body(response: Response) -> bool:
    return response.source["attribute"] != "None"


def _returns(responses: Sequence[Response]) -> str:
    """Give the type of what an operation returns."""
    types = [
        expressions.annotation(response.prop, absent=False) if _has_body(response) else "None" for response in responses
    ]
    return " | ".join(dict.fromkeys(types))


def _text(value: UntrustedString | str | None, indent: int = 4) -> str:
    """Give a description as it may stand inside a docstring."""
    text = value.get_untrusted_value() if isinstance(value, UntrustedString) else value or ""
    safe = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    paragraphs = [textwrap.fill(" ".join(each.split()), 116 - indent) for each in re.split(r"\n\s*\n", safe)]
    filled = textwrap.indent("\n\n".join(paragraphs), " " * indent).lstrip()
    return filled + " " if filled.endswith('"') else filled
