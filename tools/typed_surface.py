"""The public surface of a compiled client: names and types, read from the source without an import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class SurfaceError(Exception):
    """A folder holds no compiled client. The message has the reason."""


class Use(NamedTuple):
    """The directions of a type's values. A sent type must not become narrower. A read type must not become wider."""

    sent: bool
    read: bool


@dataclass(frozen=True)
class Slot:
    """A member of a model, or a parameter of an operation."""

    type: str
    required: bool
    reader: str = ""
    """The reader that checks the value. Its name includes bounds and formats, which no annotation has."""
    wire: str = ""
    place: int | None = None
    """The position of a positional parameter."""


@dataclass(frozen=True)
class Operation:
    """One async function of `api`."""

    module: str
    request: str
    parameters: dict[str, Slot]
    returns: str
    statuses: set[int]


@dataclass(frozen=True)
class Surface:
    """The public surface of a compiled client."""

    enums: dict[str, dict[str, str]] = field(default_factory=dict)
    models: dict[str, dict[str, Slot]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)

    def uses(self) -> dict[str, Use]:
        """Return the directions of each name, from the operations that use it and the models that hold it."""
        parts = {name: " ".join(slot.type for slot in slots.values()) for name, slots in self.models.items()}
        parts |= self.aliases | dict.fromkeys(self.enums, "")
        sent = [slot.type for operation in self.operations.values() for slot in operation.parameters.values()]
        down, up = _reach(sent, parts), _reach([each.returns for each in self.operations.values()], parts)
        # If no operation names a type (an error's body, for example), its direction is unknown, so it has both.
        return {name: Use(name in down or name not in up, name in up or name not in down) for name in parts}


def _reach(types: Iterable[str], parts: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    rest = list(types)
    while rest:
        new = set(re.findall(r"\w+", rest.pop())) & parts.keys() - found
        found |= new
        rest += [parts[name] for name in new]
    return found


def surface(package: Path) -> Surface:
    """Return the surface of a compiled client. Raises SurfaceError if the folder holds none."""
    try:
        models = ast.parse((package / "models.py").read_text(encoding="utf-8"))
        modules = {
            path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in (package / "api").glob("[!_]*.py")
        }
    except (OSError, SyntaxError) as error:
        raise SurfaceError(f"{package} is no compiled client: {error}") from None
    found = Surface()
    names = dict(_names(models))
    for node in models.body:
        if isinstance(node, ast.ClassDef):
            if any(ast.unparse(base) == "OpenEnum" for base in node.bases):
                found.enums[node.name] = dict(_values(node))
            else:
                found.models[node.name] = dict(_members(node, names))
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias" and node.value:
            found.aliases[ast.unparse(node.target)] = ast.unparse(node.value)
    for name, module in modules.items():
        for node in module.body:
            if isinstance(node, ast.AsyncFunctionDef):
                found.operations[node.name] = _operation(name, node)
    return found


def _values(enum: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for node in enum.body:
        if isinstance(node, ast.Assign):
            yield ast.unparse(node.targets[0]), ast.unparse(node.value)


def _names(models: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Yield the constants that list the names of a model's members in JSON."""
    for node in models.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple(elts=values)) if name.startswith("_NAMES_"):
                yield name, [ast.literal_eval(value) for value in values]


def _members(model: ast.ClassDef, names: Mapping[str, list[str]]) -> Iterator[tuple[str, Slot]]:
    wires: dict[str, str] = {}
    readers: dict[str, str] = {}
    for node in ast.walk(model):
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(wire)))], value=value):
                wires |= dict.fromkeys(re.findall(r"\bself\.(\w+)", ast.unparse(value)), wire)
            case ast.Call(func=ast.Name(id="zip"), args=[ast.Name(id=listed), ast.Tuple(elts=values)]):
                for wire, value in zip(names[listed], values, strict=True):
                    wires |= dict.fromkeys(re.findall(r"\bself\.(\w+)", ast.unparse(value)), wire)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=reader, args=[ast.Name(id=given)])):
                if name == given:
                    readers[name] = ast.unparse(reader)
    for node in model.body:
        if isinstance(node, ast.AnnAssign) and not (name := ast.unparse(node.target)).startswith("_"):
            call = node.value if isinstance(node.value, ast.Call) else None
            default = any(word.arg == "default" for word in call.keywords) if call else node.value is not None
            yield name, Slot(ast.unparse(node.annotation), not default, readers.get(name, ""), wires.get(name, ""))


def _operation(module: str, function: ast.AsyncFunctionDef) -> Operation:
    readers: dict[Any, str] = {}
    statuses: set[int] = set()
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="argument" | "optional"), args=[ast.Constant(value=name), _, reader]):
                readers[name] = ast.unparse(reader)
            case ast.Call(func=ast.Attribute(attr="result"), args=[_, _, ast.Dict(keys=keys), _]):
                statuses = {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, int)}
    given = function.args
    # The first argument is the client. Other positional ones have no default. `kw_defaults` has None for no default.
    slots = [(each, True, place) for place, each in enumerate(given.args[1:])]
    named = [(each, default is None, None) for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    parameters = {
        each.arg: Slot(ast.unparse(each.annotation or each), required, readers.get(each.arg, ""), place=place)
        for each, required, place in [*slots, *named]
    }
    request = re.search(r"`([A-Z]+ /\S*)`", ast.get_docstring(function) or "")
    return Operation(
        module, request[1] if request else "", parameters, ast.unparse(function.returns or given), statuses
    )
