"""The traits of a simulated Lucca: the seed decides everything that the documentation leaves open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from attrs import fields, frozen

from .chance import Chance
from .titles import CHANGES

__all__ = ("SETTLE", "Traits")

SETTLE = 30.0
"""The settle time of all clients, in seconds."""
LATEST_WORK = 5.0
"""The seconds after which Lucca drops a request. No work is done later."""

ListOrder = Literal["falling", "rising", "fixed", "grouped", "by title", "shuffled"]
Paging = Literal["token", "number", "array"]
Body = Literal["problem", "html", "empty", "text"]
Dates = Literal["right", "off", "jumping", "missing"]
CommitmentPath = Literal["purchase", "commitments", "both", "by kind"]


@frozen(kw_only=True)
class Traits:
    """The traits of one Lucca, from the beginning of a run to its end."""

    order: ListOrder
    paging: Paging
    cap: int
    """The most items of a page, even if `limit` is larger."""
    counts: bool
    """True if the list returns `count`."""
    hidden: int
    """The list leaves out purchases whose id is a multiple of this. `count` includes them. If 0, it leaves out none."""
    last: Literal["null", "absent", "empty"]
    """The form of `next` on the last page."""
    list_delay: float
    """The most seconds until a new purchase is in the list."""
    state_delay: float
    """The most seconds until a change of a purchase shows."""
    left_out: frozenset[str]
    """The members that items of the list do not have."""
    says_amount: bool
    says_state: bool
    """True if a commitment shows its state. `says_amount` is the same for its amount."""
    dual: bool
    """True if amounts are shown in two currencies."""
    change: Callable[[str], str]
    """The change that the server makes to a title."""
    refusal: int
    """The status of a request that the rules of the business forbid."""
    refusal_body: Body
    lenient: bool
    """True if a second commitment or a second request is accepted."""
    approves: bool
    """True if requests are approved automatically."""
    dates: Dates
    ahead: float
    """The seconds by which its clock differs from the true time."""
    date_error: float
    """The most seconds by which `Date` differs from its clock."""
    path: CommitmentPath
    status: int
    """The status of a created commitment."""
    as_items: bool
    """True if a created commitment comes as `{items: [...]}`."""
    id_member: bool
    """True if a created purchase has `purchaseId` instead of `id`, and a created commitment `commitmentId`."""
    others: int
    """The number of purchases that exist before the run."""

    @property
    def reads_whole(self) -> bool:
        """True if a careful client can know that it has seen the whole list."""
        return self.order != "shuffled" or self.cap > self.others + 20

    @property
    def shows_references(self) -> bool:
        """True if a careful client never claims wrongly that no purchase of the list carries a reference."""
        complete = self.counts or (self.reads_whole and not self.hidden)
        return complete and "title" not in self.left_out

    @classmethod
    def draw(cls, chance: Chance) -> Traits:
        """Return traits by chance. Most of them are odd in few ways."""
        odd = chance.choice((0.05, 0.2, 0.5))
        longest = SETTLE - LATEST_WORK - 3.0
        several_pages = chance.happens(0.3)
        paging: Paging = chance.mostly("token", ("number", "array", "token"), odd)
        return cls(
            order=chance.mostly("falling", ("rising", "fixed", "grouped", "by title", "shuffled"), odd + 0.2),
            paging=paging,
            cap=chance.choice((3, 5, 10)) if several_pages else 1000,
            counts=paging != "array" and not chance.happens(odd),
            hidden=chance.choice((2, 3, 7)) if chance.happens(odd / 2) else 0,
            last=chance.choice(("null", "absent", "empty")),
            list_delay=chance.mostly(0.0, (1.0, 8.0, longest), odd),
            state_delay=chance.mostly(0.0, (1.0, 8.0, longest), odd),
            left_out=frozenset(chance.some(("title", "createdAt", "owner", "nature", "commitment", "state"), odd / 4)),
            says_amount=not chance.happens(odd / 8),
            says_state=not chance.happens(odd / 8),
            dual=chance.happens(0.4),
            change=chance.mostly(CHANGES[0], CHANGES, odd + 0.2),
            refusal=chance.choice((409, 400, 403, 422)),
            refusal_body=chance.mostly("problem", ("html", "empty", "text"), odd),
            lenient=chance.happens(0.4),
            approves=chance.happens(0.3),
            dates=chance.mostly("right", ("off", "jumping", "missing"), odd),
            ahead=chance.choice((0.0, 0.0, 90.0, -90.0, 300.0)),
            date_error=chance.choice((90.0, -90.0, 300.0)),
            path=chance.mostly("purchase", ("both", "commitments", "by kind"), odd / 2),
            status=chance.choice((200, 201)),
            as_items=chance.happens(odd / 2),
            id_member=chance.happens(odd / 2),
            others=chance.choice((0, 3, 12, 25)),
        )

    def __str__(self) -> str:
        usual = {"cap": 1000, "counts": True, "says_amount": True, "says_state": True, "status": 201}
        shown = []
        for each in fields(type(self)):
            value = getattr(self, each.name)
            if value == usual.get(each.name, False) or value == frozenset():
                continue
            text = value.__name__ if callable(value) else ",".join(sorted(value)) if value is self.left_out else value
            shown.append(f"{each.name}={text}")
        return " ".join(shown)
