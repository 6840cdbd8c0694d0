"""The questions that only an order can answer, and the answers that one small order has shown."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum

from attrs import field, frozen

SOON = 30.0
"""The default settle time of a client, in seconds."""


class PlayQuestion(StrEnum):
    """The questions that the documentation leaves open, and that reading alone cannot answer."""

    CREATED = "With which status is each object created, and which member has its id?"
    TITLE = "Does the whole title come back as it was sent?"
    REFERENCE = "Does the title keep the reference at its front?"
    LIST = "How soon does the list show a new purchase?"
    COUNT = "How soon does `count` include a new purchase?"
    CONTENT = "Does a purchase show the ids that were sent?"
    COMMITMENT = "Does a commitment show the kind, the dates, the amount and the currency that were sent?"
    PATH = "Which path creates a one-time commitment?"
    SECOND_COMMITMENT = "Is a second commitment of a purchase refused, and with which status?"
    SECOND_REQUEST = "Is a second request for approval refused, and with which status?"
    UNCHANGED = "Does a refused request change nothing?"
    STATES = "Which states do the purchase, its commitment and its request have after each step?"
    CANCELLATION = "Which states do the purchase and its commitment have after a cancellation?"
    CLOSING = "Which state does a purchase without invoices have after its closing?"
    DONE = "With which status are a cancellation and a closing answered?"


EXPECTED = {
    PlayQuestion.CREATED: "200 or 201, and `id`, `purchaseId` or `commitmentId`",
    PlayQuestion.TITLE: "as it was sent",
    PlayQuestion.REFERENCE: "yes",
    PlayQuestion.LIST: f"within {SOON:.0f} s",
    PlayQuestion.COUNT: f"within {SOON:.0f} s",
    PlayQuestion.CONTENT: "yes",
    PlayQuestion.COMMITMENT: "yes",
    PlayQuestion.PATH: "`purchases/{id}/commitment`, or `commitments` if that path answers 404 or 405",
    PlayQuestion.SECOND_COMMITMENT: "refused with a 4xx",
    PlayQuestion.SECOND_REQUEST: "refused with a 4xx",
    PlayQuestion.UNCHANGED: "the same commitment in the same states",
    PlayQuestion.STATES: "Created; Created with Created; Processing with UnderReview and Pending, or Ongoing with "
    "Provisioned and Approved if Lucca approves at once",
    PlayQuestion.CANCELLATION: "Cancelled with Cancelled",
    PlayQuestion.CLOSING: "Closed",
    PlayQuestion.DONE: "200, 201 or 204",
}
"""The answers that the client expects. Each of them is an assumption: see `_assumptions.py`."""


class Verdict(StrEnum):
    """The result of a question."""

    OK = "OK"
    DIFFERS = "differs"
    NOT_ANSWERED = "not answered"


@frozen
class Answers:
    """The answers so far."""

    seen: defaultdict[PlayQuestion, list[str]] = field(factory=lambda: defaultdict(list))
    differing: set[PlayQuestion] = field(factory=set)
    open: dict[PlayQuestion, str] = field(factory=dict)
    """The questions that the order could not answer, and the reasons."""

    def add(self, question: PlayQuestion, seen: str, *, fits: bool) -> None:
        """Add what was seen, and if it fits what was expected."""
        self.seen[question].append(seen)
        if not fits:
            self.differing.add(question)

    def verdict(self, question: PlayQuestion) -> Verdict:
        """Return the result of a question. One observation that does not fit decides."""
        if question in self.differing:
            return Verdict.DIFFERS
        return Verdict.OK if self.seen.get(question) else Verdict.NOT_ANSWERED
