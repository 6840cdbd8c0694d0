"""Print what another version of the contract changes for callers of the compiled client, and if it breaks them.

    python tools/contract_diff.py OLD [NEW]

OLD and NEW are contracts, which the program compiles, or folders of compiled clients. NEW is this repository's
contract by default. The program compares the names and types of `models` and `api`, and reads them without an import.
A new value of an enum breaks no caller, because enums are open. A member that may be absent now breaks callers who
read it, but not callers who send it. A doubtful change counts as a break.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from typed_surface import Operation, Slot, Surface, SurfaceError, Use, surface

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "openapi" / "lucca-procurement.yaml"
GENERATE = ROOT / "openapi" / "generate.py"


T = TypeVar("T")


class Change(NamedTuple):
    """One change. `breaks` is True if a program for the old client can fail because of it."""

    breaks: bool
    where: str
    what: str


def compare(old: Surface, new: Surface) -> list[Change]:
    """Return the changes. Breaking changes come first."""
    renamed = _renamed({**old.models, **old.enums}, {**new.models, **new.enums}, lambda was, now: was == now)
    changes = [Change(True, f"models.{was}", f"is called {now} now") for was, now in renamed.items()]
    old = _with_names(old, renamed)
    before, after = old.uses(), new.uses()
    for was, now in ((old.enums, new.enums), (old.models, new.models), (old.aliases, new.aliases)):
        changes += _names("models", was, now)
    for name in old.enums.keys() & new.enums.keys():
        changes += _values_changed(f"models.{name}", old.enums[name], new.enums[name])
    for name in before.keys() & after.keys():
        use = Use(before[name].sent or after[name].sent, before[name].read or after[name].read)
        if name in old.models and name in new.models:
            changes += _slots(f"models.{name}", old.models[name], new.models[name], use)
        elif name in old.aliases and name in new.aliases:
            changes += _types(f"models.{name}", old.aliases[name], new.aliases[name], use)
    changes += _operations(old.operations, new.operations)
    return sorted(changes, key=lambda change: (not change.breaks, change.where, change.what))


def _renamed(old: Mapping[str, T], new: Mapping[str, T], same: Callable[[T, T], bool]) -> dict[str, str]:
    """Return the new name of each renamed entry. A missing and a new entry are a pair if each has no other match."""
    gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    pairs = [(was, now) for was in gone for now in come if old[was] and same(old[was], new[now])]
    lefts, rights = [was for was, _ in pairs], [now for _, now in pairs]
    return {was: now for was, now in pairs if lefts.count(was) == rights.count(now) == 1}


def _with_names(old: Surface, renamed: Mapping[str, str]) -> Surface:
    """Return the old surface with the new names, so that the program reports a renamed model once."""
    if not renamed:
        return old
    # The name of a reader can contain the name of a model between underscores.
    pattern = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(map(re.escape, renamed))})(?![A-Za-z0-9])")

    def text(value: str) -> str:
        return pattern.sub(lambda match: renamed[match[1]], value)

    def slots(values: dict[str, Slot]) -> dict[str, Slot]:
        return {name: replace(slot, type=text(slot.type), reader=text(slot.reader)) for name, slot in values.items()}

    return Surface(
        {text(name): values for name, values in old.enums.items()},
        {text(name): slots(values) for name, values in old.models.items()},
        {name: text(value) for name, value in old.aliases.items()},
        {
            name: replace(each, parameters=slots(each.parameters), returns=text(each.returns))
            for name, each in old.operations.items()
        },
    )


def _names(where: str, old: Iterable[str], new: Iterable[str]) -> Iterator[Change]:
    yield from (Change(True, f"{where}.{name}", "is gone") for name in {*old} - {*new})
    yield from (Change(False, f"{where}.{name}", "is new") for name in {*new} - {*old})


def _values_changed(where: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    yield from _names(where, old, new)
    for name in old.keys() & new.keys():
        if old[name] != new[name]:
            yield Change(True, f"{where}.{name}", f"is {new[name]}, was {old[name]}")


def _slots(where: str, old: Mapping[str, Slot], new: Mapping[str, Slot], use: Use) -> Iterator[Change]:
    renamed = _renamed(old, new, lambda was, now: (was.type, was.required) == (now.type, now.required))
    for name in old.keys() - new.keys():
        yield Change(True, f"{where}.{name}", f"is gone; perhaps {renamed[name]} now" if name in renamed else "is gone")
    for name in new.keys() - old.keys():
        must = new[name].required and use.sent
        yield Change(must, f"{where}.{name}", "is new and is required" if must else "is new")
    for name in old.keys() & new.keys():
        yield from _slot(f"{where}.{name}", old[name], new[name], use)


def _slot(where: str, old: Slot, new: Slot, use: Use) -> Iterator[Change]:
    yield from _types(where, old.type, new.type, use)
    if old.type == new.type and old.reader != new.reader:
        yield Change(True, where, f"is checked as {_plain(new.reader)}, was checked as {_plain(old.reader)}")
    if old.type == new.type and old.required != new.required:
        given = ("may be left out now", "is required now") if use.sent else ("may be absent now", "is required now")
        yield Change(new.required and use.sent, where, given[new.required])
    if old.wire != new.wire:
        yield Change(True, where, f"is {new.wire!r} in JSON, was {old.wire!r}: what was stored cannot be read")
    if old.place != new.place:
        yield Change(True, where, "is passed otherwise: its place among the arguments changed")


def _plain(reader: str) -> str:
    return re.sub(r"^(_models\.)?_read[._]", "", reader).replace("_", " ") or "nothing"


def _types(where: str, old: str, new: str, use: Use) -> Iterator[Change]:
    was, now = _alternatives(old), _alternatives(new)
    narrower, wider = set() if "Any" in now else was - now, set() if "Any" in was else now - was
    if was != now:
        said = " (required now)" if "Unset" in narrower else " (may be absent now)" if "Unset" in wider else ""
        breaks = bool((use.sent and narrower) or (use.read and wider))
        yield Change(breaks, where, f"is {new}, was {old}{said}")


def _alternatives(annotation: str) -> set[str]:
    """Return the types of a union. A type with brackets is one type, and any change in it narrows and widens it."""

    def split(node: ast.expr) -> Iterator[str]:
        if isinstance(node, ast.BinOp):
            yield from (*split(node.left), *split(node.right))
        else:
            yield ast.unparse(node)

    return set(split(ast.parse(annotation, mode="eval").body))


def _operations(old: Mapping[str, Operation], new: Mapping[str, Operation]) -> Iterator[Change]:
    renamed = _renamed(old, new, lambda was, now: was.request == now.request)
    yield from (Change(True, f"api.{was}", f"is called {now} now") for was, now in renamed.items())
    yield from _names("api", old.keys() - renamed.keys(), new.keys() - set(renamed.values()))
    for name, was in old.items():
        if now := new.get(renamed.get(name, name)):
            yield from _operation_changed(f"api.{renamed.get(name, name)}", was, now)


def _operation_changed(where: str, old: Operation, new: Operation) -> Iterator[Change]:
    if old.module != new.module:
        yield Change(False, where, f"is made in api.{new.module}, was in api.{old.module}")
    if old.request != new.request:
        yield Change(False, where, f"sends {new.request}, sent {old.request}")
    yield from _slots(where, old.parameters, new.parameters, Use(sent=True, read=False))
    yield from _types(f"{where} -> ...", old.returns, new.returns, Use(sent=False, read=True))
    for status in old.statuses - new.statuses:
        yield Change(True, where, f"raises UnexpectedStatus for {status}, which was a success")
    for status in new.statuses - old.statuses:
        yield Change(False, where, f"takes {status} for a success")


def _compiled(source: Path, folder: Path) -> Path:
    """Return the folder of a compiled client. A contract is compiled first."""
    if source.is_dir():
        return source
    package = folder / "lucca_procurement_api"
    command: list[Any] = [sys.executable, GENERATE, "--contract", source, "--output", package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SurfaceError(done.stderr.strip())
    return package


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Return 1 if a change breaks callers, and 2 if the command cannot compare the sources."""
    parser = argparse.ArgumentParser(description="Say what another version of the contract changes for callers.")
    parser.add_argument("old", metavar="OLD", type=Path, help="a contract, or the folder of a compiled client")
    parser.add_argument("new", metavar="NEW", type=Path, nargs="?", default=CONTRACT, help="the same; this contract")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            sources = enumerate([options.old, options.new])
            old, new = (surface(_compiled(source, Path(folder) / str(number))) for number, source in sources)
    except SurfaceError as error:
        print(error, file=sys.stderr)
        return 2
    changes = compare(old, new)
    for change in changes:
        print(f"{'breaks' if change.breaks else '      '}  {change.where}: {change.what}")
    breaking = sum(change.breaks for change in changes)
    print(f"{len(changes)} changes for callers; {breaking} can break them.")
    return 1 if breaking else 0


if __name__ == "__main__":
    sys.exit(main())
