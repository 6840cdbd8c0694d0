"""The compiled package, as the templates render it."""

from __future__ import annotations

import re
import subprocess
import sysconfig
import textwrap
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import expressions
from document import ContractError, Document, Member, Operation, Type
from expressions import Readers
from unsupported import refuse

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
RUFF = Path(sysconfig.get_path("scripts"), f"ruff{sysconfig.get_config_var('EXE') or ''}")
"""The ruff of this interpreter's environment: another version formats differently."""
RUFF_COMMANDS = (
    "check . --quiet --fix-only --isolated --no-cache --target-version py311 --select I,F401 "
    "--per-file-ignores __init__.py:F401",
    "format . --quiet --isolated --no-cache --target-version py311 --line-length 120 "
    "--config format.skip-magic-trailing-comma=true",
)


class Package:
    """The compiled client: shared modules, one module for the models, and one for the operations of each tag."""

    def __init__(self, document: Document, folder: Path) -> None:
        refuse(document)
        self._document = document
        self._folder = folder
        self._readers = Readers(document.models)
        names = [*(model.name for model in document.models), *(enum.name for enum in document.enums)]
        # The generator has templates of the same names, so this environment must find ours alone.
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters.update(elsewhere=_elsewhere, literal=repr, successes=_successes, text=_text)
        self._environment.globals.update(
            annotated=expressions.annotated,
            annotation=expressions.annotation,
            converters=expressions.converters,
            declared=expressions.declared,
            document=document,
            has_converters=expressions.has_converters,
            names=[*names, *document.choices],
            present_if=expressions.present_if,
            problem=self._problem,
            read=self._read,
            readers=self._readers,
            returns=_returns,
            takes_null=expressions.takes_null,
            target=self._target,
            written=expressions.written,
        )

    def write(self) -> None:
        """Write the package. Raises ContractError if ruff fails."""
        for name, template in FILES.items():
            self._write(name, template)
        for tag, title in self._document.tags.items():
            operations = [each for each in self._document.operations if each.tag == tag]
            self._write(f"api/{tag}.py", "api.py.jinja", operations=operations, title=title)
        # The models come last: by then the operations have named the readers that they need.
        self._write("models.py", "models.py.jinja")
        (self._folder / "py.typed").touch()
        for command in RUFF_COMMANDS:
            done = subprocess.run(
                [RUFF, *command.split()], cwd=self._folder, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise ContractError(f"ruff fails: {done.stderr or done.stdout}")

    def _write(self, name: str, template: str, **context: object) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._environment.get_template(template).render(context), encoding="utf-8")

    def _read(self, body: Type | None) -> str:
        """Return an expression for the function that reads the body of a response."""
        return _elsewhere(self._readers.nullable(body)) if body else "_read.nothing"

    def _problem(self, operation: Operation) -> str:
        """Return an expression for the function that reads an error's body, None if the contract has no such body."""
        successes = _successes(operation)
        found = {self._read(body) for status, body in operation.responses.items() if status not in successes}
        if len(found) > 1:
            raise ContractError(f"{operation.name}: its errors have several shapes: {', '.join(sorted(found))}")
        return found.pop() if found else "None"

    def _target(self, operation: Operation) -> str:
        """Return an expression for the path and the query of an operation."""
        segments = {
            member.name: f'_url.segment("{member.python_name}", {self._argument(member)})'
            for member in operation.path_parameters
        }
        # Every second part of the path is the name of a parameter.
        parts = enumerate(re.split(r"{(.*?)}", operation.path))
        path = " + ".join(segments[part] if place % 2 else repr(part) for place, part in parts if part)
        if not operation.query_parameters:
            return path
        pairs = [
            f'("{quote(member.name)}", {self._argument(member)}, {not member.is_joined})'
            for member in operation.query_parameters
        ]
        return f"{path} + _url.query({', '.join(pairs)})"

    def _argument(self, member: Member) -> str:
        check = "argument" if member.is_required else "optional"
        read = _elsewhere(self._readers.nullable(member.type, is_sent=True))
        return f'_call.{check}("{member.python_name}", {member.python_name}, {read})'


def _elsewhere(reader: str) -> str:
    """Return a reader as other modules than `models` name it."""
    return f"_models.{reader}" if reader.startswith("_read_") else reader


def _successes(operation: Operation) -> dict[str, Type | None]:
    """Return the body of each success status."""
    found = {status: body for status, body in operation.responses.items() if status.startswith("2")}
    if not found or not all(status.isdigit() for status in found):
        raise ContractError(f"{operation.name}: list its success statuses one by one")
    return found


def _returns(bodies: Sequence[Type | None]) -> str:
    """Return the type of the result of an operation."""
    return " | ".join(dict.fromkeys(expressions.annotated(body) if body else "None" for body in bodies))


def _text(text: str, indent: int = 4) -> str:
    """Return a description as it can stand in a docstring."""
    safe = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    paragraphs = [textwrap.fill(" ".join(each.split()), 116 - indent) for each in re.split(r"\n\s*\n", safe)]
    filled = textwrap.indent("\n\n".join(paragraphs), " " * indent).lstrip()
    return filled + " " if filled.endswith('"') else filled
