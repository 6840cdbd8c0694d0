"""A Lucca in this process: its objects, its rules and its answers, written from the facts of the API alone.

It shares no code with the emulator and none with the compiled client, so that a mistake in one cannot hide in another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from attrs import define, field, frozen

from .chance import Chance
from .story import EPOCH, Story
from .traits import Traits

__all__ = ("ROOT", "Answer", "ApprovalRequest", "Asked", "Commitment", "Lucca", "Purchase")

ROOT = "/cleemy-procurement/api/"
OTHERS = ("Chairs", "Paper ERP-1", "Old [ERP-1] laptops", "[OTHER-7] Screens", "", "ERP-100, ordered by hand")
"""The titles of the purchases that exist before the run. Some of them mention references."""
PERSON = {"id": 416, "href": "https://p.sim/api/v3/users/416", "name": "John Doe"}


@frozen
class Asked:
    """A request, as far as Lucca reads it."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


@frozen
class Answer:
    """A status, headers and a body."""

    status: int
    body: bytes = b""
    kind: str | None = "application/json; charset=utf-8"

    @classmethod
    def of(cls, status: int, content: object) -> Answer:
        """Return an answer in JSON."""
        return cls(status, json.dumps(content, ensure_ascii=False).encode())


@define(eq=False)
class ApprovalRequest:
    """A request for the approval of a commitment."""

    id: int
    moment: float


@define(eq=False)
class Commitment:
    """A commitment, with its author and the person who has edited it since."""

    id: int
    purchase: Purchase
    body: dict[str, Any]
    by: str
    moment: float
    state: str = "Created"
    edited: float | None = None
    """The time when a person changed the amount."""
    requests: list[ApprovalRequest] = field(factory=list)


@frozen
class Version:
    """The state and commitment that a purchase shows from a time on."""

    since: float
    state: str
    commitment: dict[str, Any] | None


@define(eq=False)
class Purchase:
    """A purchase, with its true state and the states that it showed at each time."""

    id: int
    body: dict[str, Any]
    title: str
    """The title as Lucca keeps it."""
    by: str
    reference: str | None
    """The order that it was really created for. None if it is for no order of the program."""
    moment: float
    listed: float
    """The time when the purchase begins to show in the list."""
    lag: float
    """The seconds until a change of the purchase shows."""
    state: str = "Created"
    commitments: list[Commitment] = field(factory=list)
    touched: list[tuple[float, str]] = field(factory=list)
    """The changes that people made to it, with their times."""
    versions: list[Version] = field(factory=list)

    def shown(self, moment: float) -> Version:
        """Return the version that the purchase shows at a time."""
        return next((each for each in reversed(self.versions) if each.since <= moment), self.versions[0])


Listener = Callable[[str, Purchase], None]


