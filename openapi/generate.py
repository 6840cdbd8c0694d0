"""Compile the contract into the client package.

    python openapi/generate.py [--contract FILE] [--output DIR] [--check]

openapi-python-client parses the contract and runs our templates; ruff sorts the imports and formats. What is done here
and not by its command line: there is one module for all models and one for each tag (a program pays for a module at
every start), and the document itself is handed to the templates (the parser forgets `explode` and the security scheme).
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema.untrusted_string import UntrustedString
from ruamel.yaml import YAML

import expressions
from expressions import ContractError

HERE = Path(__file__).parent
CONTRACT = HERE / "lucca-procurement.yaml"
OUTPUT = HERE.parent / "generated" / "lucca_procurement_api"

FILES = {
    "__init__.py": "package.py.jinja",
    "_json.py": "json.py.jinja",
    "_url.py": "url.py.jinja",
    "types.py": "types.py.jinja",
    "errors.py": "errors.py.jinja",
    "client.py": "client.py.jinja",
    "models.py": "models.py.jinja",
    "api/__init__.py": "api_init.py.jinja",
}
TAKEN = {"cls", "src_dict", "from_dict", "to_dict", "to_multipart", "additional_properties"}
"""Names that a member cannot have, because every model uses them itself."""


class CompiledClient(Project):
    """The package as our templates lay it out, in place of the stock layout."""

    def __init__(self, contract: Mapping[str, Any], parsed: GeneratorData, config: Config) -> None:
        super().__init__(openapi=parsed, config=config, custom_template_path=HERE / "templates")
        self._contract = contract
        self._readers = expressions.Readers(parsed.models)
        self._operations = [
            endpoint for collection in parsed.endpoint_collections_by_tag.values() for endpoint in collection.endpoints
        ]
        aliases = _aliases(contract)
        names = [*(model.class_info.name for model in [*parsed.models, *parsed.enums]), *aliases]
        self.env.filters.update(
            text=_text,
            described=_described,
            successes=_successes,
            raw_path=lambda endpoint: _raw_path(contract, endpoint),
            argument=lambda endpoint, prop: _argument(contract, endpoint, prop),
            target=lambda endpoint: _target(contract, endpoint),
            elsewhere=_elsewhere,
        )
        self.env.globals.update(
            contract=contract,
            names=names,
            aliases=aliases,
            operations=[endpoint.name for endpoint in self._operations],
            readers=self._readers,
            annotation=expressions.annotation,
            fast=expressions.fast,
            is_nullable=expressions.is_nullable,
            has_numbers=expressions.has_numbers,
            declared=_declared,
            returns=_returns,
            reads=self._reads,
            problem=self._problem,
        )

    @property
    def counts(self) -> str:
        """Say what the package holds."""
        return f"{len(self.openapi.models)} models, {len(self.openapi.enums)} enums, {len(self._operations)} operations"

    def build(self) -> Sequence[GeneratorError]:
        """Write the package and give what the generator had to say."""
        for model in self.openapi.models:
            _refuse_taken(model)
        files = {**FILES, **{f"api/{tag}.py": "api.py.jinja" for tag in self.openapi.endpoint_collections_by_tag}}
        # The models come last: by then the operations have said which readers they need.
        for name in sorted(files, key=lambda name: name == "models.py"):
            self._write(name, self.env.get_template(files[name]).render(**self._tag(name)))
        self._write("py.typed", "")
        self._run_post_hooks()
        return self._get_errors()

    def _tag(self, name: str) -> dict[str, Any]:
        collection = self.openapi.endpoint_collections_by_tag.get(Path(name).stem)  # type: ignore[call-overload]
        if collection is None:
            return {}
        described = {tag["name"]: tag["description"] for tag in self._contract.get("tags", ())}
        return {"endpoints": collection.endpoints, "title": described.get(Path(name).stem, "")}

    def _write(self, name: str, content: str) -> None:
        path = self.package_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def _reads(self, responses: Sequence[Response]) -> str:
        parts = (
            f"{response.status_code.range[0]}: {self._read(response)}"
            for response in responses
            if response.status_code.range
        )
        return f"{{{', '.join(parts)}}}"

    def _problem(self, endpoint: Endpoint) -> str:
        read = {self._read(response) for response in endpoint.responses if response not in _successes(endpoint)}
        if len(read) > 1:
            raise ContractError(f"{endpoint.name}: its errors have several shapes: {', '.join(sorted(read))}")
        return read.pop() if read else "None"

    def _read(self, response: Response) -> str:
        return (
            "_json.nothing"
            if response.source["attribute"] == "None"
            else _elsewhere(self._readers.reader(response.prop))
        )


def _elsewhere(reader: str) -> str:
    """Give a reader as another module than models names it."""
    return f"_models.{reader}" if reader.startswith("_read_") else reader


def _refuse_taken(model: ModelProperty) -> None:
    for prop in [*(model.required_properties or ()), *(model.optional_properties or ())]:
        if prop.python_name in TAKEN:
            raise ContractError(f"{model.class_info.name}: the models use the name {prop.python_name} themselves")


def _described(model: ModelProperty, prop: PropertyProtocol) -> UntrustedString | str | None:
    """Give a member's own description: the parser has that of the schema it refers to."""
    own = (model.data.properties or {}).get(prop.name)
    return getattr(own, "description", None) or prop.description


