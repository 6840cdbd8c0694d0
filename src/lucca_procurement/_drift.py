"""What a tenant's JSON says of the contract: members and values it does not know, and how its lists go.

Nothing that is told holds a value, but for words of enums: the answers hold names, addresses and bank accounts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, Protocol, Self

import attrs

from lucca_procurement_api import _json
from lucca_procurement_api.errors import ApiError, InvalidData
from lucca_procurement_api.types import OpenEnum, Request, Response, Sender

from .models import OneTimeCommitment, SubscriptionCommitment, Supplier, TaxRateType, Territory, UnknownCommitment

__all__ = ("Course", "Drift", "Findings", "Questions", "form_of_next", "kind", "parsed", "response_of")

_Operation = Callable[..., Awaitable[Any]]
_MOST_WRONG = 100
"""Members that are told of one item. One that has more is not what it was taken for."""
_WORD = re.compile(r"[A-Za-z]{1,40}")
_NAME = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$-]{0,59}")


class Questions(StrEnum):
    """What the documentation leaves open, and reading can answer."""

    PAGING = "Do lists go by token, by number or as bare arrays?"
    LAST = "What is `next` on the last page?"
    COUNT = "Does `count` come when it is asked for?"
    ORDER = "In which order do lists come, by id?"
    NUMBER = "Does a list of tokens heed the number of a page as well?"
    DEFAULT = "How many items has a page without `limit`, and what comes with them unasked?"
    BARE = "What is `commitment` before there is one?"
    STATES = "Which states of a purchase and its commitment go together?"
    AMOUNT = "Do the amounts of a commitment that is read come in two currencies?"
    FILES = "How many attachments has a commitment (4: or more)?"
    SUPPLIERS = "Which states do suppliers have that are listed without `state`?"
    TERRITORY = "Are the ids of territories text or numbers?"
    RATES = "Are there tax rates for a territory given like this, and is a percentage a fraction?"
    MOMENT = "Which forms do date-times have?"
    HREF = "Are addresses (`href`) absolute?"
    SHAPE = "What is in members whose shape is not documented?"
    REFUSAL = "How does a refusal come?"
    DATE = "Does an answer have a `Date`, by which what is lost is looked for?"


@attrs.frozen(order=True)
class Drift:
    """One thing that the contract does not know, or says otherwise."""

    what: str
    """`unknown member`, `unknown value`, `another type` or `status`."""
    path: str
    found: str


class _Model(Protocol):
    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self: ...


class Findings:
    """What was found so far: the drift, and what was seen of each question."""

    def __init__(self) -> None:
        self.drift: Counter[Drift] = Counter()
        self.seen: dict[Questions, Counter[str]] = {}

    def tell(self, what: str, path: str, found: str) -> None:
        """Count a drift."""
        self.drift[Drift(what, path, found)] += 1

    def note(self, question: Questions, observed: str) -> None:
        """Count an answer to a question."""
        self.seen.setdefault(question, Counter())[observed] += 1

    def read(self, model: type[_Model], raw: Any, path: str) -> None:
        """Hold an object against a model. What cannot be read is told, and taken out of `raw`: it hides no other."""
        tries: Counter[str] = Counter()
        for _ in range(_MOST_WRONG):
            try:
                found = model.from_dict(raw)
            except InvalidData as error:
                tries[error.path] += 1
                if tries[error.path] == 1 or error.path.endswith("]"):
                    member = re.sub(r"\[\d+\]", "[]", f".{error.path}" if error.path else "")
                    self.tell("another type", path + member, f"expected {error.expected}, found {error.found}")
                if not _taken_out(raw, error, tries[error.path]):
                    return
            else:
                self._walk(found, raw, path)
                return

    def _walk(self, value: Any, raw: Any, path: str) -> None:
        match value:
            case OpenEnum():
                if not value.is_known:
                    self.tell("unknown value", path, word(raw))
            case UnknownCommitment():
                self.tell("unknown value", f"{path}.type", word(raw.get("type")))
                others = {k: v for k, v in value.additional_properties.items() if k not in _OF_COMMITMENTS}
                self._members(others, f"{path}({word(raw.get('type'))})")
            case list():
                for item, its in zip(value, raw, strict=True):
                    self._walk(item, its, f"{path}[]")
            case datetime():
                self.note(Questions.MOMENT, _form(value, raw))
            case str() if "href" in path.lower().rpartition(".")[2]:
                self.note(Questions.HREF, "absolute" if "://" in value else "relative to the host")
            case dict():
                members = ", ".join(f"{member_name(name)}: {kind(each)}" for name, each in value.items())
                self.note(Questions.SHAPE, f"{path} is an object ({members})")
            case _ if attrs.has(type(value)):
                self._observe(value, raw)
                self._members(value.additional_properties, path)
                for each in attrs.fields(type(value)):
                    if (name := wire_name(each.name)) in raw and not each.name.startswith("_"):
                        self._walk(getattr(value, each.name), raw[name], f"{path}.{name}")
            case _ if path.endswith(".axisSections[]"):
                self.note(Questions.SHAPE, f"{path} is {kind(raw)}")

    def purchase(self, raw: Mapping[str, Any]) -> None:
        """Note what a purchase shows, as it came."""
        commitment = raw.get("commitment")
        if isinstance(commitment, dict):
            files = commitment.get("attachments")
            self.note(Questions.FILES, f"{min(len(files), 4) if isinstance(files, list) else 0}")
        else:
            self.note(Questions.BARE, kind(commitment) if "commitment" in raw else "absent")
            commitment = {}
        states = [word(each["state"]) if "state" in each else "none" for each in (raw, commitment)]
        self.note(Questions.STATES, " with ".join(states))

    def _members(self, members: Mapping[str, Any], path: str) -> None:
        for name, member in members.items():
            self.tell("unknown member", f"{path}.{member_name(name)}", kind(member))

    def _observe(self, value: Any, raw: Mapping[str, Any]) -> None:
        match value:
            case Territory() if "id" in raw:
                self.note(Questions.TERRITORY, f"{kind(raw['id'])} (`territory.id`)")
            case TaxRateType() if "territoryId" in raw:
                self.note(Questions.TERRITORY, f"{kind(raw['territoryId'])} (`rateType.territoryId`)")
            case OneTimeCommitment() | SubscriptionCommitment():
                for name in _AMOUNTS:
                    if isinstance(amount := raw.get(name), dict):
                        form = "in two, with `base`" if "base" in amount else "in one, without `base`"
                        self.note(Questions.AMOUNT, f"{form} ({value.type_}.{name})")
            case Supplier() if "state" in raw:
                self.note(Questions.SUPPLIERS, word(raw["state"]))


@attrs.define
class Course:
    """The way through one list as its pages tell it, whatever their items are."""

    page_size: int
    by: str = ""
    """How its pages are told."""
    ids: list[Any] = attrs.field(factory=list)
    _number: int = 1
    _seen: set[str] = attrs.field(factory=set)

    def after(self, body: object, items: list[Any]) -> str | int | None:
        """Give what leads to the page after this one, None after the last. Raises ValueError for one seen before."""
        ids = [item.get("id") if isinstance(item, Mapping) else None for item in items]
        if ids and None not in ids and ids == self.ids[-len(ids) :]:
            raise ValueError("expected another page, found the one before it")
        self.ids += ids
        full = len(items) >= self.page_size
        following = body.get("next", "") if isinstance(body, Mapping) else None
        if isinstance(following, str) and following:
            self.by = "by token"
            if following in self._seen:
                raise ValueError("expected a new token, found one that came before")
            self._seen.add(following)
            return following
        if not isinstance(body, Mapping):
            self.by = "as bare arrays"
        elif "next" in body:
            self.by = "by token"
        elif not self.by:
            self.by = "by number" if full else "not to be told: one page, without `next`"
        if full and self.by in ("by number", "as bare arrays"):
            self._number += 1
            return self._number
        return None

    @property
    def order(self) -> str:
        """The order of what came so far."""
        if len(self.ids) < 2 or not all(isinstance(each, int) for each in self.ids):
            return "not to be told"
        pairs = [*pairwise(self.ids)]
        if all(one < other for one, other in pairs):
            return "rising"
        return "falling" if all(one > other for one, other in pairs) else "neither rising nor falling"


def form_of_next(body: object) -> str:
    """Tell what `next` is on a page that is the last."""
    if not isinstance(body, Mapping) or "next" not in body:
        return "absent"
    return "empty" if body["next"] == "" else kind(body["next"])


def _taken_out(raw: Any, error: InvalidData, tries: int) -> bool:
    """Take a member out that cannot be read, or put in its place what can. False where nothing is left to try."""
    steps = re.findall(r"[^.\[\]]+", error.path)
    if not steps:
        return False
    for step in steps[:-1]:
        raw = raw[int(step) if isinstance(raw, list) else step]
    if isinstance(raw, list):
        del raw[int(steps[-1])]
        return True
    stand_ins: tuple[Callable[[], Any], ...] = (lambda: None, int if error.expected == "an integer" else list)
    if tries > len(stand_ins):
        return False
    raw[steps[-1]] = stand_ins[tries - 1]()
    return True


def wire_name(attribute: str) -> str:
    """Give the name that a member has on the wire, for that of a model's attribute."""
    first, *others = attribute.strip("_").split("_")
    return first + "".join(each.capitalize() for each in others)


