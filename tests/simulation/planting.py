"""Plant defects into the product, by edits of its source."""

from __future__ import annotations
import __future__

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from attrs import frozen

from .run import Kind

__all__ = ("MUTANTS", "Change", "Mutant", "edit", "found_by", "planted", "replaced")


@frozen
class Change:
    """A change of one attribute."""

    owner: Any
    name: str
    value: object


@frozen
class Mutant:
    """A planted defect."""

    name: str
    does: str
    """The defect, in one sentence."""
    seed: int
    """A seed that finds it."""
    changes: Callable[[], list[Change]]
    world: Kind


MUTANTS: dict[str, Mutant] = {}


def found_by(seed: int, world: Kind = "orders") -> Callable[[Callable[[], list[Change]]], Callable[[], list[Change]]]:
    """Register the changes that a function returns as a mutant, under the function's name."""

    def register(changes: Callable[[], list[Change]]) -> Callable[[], list[Change]]:
        assert changes.__doc__
        MUTANTS[changes.__name__] = Mutant(changes.__name__, changes.__doc__, seed, changes, world)
        return changes

    return register


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Plant a defect, and remove it afterwards."""
    changes = mutant.changes()
    before = [getattr(change.owner, change.name) for change in changes]
    for change in changes:
        setattr(change.owner, change.name, change.value)
    try:
        yield
    finally:
        for change, value in zip(changes, before, strict=True):
            setattr(change.owner, change.name, value)


def edit(function: Callable[..., Any], *edits: tuple[str, str]) -> Change:
    """Replace parts of a function's source. Each must be there once, so that no mutant outlives the line it changes."""
    function = inspect.unwrap(function)
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in edits:
        assert source.count(old) == 1, f"{function.__qualname__} has {old!r} {source.count(old)} times"
        source = source.replace(old, new)
    names: dict[str, Any] = {}
    flags = __future__.annotations.compiler_flag
    exec(compile(source, function.__code__.co_filename, "exec", flags), dict(function.__globals__), names)
    # The code alone: whoever has imported the function has the edited one.
    code: CodeType = inspect.unwrap(names[function.__name__]).__code__
    return Change(function, "__code__", code)


def replaced(owner: Any, name: str, old: str, new: str) -> Change:
    """Replace a part of a text that a module holds. It must be there once."""
    text: str = getattr(owner, name)
    assert text.count(old) == 1, f"{name} has {old!r} {text.count(old)} times"
    return Change(owner, name, text.replace(old, new))
