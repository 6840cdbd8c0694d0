"""People and other programs, who know nothing of the program's orders and work with the same purchases."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from .chance import Chance
from .faults import Weather
from .loop import Loop
from .lucca import Lucca, Purchase
from .story import Story
from .wanted import Wanted

__all__ = ("People",)

KINDS = ("foreign commitment", "edit", "close", "deny", "cancel", "copy", "other copy", "look-alike", "mention")
"""The kinds of acts of people and other programs."""
LATEST_DECISION = 90.0
LATEST = 6.0
"""The most seconds until a person reacts."""


class People:
    """People and other programs. They act shortly after the program has done something, until the weather is clear."""

    def __init__(
        self,
        chance: Chance,
        loop: Loop,
        story: Story,
        lucca: Lucca,
        weather: Weather,
        orders: dict[str, Wanted],
        kinds: tuple[str, ...],
    ) -> None:
        self._chance = chance
        self._loop = loop
        self._story = story
        self._lucca = lucca
        self._weather = weather
        self._orders = orders
        self._kinds = kinds
        lucca.listeners.append(self._seen)

    def ordered(self, body: dict[str, Any]) -> None:
        """Plan an act of another program, which wants the same purchase that the program is about to create."""
        if "look-alike" in self._kinds and self._chance.happens(0.5):
            self._later(lambda: self._add({**body, "title": "Laptops, as last year"}, "another program"))
        if "other copy" in self._kinds and self._chance.happens(0.3):
            self._later(lambda: self._add({**body, "natureId": 3}, "another program"))

    def _seen(self, what: str, purchase: Purchase) -> None:
        if purchase.reference is None or not self._kinds or not self._chance.happens(0.5):
            return
        kind = self._chance.choice(self._kinds)
        act: Callable[[Purchase], None] | None = {
            "foreign commitment": self._commit,
            "edit": self._edit,
            "close": lambda each: self._end(each, "Closed"),
            "deny": lambda each: self._end(each, "Denied"),
            "cancel": lambda each: self._end(each, "Cancelled"),
            "copy": lambda each: self._copy(each, {}),
            "other copy": lambda each: self._copy(each, {"natureId": 3}),
            "mention": self._mention,
        }.get(kind)
        if act is not None:
            # Nobody can work with a purchase that does not show yet.
            hidden = max(0.0, purchase.listed - self._loop.time()) + purchase.lag
            self._later(lambda: act(purchase), hidden)

    def decide(self, what: str, purchase: Purchase) -> None:
        """Plan a decision on a purchase whose approval was just requested."""
        if what == "request" and purchase.state == "Processing" and self._chance.happens(0.7):
            state = self._chance.choice(("Ongoing", "Ongoing", "Denied"))
            delay = self._chance.uniform(0.0, LATEST_DECISION)
            self._loop.call_later(delay, self._decided, purchase, state, context=self._loop.world.copy())

    def _decided(self, purchase: Purchase, state: str) -> None:
        if purchase.state == "Processing":
            purchase.state = state
            for commitment in purchase.commitments:
                commitment.state = "Denied" if state == "Denied" else "Provisioned"
            self._lucca.changed(purchase, state)
            self._note("somebody", f"decides on purchase {purchase.id}: {state}", "decisions on purchases")

    def _later(self, act: Callable[[], object], hidden: float = 0.0) -> None:
        def unless_clear() -> None:
            if not self._weather.clear:
                act()

        delay = hidden + self._chance.choice((0.0, 0.1, 1.0, LATEST)) * self._chance.random()
        self._loop.call_later(delay, unless_clear, context=self._loop.world.copy())

    def _commit(self, purchase: Purchase) -> None:
        if purchase.commitments or purchase.state != "Created":
            return
        # Perhaps the order's own amount, in another currency.
        wanted = self._orders[purchase.reference or ""]
        value = self._chance.choice((99999, wanted.value))
        body = {
            "type": "OneTimeCommitment",
            "costDate": "2026-12-15",
            "invoiceDate": "2026-12-15",
            "amountIncludingTaxes": {"excludingTaxes": {"value": value, "currency": "USD"}, "taxes": []},
        }
        self._lucca.add_commitment(purchase, body, "somebody")
        self._touch(purchase, "adds a commitment in USD to", "commitments added to a purchase of the program")

    def _edit(self, purchase: Purchase) -> None:
        if not purchase.commitments or purchase.commitments[-1].state != "Created":
            return
        commitment = purchase.commitments[-1]
        body = deepcopy(commitment.body)
        amount = body.get("amountIncludingTaxes") or body["amountIncludingTaxesPerPeriod"]
        amount["excludingTaxes"]["value"] += 1000
        commitment.body = body
        commitment.edited = self._loop.time()
        self._lucca.changed(purchase, "edit")
        self._touch(purchase, "edits the commitment of", "commitments of the program edited")

    def _end(self, purchase: Purchase, state: str) -> None:
        if purchase.state in ("Closed", "Denied", "Cancelled") or any(each.requests for each in purchase.commitments):
            return
        purchase.state = state
        for commitment in purchase.commitments:
            commitment.state = "Denied" if state == "Denied" else "Cancelled"
        self._lucca.changed(purchase, state)
        self._touch(purchase, f"makes it {state}:", f"purchases of the program {state.lower()}")

    def _copy(self, purchase: Purchase, change: dict[str, Any]) -> None:
        self._add({**purchase.body, **change}, "somebody")

    def _mention(self, purchase: Purchase) -> None:
        self._add({**purchase.body, "title": f"Docks for {purchase.body['title']}"}, "somebody")

    def _add(self, body: dict[str, Any], by: str) -> None:
        added = self._lucca.add_purchase(body, by, None)
        self._note(
            by, f"creates purchase {added.id} {body['title'][:40]!r}", "purchases created that resemble an order's"
        )

    def _touch(self, purchase: Purchase, what: str, counted: str) -> None:
        purchase.touched.append((self._loop.time(), what))
        self._note("somebody", f"{what} purchase {purchase.id}", counted)

    def _note(self, who: str, what: str, counted: str) -> None:
        self._story.count(f"people: {counted}")
        self._story.note(self._loop.time(), who, what)