def _declared(prop: PropertyProtocol) -> str:
    """Give what follows a member's annotation: its default, and for a number what keeps it exact."""
    if expressions.has_numbers([prop]):
        suffix = {
            (True, False): "",
            (True, True): "_or_null",
            (False, False): "_or_unset",
            (False, True): "_or_absent",
        }[prop.required, expressions.is_nullable(prop)]
        default = "" if prop.required else "default=UNSET, "
        return f" = field({default}converter=_json.exact{suffix})"
    if prop.required:
        return f" = {value}" if (value := expressions.fixed(prop)) else ""
    return " = UNSET"


def _aliases(contract: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give the schemas that are a choice between others: the parser has no name for them."""
    schemas = contract.get("components", {}).get("schemas", {})
    choices = {name: schema.get("oneOf") or schema.get("anyOf") or [] for name, schema in schemas.items()}
    named = {
        name: [choice["$ref"].rsplit("/", 1)[-1] for choice in choices]
        for name, choices in choices.items()
        if len(choices) > 1 and all("$ref" in choice for choice in choices)
    }

    def flat(name: str) -> list[str]:
        return [each for part in named[name] for each in flat(part)] if name in named else [name]

    return {name: flat(name) for name in named}


def _successes(endpoint: Endpoint) -> list[Response]:
    found = [
        each
        for each in endpoint.responses.patterns
        if each.status_code.range and 200 <= each.status_code.range[0] < 300
    ]
    if not found or any(response.status_code.is_range() for response in found):
        raise ContractError(f"{endpoint.name}: list its success statuses one by one")
    return found


def _has_body(response: Response) -> bool:
    return response.source["attribute"] != "None"


def _returns(responses: Sequence[Response]) -> str:
    types = [
        expressions.annotation(response.prop, absent=False) if _has_body(response) else "None" for response in responses
    ]
    return " | ".join(dict.fromkeys(types))


def _operation(contract: Mapping[str, Any], endpoint: Endpoint) -> tuple[str, Mapping[str, Any]]:
    for path, operations in contract["paths"].items():
        if operations.get(endpoint.method, {}).get("operationId") == endpoint.name:
            return path, operations[endpoint.method]
    raise ContractError(f"{endpoint.name}: write its operationId in snake_case")


def _raw_path(contract: Mapping[str, Any], endpoint: Endpoint) -> str:
    return _operation(contract, endpoint)[0]


def _target(contract: Mapping[str, Any], endpoint: Endpoint) -> str:
    """Give an expression for the path and the query of an operation."""
    path = re.sub(r"{(\w+)}", r"{_url.segment(\1)}", endpoint.path.get_untrusted_value())
    quoted = f'f"{path}"' if endpoint.path_parameters else f'"{path}"'
    if not endpoint.query_parameters:
        return quoted
    joined = {parameter["name"] for parameter in _parameters(contract, endpoint) if parameter.get("explode") is False}
    pairs = ", ".join(
        f'("{quote(name, safe="")}", {prop.python_name}, {name not in joined})'
        for prop in endpoint.query_parameters
        for name in [prop.name.get_untrusted_value()]
    )
    return f"{quoted} + _url.query({pairs})"


def _parameters(contract: Mapping[str, Any], endpoint: Endpoint) -> list[Mapping[str, Any]]:
    shared = contract.get("components", {}).get("parameters", {})
    return [
        shared[parameter["$ref"].rsplit("/", 1)[-1]] if "$ref" in parameter else parameter
        for parameter in _operation(contract, endpoint)[1].get("parameters", ())
    ]


def _argument(contract: Mapping[str, Any], endpoint: Endpoint, prop: PropertyProtocol) -> str:
    """Give a parameter's own description: the parser has that of the schema it refers to."""
    schemas = {parameter["name"]: parameter["schema"] for parameter in _parameters(contract, endpoint)}
    return str(schemas[prop.name.get_untrusted_value()].get("description", ""))


def _text(value: UntrustedString | str | None, indent: int = 4) -> str:
    """Give a description as it may stand inside a docstring."""
    text = value.get_untrusted_value() if isinstance(value, UntrustedString) else value or ""
    safe = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    paragraphs = [textwrap.fill(" ".join(each.split()), 116 - indent) for each in re.split(r"\n\s*\n", safe)]
    filled = textwrap.indent("\n\n".join(paragraphs), " " * indent).lstrip()
    return filled + " " if filled.endswith('"') else filled


def compile_contract(contract: Path, output: Path) -> CompiledClient:
    """Compile a contract into a new folder. Raises ContractError with whatever the generator says, be it a warning."""
    document = YAML(typ="safe").load(contract)
    settings = ConfigFile.load_from_path(HERE / "generator.yaml")
    config = Config.from_sources(settings, MetaType.NONE, contract, "utf-8", overwrite=True, output_path=output)
    parsed = GeneratorData.from_dict(document, config=config)
    if isinstance(parsed, GeneratorError):
        raise ContractError(_said(parsed))
    # The hooks of generator.yaml call ruff by its name: the one beside this interpreter is meant.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    client = CompiledClient(document, parsed, config)
    if errors := client.build():
        raise ContractError("\n".join(map(_said, errors)))
    return client


def _said(error: GeneratorError) -> str:
    return " ".join(filter(None, [error.header, error.detail]))


def _read_tree(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def main() -> int:
    """Run the command. Gives 1 for a contract that cannot be compiled, and for a tree that differs under --check."""
    parser = argparse.ArgumentParser(description="Compile the contract into the client package.")
    parser.add_argument("--contract", type=Path, default=CONTRACT, help="the OpenAPI document")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the package's folder; what it holds is replaced")
    parser.add_argument("--check", action="store_true", help="change nothing, and fail if the folder would change")
    arguments = parser.parse_args()
    output: Path = arguments.output
    with tempfile.TemporaryDirectory() as folder:
        try:
            client = compile_contract(arguments.contract, Path(folder) / output.name)
        except ContractError as error:
            print(f"{arguments.contract}: {error}", file=sys.stderr)
            return 1
        new = _read_tree(Path(folder) / output.name)
    old = _read_tree(output) if output.exists() else {}
    changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    counts = (
        f"{len(client.openapi.models)} models, {len(client.openapi.enums)} enums, {len(client._operations)} operations"
    )
    print(f"Compiled {arguments.contract}: {counts}. {len(changed)} of {len(new)} files differ from {output}.")
    if arguments.check:
        for name in changed:
            texts = old.get(name, "").splitlines(), new.get(name, "").splitlines()
            diff = difflib.unified_diff(*texts, f"{name} in the tree", f"{name} as compiled", lineterm="", n=0)
            print(*list(diff)[:20], sep="\n", file=sys.stderr)
        return 1 if changed else 0
    for name in changed:
        path = output / name
        if name in new:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new[name], encoding="utf-8")
        else:
            path.unlink()
        print(f"  {'wrote' if name in new else 'removed'} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
