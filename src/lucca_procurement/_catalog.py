"""Find one entry of a list of reference data by its name or code."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from ._wire.clocks import Clock
from .errors import InvalidArgument, NoMatch
from .pages import LARGEST_PAGE, Paginator

__all__ = ("ENDED", "Catalog", "labels", "matching", "nearest", "plain", "shown")

FRESH = 300.0
"""In seconds. One reading of the list serves the searches of this time."""
_STALE = 10.0
"""In seconds. If an older reading has no match, the list is read again: the entry may be new."""
_MOST_NEAR = 5
_NEAR = 0.6
ENDED = ("Archived", "Disabled")


class _Entry(Protocol):
    @property
    def id(self) -> int: ...


E = TypeVar("E", bound=_Entry)


class Catalog(Generic[E]):
    """A list of reference data, which is read once for many searches.

    Args:
        kind: The name of an entry for messages.
        iterate: Returns a paginator of the list, for a page size.
        clock: The clock of the client.
    """

    def __init__(self, kind: str, iterate: Callable[[int], Paginator[E]], clock: Clock) -> None:
        self._kind = kind
        self._iterate = iterate
        self._clock = clock
        self._lock = asyncio.Lock()
        self._entries: list[E] | None = None
        self._read_at = 0.0

    async def find(self, text: str) -> E:
        """Return the only entry that has a name or a code. Case, accents and repeated spaces do not matter.

        An entry that is archived or disabled is no match.

        Args:
            text: The whole name or code.

        Raises InvalidArgument if `text` is no text or empty. Raises NoMatch, with the nearest entries, if no entry or
        more than one matches. Raises another ProcurementError if the list cannot be read.
        """
        if not isinstance(text, str) or not plain(text):
            raise InvalidArgument(f"the {self._kind} to find must be its name or code as text, not {text!r}")
        async with self._lock:
            age = self._clock.monotonic() - self._read_at
            if self._entries is None or age > FRESH:
                await self._read()
                age = 0.0
            matches = matching(self._entries or (), text)
            if not matches and age > _STALE:
                await self._read()
                matches = matching(self._entries or (), text)
        if len(matches) == 1:
            return matches[0]
        if matches:
            found = ", ".join(map(shown, matches))
            raise NoMatch(
                f"{len(matches)} of the {self._kind}s match {text!r}: {found}; use the id", candidates=matches
            )
        near = nearest(self._entries or (), text)
        hint = f"the nearest are {', '.join(map(shown, near))}" if near else f"there are {len(self._entries or ())}"
        raise NoMatch(f"no {self._kind} is named {text!r}: {hint}", candidates=near)

    async def _read(self) -> None:
        self._entries = [each async for each in self._iterate(LARGEST_PAGE)]
        self._read_at = self._clock.monotonic()


def matching(entries: Iterable[E], text: str) -> list[E]:
    """Return the entries that have a name or a code and are in use."""
    wanted = plain(text)
    found = (each for each in entries if wanted in map(plain, labels(each)))
    return [each for each in found if str(getattr(each, "state", "")) not in ENDED]


def nearest(entries: Iterable[E], text: str) -> list[E]:
    """Return the entries whose name or code is most like a text."""
    # The module takes a while to import, and only a mistake needs it.
    from difflib import SequenceMatcher

    wanted = plain(text)

    def nearness(entry: E) -> float:
        names = [plain(each) for each in labels(entry)]
        ratios = (1.0 if wanted in each else SequenceMatcher(None, wanted, each).ratio() for each in names)
        return max(ratios, default=0.0)

    rated = sorted(((nearness(each), -each.id, each) for each in entries), reverse=True, key=_rank)
    return [entry for rating, _, entry in rated[:_MOST_NEAR] if rating >= _NEAR]


def _rank(rated: tuple[float, int, object]) -> tuple[float, int]:
    return rated[:2]


def labels(entry: object) -> list[str]:
    """Return the name and the code of an entry, if it has them."""
    return [each for each in (getattr(entry, "name", None), getattr(entry, "code", None)) if isinstance(each, str)]


def plain(text: str) -> str:
    """Return a text without case, accents and repeated spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(each for each in decomposed if not unicodedata.combining(each)).split())


def shown(entry: _Entry) -> str:
    """Return the name, the code and the id of an entry for people."""
    names = " ".join(labels(entry)) or "without a name"
    state = str(getattr(entry, "state", "") or "")
    return f"{names} ({entry.id}{f', {state}' if state in ENDED else ''})"
