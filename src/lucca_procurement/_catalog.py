"""Find one entry of a list of reference data by its name or code."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from ._wire.clocks import Clock
from ._wire.text import cut, shown
from .errors import InvalidArgument, NoMatch
from .pages import LARGEST_PAGE, Paginator

__all__ = ("ENDED", "Catalog", "by_label", "described", "labels", "nearest", "plain")

FRESH = 300.0
"""In seconds. One reading of the list serves the searches of this time."""
_STALE = 10.0
"""In seconds. If an older reading has no match, the list is read again: the entry may be new."""
_READINGS = 2
"""The most readings of a list that changes, or counts more entries than it shows."""
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
        self._entries: dict[int, E] | None = None
        self._by_label: dict[str, list[E]] = {}
        """The entries that are in use, by each of their names and codes without case and accents."""
        self._hidden = 0
        """The number of entries that the list counts and does not show."""
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
            raise InvalidArgument(f"the {self._kind} to find must be its name or code as text, not {shown(text)}")
        async with self._lock:
            age = self._clock.monotonic() - self._read_at
            if self._entries is None or age > FRESH:
                await self._read()
                age = 0.0
            matches = self._by_label.get(plain(text), [])
            if not matches and age > _STALE:
                await self._read()
                matches = self._by_label.get(plain(text), [])
        if len(matches) == 1:
            return matches[0]
        name = shown(text)
        if matches:
            raise NoMatch(
                f"{len(matches)} of the {self._kind}s match {name}: {_listed(matches)}; use the id", candidates=matches
            )
        entries = (self._entries or {}).values()
        if ended := [each for each in entries if plain(text) in map(plain, labels(each))]:
            raise NoMatch(f"the {self._kind} {name} is not in use any more: {_listed(ended)}", candidates=ended)
        near = nearest(entries, text)
        found = f"the nearest are {_listed(near)}" if near else f"there are {len(self._entries or ())}"
        more = f", and the list counts {self._hidden} more than it shows" if self._hidden else ""
        raise NoMatch(f"no {self._kind} is named {name}: {found}{more}", candidates=near)

    async def _read(self) -> None:
        entries: dict[int, E] = {}
        for _ in range(_READINGS):
            listing = self._iterate(LARGEST_PAGE)
            entries |= {each.id: each async for each in listing}
            self._hidden = max(0, (listing.count or 0) - len(entries))
            if listing.finished:
                break
        self._entries, self._by_label = entries, by_label(entries.values())
        self._read_at = self._clock.monotonic()


def by_label(entries: Iterable[E]) -> dict[str, list[E]]:
    """Return the entries that are in use, by each of their names and codes in the form of `plain`."""
    found: dict[str, list[E]] = {}
    for each in entries:
        if str(getattr(each, "state", "")) not in ENDED:
            for label in {plain(label) for label in labels(each)}:
                found.setdefault(label, []).append(each)
    return found


def nearest(entries: Iterable[E], text: str) -> list[E]:
    """Return the entries whose name or code is most like a text."""
    # The module takes a while to import, and only a mistake needs it.
    from difflib import SequenceMatcher

    wanted = plain(text)
    matcher = SequenceMatcher(b=wanted)

    def nearness(label: str) -> float:
        if wanted in label:
            return 1.0
        matcher.set_seq1(label)
        # The first two are upper bounds that take little time.
        if matcher.real_quick_ratio() < _NEAR or matcher.quick_ratio() < _NEAR:
            return 0.0
        return matcher.ratio()

    rated: list[tuple[float, int, E]] = []
    for each in entries:
        rating = max((nearness(plain(label)) for label in labels(each)), default=0.0)
        if rating >= _NEAR:
            rated.append((-rating, each.id, each))
    return [entry for _, _, entry in sorted(rated, key=lambda one: one[:2])[:_MOST_NEAR]]


def labels(entry: object) -> list[str]:
    """Return the name and the code of an entry, if it has them."""
    return [each for each in (getattr(entry, "name", None), getattr(entry, "code", None)) if isinstance(each, str)]


def plain(text: str) -> str:
    """Return a text without case, accents and repeated spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return " ".join("".join(each for each in decomposed if not unicodedata.combining(each)).split())


def _listed(entries: Sequence[_Entry]) -> str:
    more = f" and {len(entries) - _MOST_NEAR} more" if len(entries) > _MOST_NEAR else ""
    return ", ".join(map(described, entries[:_MOST_NEAR])) + more


def described(entry: _Entry) -> str:
    """Return the name, the code and the id of an entry for people."""
    names = cut(" ".join(labels(entry)) or "without a name", 80)
    state = str(getattr(entry, "state", "") or "")
    return f"{names} ({entry.id}{f', {state}' if state in ENDED else ''})"
