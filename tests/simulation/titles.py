"""The changes that a server may make to a title before it shows it again."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable

__all__ = ("CHANGES", "CUT_AT", "TITLES")

CUT_AT = 48
"""A length above that of any reference of a run with its brackets, and below that of the longest titles."""

TITLES = (
    "Laptops",
    "Écrans  «27 pouces»",
    "R&D <samples> \"a\" & 'b'",
    "Ноутбуки для отдела",
    "办公椅",
    "Cables 🔌 and hubs 💻",
    "Docks for [ERP-1]",
    "ERP-1 spare parts",
    "[ERP-2] was cancelled, this one replaces it",
    "(2026) licences ",
    "A title that goes on, and on, until the column of the server's own table ends and cuts it off. " * 2,
)


def _upper(title: str) -> str:
    return title.upper()


def _lower(title: str) -> str:
    return title.lower()


def _decomposed(title: str) -> str:
    return unicodedata.normalize("NFD", title)


def _compatible(title: str) -> str:
    return unicodedata.normalize("NFKC", title)


def _without_emoji(title: str) -> str:
    return "".join(each for each in title if unicodedata.category(each) != "So")


def _question_marks(title: str) -> str:
    return title.encode("latin-1", "replace").decode("latin-1")


def _ascii(title: str) -> str:
    return _decomposed(title).encode("ascii", "ignore").decode()


def _round(title: str) -> str:
    return title.replace("[", "(").replace("]", ")")


def _without_brackets(title: str) -> str:
    return title.replace("[", "").replace("]", "")


def _wide_brackets(title: str) -> str:
    return title.replace("[", "【").replace("]", "】")


def _trimmed(title: str) -> str:
    return " ".join(title.split())


def _spaced(title: str) -> str:
    return "  " + title.replace(" ", "  ") + " "


def _cut(title: str) -> str:
    return title[:CUT_AT]


def _dotted(title: str) -> str:
    return title if len(title) <= CUT_AT else title[: CUT_AT - 1] + "…"


def _quoted(title: str) -> str:
    return f"« {title} »"


CHANGES: tuple[Callable[[str], str], ...] = (
    str,
    _upper,
    _lower,
    _decomposed,
    _compatible,
    _without_emoji,
    _question_marks,
    _ascii,
    _round,
    _without_brackets,
    _wide_brackets,
    _trimmed,
    _spaced,
    _cut,
    _dotted,
    _quoted,
    html.escape,
)
"""The changes. The first one changes nothing. None of them removes a reference from the front of a title."""