class Lucca:
    """The objects of one tenant, and the operations on them. `now` is the true time since the beginning of the run."""

    def __init__(
        self,
        chance: Chance,
        traits: Traits,
        story: Story,
        now: Callable[[], float],
        owner_of: Callable[[str], str | None],
    ) -> None:
        self._chance = chance
        self._story = story
        self._now = now
        self.owner_of = owner_of
        self.traits = traits
        self.key = "key"
        self.purchases: dict[int, Purchase] = {}
        self.commitments: dict[int, Commitment] = {}
        self.hides_own = False
        """True if the list may also leave out purchases of the program."""
        self.listeners: list[Listener] = []
        """Functions that are called with each change and the purchase that it was made to."""
        self._last_id = 6000
        for number in range(traits.others):
            self._last_id += chance.choice((1, 1, 1, 5))
            self._add_other(number)

    # Changes, by anybody.

    def add_purchase(
        self, body: dict[str, Any], by: str, reference: str | None, moment: float | None = None
    ) -> Purchase:
        """Create a purchase."""
        now = self._now() if moment is None else moment
        self._last_id += self._chance.choice((1, 1, 2))
        purchase = Purchase(
            id=self._last_id,
            body=body,
            title=self.traits.change(body["title"]),
            by=by,
            reference=reference,
            moment=now,
            listed=now + self.traits.list_delay * self._chance.random(),
            lag=self.traits.state_delay * self._chance.random(),
        )
        self.purchases[purchase.id] = purchase
        purchase.versions.append(Version(now, purchase.state, None))
        self._tell("purchase", purchase)
        return purchase

    def add_commitment(self, purchase: Purchase, body: dict[str, Any], by: str) -> Commitment:
        """Create a commitment of a purchase."""
        self._last_id += 1
        commitment = Commitment(self._last_id, purchase, body, by, self._now())
        self.commitments[commitment.id] = commitment
        purchase.commitments.append(commitment)
        self.changed(purchase, "commitment")
        return commitment

    def add_request(self, commitment: Commitment) -> ApprovalRequest:
        """Request the approval of a commitment."""
        self._last_id += 1
        request = ApprovalRequest(self._last_id, self._now())
        commitment.requests.append(request)
        commitment.state = "Provisioned" if self.traits.approves else "UnderReview"
        commitment.purchase.state = "Ongoing" if self.traits.approves else "Processing"
        self.changed(commitment.purchase, "request")
        return request

    def changed(self, purchase: Purchase, what: str) -> None:
        """Record that a purchase has changed. The purchase shows the change later."""
        commitment = purchase.commitments[-1] if purchase.commitments else None
        shown = None if commitment is None else self._commitment(commitment)
        purchase.versions.append(Version(self._now() + purchase.lag, purchase.state, shown))
        self._tell(what, purchase)

    def note(self, what: str) -> None:
        """Record an event in the story."""
        now = self._now()
        self._story.note(now, "Lucca", what, EPOCH + now + self.traits.ahead)

    def _tell(self, what: str, purchase: Purchase) -> None:
        for listener in self.listeners:
            listener(what, purchase)

    def _add_other(self, number: int) -> None:
        body = {
            "title": self._chance.choice(OTHERS),
            "ownerId": 35,
            "natureId": 1,
            "supplier": {"id": 6},
        }
        purchase = self.add_purchase(body, "somebody", None, -3600.0 * 24 * (self.traits.others - number))
        purchase.state = self._chance.choice(("Created", "Processing", "Ongoing", "Closed"))
        purchase.versions[:] = [Version(purchase.moment, purchase.state, None)]
        purchase.listed = purchase.moment

    # Requests of the program.

    def answer(self, asked: Asked, authorization: str) -> Answer:
        """Do the work of a request, and return the answer."""
        if authorization != f"lucca application={self.key}":
            return Answer.of(401, {"title": "Unauthorized", "status": 401})
        parts = asked.path.removeprefix(ROOT).split("/")
        match asked.method, parts:
            case "GET", ["purchases"]:
                return self._list(asked.query)
            case "GET", ["purchases", number]:
                purchase = self.purchases.get(int(number))
                return self._missing() if purchase is None else Answer.of(200, self._purchase(purchase))
            case "POST", ["purchases"]:
                return self._create_purchase(asked.body)
            case "POST", ["purchases", number, "commitment"]:
                one_time = asked.body["type"] == "OneTimeCommitment"
                if self.traits.path == "commitments" or (self.traits.path == "by kind" and one_time):
                    return self._missing()
                return self._create_commitment(int(number), asked.body)
            case "POST", ["commitments"]:
                one_time = asked.body["type"] == "OneTimeCommitment"
                if self.traits.path == "purchase" or (self.traits.path == "by kind" and not one_time):
                    return self._missing()
                return self._create_commitment(asked.body["purchaseId"], asked.body)
            case "POST", ["commitments", number, "requests"]:
                return self._create_request(int(number))
            case "POST", ["requests", number, "cancellations"]:
                return self._cancel_request(int(number))
            case "POST", ["purchases", number, "closing"]:
                return self._close_purchase(int(number))
        return self._missing()

    def _create_purchase(self, body: dict[str, Any]) -> Answer:
        purchase = self.add_purchase(body, "the program", self.owner_of(body["title"]))
        if self.traits.id_member:
            return Answer.of(201, {"purchaseId": purchase.id})
        return Answer.of(201, {"id": purchase.id, "state": "Closed", "title": "AWS S3"})

    def _create_commitment(self, number: int, body: dict[str, Any]) -> Answer:
        purchase = self.purchases.get(number)
        if purchase is None:
            return self._missing()
        foreign = any(each.by != "the program" for each in purchase.commitments)
        second = bool(purchase.commitments) and not self.traits.lenient
        if foreign or second or purchase.state in ("Denied", "Closed", "Cancelled"):
            return self.refuse("The purchase cannot have this commitment.")
        commitment = self.add_commitment(purchase, body, "the program")
        if self.traits.id_member:
            return Answer.of(self.traits.status, {"commitmentId": commitment.id})
        created = {"id": commitment.id, "type": body["type"], "state": "Created"}
        return Answer.of(self.traits.status, {"items": [created]} if self.traits.as_items else created)

    def _create_request(self, number: int) -> Answer:
        commitment = self.commitments.get(number)
        if commitment is None:
            return self._missing()
        dead = commitment.purchase.state in ("Denied", "Closed", "Cancelled")
        second = commitment.state != "Created" and not (self.traits.lenient and commitment.requests)
        if dead or second:
            return self.refuse("The commitment is not to be approved.")
        request = self.add_request(commitment)
        return Answer.of(201, {"id": request.id, "state": "Pending", "stepId": 1})

    def _cancel_request(self, number: int) -> Answer:
        for commitment in self.commitments.values():
            if number in [each.id for each in commitment.requests]:
                if commitment.state != "UnderReview":
                    return self.refuse("The request has ended.")
                commitment.state = commitment.purchase.state = "Cancelled"
                self.changed(commitment.purchase, "cancel")
                return Answer(204)
        return self._missing()

    def _close_purchase(self, number: int) -> Answer:
        purchase = self.purchases.get(number)
        if purchase is None:
            return self._missing()
        if purchase.state not in ("Created", "Ongoing"):
            return self.refuse("The purchase cannot be closed.")
        purchase.state = "Closed"
        self.changed(purchase, "close")
        return Answer(204)

    def refuse(self, reason: str, status: int | None = None) -> Answer:
        """Return the answer for a request that the rules forbid, in the form that this Lucca uses."""
        status = status or self.traits.refusal
        match self.traits.refusal_body:
            case "problem":
                problem = {"title": "Refused", "status": status, "detail": reason, "errors": {"Id": [reason]}}
                return Answer(status, json.dumps(problem).encode(), "application/problem+json")
            case "html":
                return Answer(status, f"<html><body>{reason}</body></html>".encode(), "text/html")
            case "text":
                return Answer(status, reason.encode())
        return Answer(status)

    def _missing(self) -> Answer:
        return Answer.of(404, {"title": "Not found", "status": 404})

    # Views of the objects.

    def _list(self, query: dict[str, str]) -> Answer:
        traits = self.traits
        limit = min(int(query["limit"]), traits.cap)
        page, wanted = query.get("page", ""), query.get("fields.root", "").split(",")
        if page.startswith("t"):
            begin, limit = map(int, page.removeprefix("t").split("."))
        elif page and traits.paging == "token" and not page.isdecimal():
            return self.refuse("page", 400)
        else:
            begin = (int(page or 1) - 1) * limit
        found = self._listed()
        shown = found[begin : begin + limit]
        if traits.hidden:
            shown = [each for each in shown if each.id % traits.hidden or (each.reference and not self.hides_own)]
        items = [self._purchase(each, traits.left_out) for each in shown]
        if traits.paging == "array":
            return Answer.of(200, items)
        content: dict[str, Any] = {"items": items}
        if "count" in wanted and traits.counts:
            content["count"] = len(found)
        if "next" in wanted and traits.paging == "token":
            if begin + limit < len(found) and limit:
                content["next"] = f"t{begin + limit}.{limit}"
            elif traits.last != "absent":
                content["next"] = None if traits.last == "null" else ""
        return Answer.of(200, content)

    def _listed(self) -> list[Purchase]:
        now = self._now()
        found = [each for each in self.purchases.values() if each.listed <= now]
        match self.traits.order:
            case "falling":
                found.reverse()
            case "fixed":
                found.sort(key=lambda each: math.sin(each.id * 12.9898))
            case "grouped":
                found.sort(key=lambda each: (each.state, -each.id))
            case "by title":
                found.sort(key=lambda each: (each.title, each.id))
            case "shuffled":
                self._chance.shuffle(found)
        return found

    def _purchase(self, purchase: Purchase, left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
        shown = purchase.shown(self._now())
        body = purchase.body
        content: dict[str, Any] = {
            "id": purchase.id,
            "type": "OneTime",
            "title": purchase.title,
            "state": shown.state,
            "createdAt": self._created(purchase),
            "author": PERSON,
        }
        if shown.commitment or purchase.id % 2:
            content["commitment"] = shown.commitment
        for name in ("owner", "nature", "costCenter", "establishment", "department"):
            if f"{name}Id" in body:
                content[name] = {"id": body[f"{name}Id"], "name": name}
        if "id" in body["supplier"]:
            content["supplier"] = {"id": body["supplier"]["id"], "name": "Supplier", "type": "Concrete"}
        return {name: value for name, value in content.items() if name not in left_out} if left_out else content

    def _commitment(self, commitment: Commitment) -> dict[str, Any]:
        traits, body = self.traits, commitment.body
        content = {name: value for name, value in body.items() if name not in ("state", "attachmentIds", "purchaseId")}
        for name in ("amountIncludingTaxes", "amountIncludingTaxesPerPeriod"):
            if name in content and not traits.says_amount:
                del content[name]
            elif name in content and traits.dual:
                amount = content[name]
                other = {"excludingTaxes": {"value": 1.5, "currency": "CHF"}, "taxes": []}
                content[name] = {"base": amount, "counter": other, "rate": 1.1}
        return (
            content
            | {"id": commitment.id, "attachments": []}
            | ({"state": commitment.state} if traits.says_state else {})
        )

    def _created(self, purchase: Purchase) -> str:
        when = datetime.fromtimestamp(EPOCH + purchase.moment + self.traits.ahead, UTC)
        return when.strftime("%Y-%m-%dT%H:%M:%S.%f") + ("1+00:00" if purchase.id % 2 else "Z")

    def date(self) -> str | None:
        """Return the header `Date` of an answer that is sent now."""
        traits = self.traits
        if traits.dates == "missing":
            return None
        error = {"off": traits.date_error, "jumping": traits.date_error * self._chance.choice((-1, 0, 1))}
        moment = EPOCH + self._now() + traits.ahead + error.get(traits.dates, 0.0)
        return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)