_AMOUNTS = ("amountIncludingTaxes", "amountIncludingTaxesPerPeriod")
_OF_COMMITMENTS = {
    wire_name(each.name) for model in (OneTimeCommitment, SubscriptionCommitment) for each in attrs.fields(model)
}
"""What a commitment of an unknown kind may have without being told of: its kind is what is new."""


def kind(value: object) -> str:
    """Name the kind of a JSON value, as the compiled client's errors do."""
    return InvalidData("", "", value).found


def word(value: object) -> str:
    """Show a value that looks like a word of an enum. Of any other text the length, of anything else the kind."""
    if not isinstance(value, str):
        return kind(value)
    return value if _WORD.fullmatch(value) else f"text of {len(value)} characters"


def member_name(name: str) -> str:
    """Show the name of a member, unless it can be data: an object may be a map by e-mail address."""
    return name if _NAME.fullmatch(name) else f"(a name of {len(name)} characters)"


def _form(moment: datetime, text: str) -> str:
    found = re.search(r"[.,](\d+)", text)
    zone = "no offset" if moment.tzinfo is None else "Z" if text.endswith("Z") else "an offset as +00:00"
    return f"{len(found[1]) if found else 'no'} digits of fraction, {zone}"


@attrs.define
class _Kept:
    """A sender that keeps the answer, whatever the compiled operation makes of it."""

    sender: Sender
    response: Response | None = None

    async def send(self, request: Request, /) -> Response:
        self.response = await self.sender.send(request)
        return self.response


async def response_of(sender: Sender, operation: _Operation, /, *args: Any, **kwargs: Any) -> Response:
    """Run a compiled operation for its answer alone, whether or not that can be read as the contract says."""
    kept = _Kept(sender)
    try:
        await operation(kept, *args, **kwargs)
    except ApiError:
        if kept.response is None:
            raise
    assert kept.response is not None
    return kept.response


def parsed(response: Response) -> Any:
    """Give a body that is JSON, None for any other."""
    try:
        return _json.loads(response.content)
    except InvalidData:
        return None
