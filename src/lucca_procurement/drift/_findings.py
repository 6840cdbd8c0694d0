"""The findings of a survey, and the parts of a tenant's JSON that they may hold.

These are kinds of values, words of enums and names of members. Answers also hold names, addresses and bank accounts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from enum import StrEnum

from attrs import field, frozen

from lucca_procurement_api.errors import InvalidData


class Question(StrEnum):
    """The questions that the documentation leaves open, and that read requests can answer."""

    PAGING = "Do lists go by token, by number, or as bare arrays?"
    LAST = "Which value has `next` on the last page?"
    COUNT = "Does `count` come if it is requested?"
    ORDER = "In which order of ids do lists come?"
    NUMBER = "Does a list that goes by token also accept the number of a page?"
    DEFAULT = "How many items has a page without `limit`, and which members come with them unrequested?"
    BARE = "Which value has `commitment` before a purchase has one?"
    STATES = "Which states of a purchase and its commitment occur together?"
    AMOUNT = "Do the amounts of a commitment come in two currencies?"
    FILES = "How many attachments has a commitment (4: or more)?"
    SUPPLIERS = "Which states do suppliers have in a list without `state`?"
    TERRITORY = "Are the ids of territories text or numbers?"
    RATES = "Are there tax rates for a territory in the form that was sent, and is a percentage a fraction?"
    MOMENT = "Which forms do date-times have?"
    HREF = "Are addresses (`href`) absolute?"
    SHAPE = "Which content do members of undocumented shape have?"
    ERROR = "In which form do error responses come?"
    DATE = "Do responses have a `Date`, which the search for a lost purchase needs?"
    REQUEST_ID = "Do responses return the `X-Request-Id` that was sent?"
    RETRY_AFTER = "In which form does `Retry-After` come?"


@frozen(order=True)
class Drift:
    """A difference between the responses and the contract."""

    what: str
    """`unknown member`, `unknown value`, `another type` or `status`."""
    path: str
    found: str


@frozen
class Findings:
    """The findings so far."""

    drift: Counter[Drift] = field(factory=Counter)
    observed: defaultdict[Question, set[str]] = field(factory=lambda: defaultdict(set))
    not_read: dict[str, str] = field(factory=dict)
    """The reads that failed, and the reasons."""
    items: Counter[str] = field(factory=Counter)
    """The number of items that were read, by list."""

    def add(self, what: str, path: str, found: str) -> None:
        """Add a drift."""
        self.drift[Drift(what, path, found)] += 1

    def note(self, question: Question, observation: str) -> None:
        """Add an observation."""
        self.observed[question].add(observation)


def kind(value: object) -> str:
    """Return the kind of a JSON value, in the words of the compiled client's errors."""
    return InvalidData("", "", value).found


def word(value: object) -> str:
    """Return a text if it looks like a word of an enum. Else return the length of a text, or the kind of a value."""
    if not isinstance(value, str):
        return kind(value)
    return value if re.fullmatch(r"[A-Za-z]{1,40}", value) else f"text of {len(value)} characters"


def member_name(name: str) -> str:
    """Return a name if it looks like a member's name, else its length: an object may be a map by e-mail address."""
    return name if re.fullmatch(r"[A-Za-z_$@][A-Za-z0-9_$-]{0,59}", name) else f"(a name of {len(name)} characters)"


def media_type(header: str) -> str:
    """Return the media type of a `Content-Type` if it looks like one, else a placeholder."""
    found = header.partition(";")[0].strip()
    return found if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,40}", found) else "another media type or none"
