"""What came of a request whose outcome is unknown.

A thing found is certain at once; one not found, after the settle time.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from attrs import frozen

from .._wire.session import Session
from ..models import CommitmentState, Purchase
from ..order import Doubt, Order, Step
from ..purchases import Purchases, commitment_state
from .looks import Looks
from .match import Match, Window, match
from .scan import Scan

__all__ = ("Lookup", "Seen")

_DATE_PRECISION = 2.0
"""The header `Date` is in whole seconds, and on its way for some time."""
_ABORTED_AFTER = 5.0
"""The server gives a request up after that many seconds, says the documentation."""
_MINUTE = 60.0
_SHARED = 4
"""In how many parts the settle time is cut: orders that wait for the same end of a part look together."""


@frozen(kw_only=True)
class Seen:
    """What looking told."""

    found: bool = False
    id: int | None = None
    """Of what was made; None where nothing tells it."""
    absent: bool = False
    """Whether it was surely not done, so that it may be sent again."""
    candidates: tuple[Purchase, ...] = ()
    note: str = ""
    """Why it cannot be told, in words."""


class Lookup:
    """Find out what came of the request that an order is in doubt about."""

    def __init__(
        self, session: Session, taken: Callable[[Order], set[int]], has_rival: Callable[[Order], bool]
    ) -> None:
        self._session = session
        self._purchases = Purchases(session)
        self._looks = Looks(session)
        self._taken = taken
        self._has_rival = has_rival

    async def outcome(self, order: Order, doubt: Doubt, until: float) -> Seen:
        """Look, and look again when the settle time has passed. Raises ProcurementError where looking fails."""
        clock = self._session.clock
        began = looking = clock.time()
        while True:
            if order.step is Step.PURCHASE:
                seen = await self._in_the_list(order, doubt, until, began)
            else:
                seen = await self._on_the_purchase(order, done=doubt.done)
            # Only now: looking has told the server's clock.
            settled_at = self._shared(self._over(doubt, until, began) + self._session.settings.settle)
            if seen.found or looking >= settled_at:
                return seen
            await clock.sleep(max(0.0, settled_at - clock.time()))
            looking = clock.time()

    def _over(self, doubt: Doubt, until: float, began: float) -> float:
        """Give when the request was over, by this machine's clock. Another one may have taken the time of it."""
        here = self._session.server_clock.ahead
        behind = 0.0 if here is None or doubt.ahead is None else doubt.ahead - here
        # Never later than now, whatever a clock says that was set back, nor sooner than what was noted.
        return min(until + (behind if behind > _DATE_PRECISION else 0.0), began)

    async def now(self, order: Order) -> Seen:
        """Look once at the purchase of an order, whose commitment or request may be there."""
        return await self._on_the_purchase(order, done=False)

    async def _in_the_list(self, order: Order, doubt: Doubt, until: float, began: float) -> Seen:
        def here() -> float:
            return self._session.server_clock.ahead or 0.0

        def ahead() -> float:
            return here() if doubt.ahead is None else doubt.ahead

        # A minute more is looked through, for others of the same content that one may be taken for.
        scan = await self._looks.look(lambda: doubt.since + ahead() - _MINUTE - _DATE_PRECISION)
        longest = max(self._session.settings.settle, _ABORTED_AFTER) + _DATE_PRECISION
        over = max(until + ahead(), self._over(doubt, until, began) + here())
        window = Window(doubt.since + ahead() - _DATE_PRECISION, over + longest)
        certain = scan.complete and not self._has_rival(order)
        matched = match(order, scan.purchases.values(), window, taken=self._taken(order), certain=certain)
        if matched.own is not None:
            return Seen(found=True, id=matched.own.id)
        return Seen(candidates=matched.candidates, note=_note(matched, scan))

    async def _on_the_purchase(self, order: Order, *, done: bool) -> Seen:
        assert order.purchase_id is not None
        purchase = await self._purchases.get(order.purchase_id)
        if order.step is Step.COMMITMENT and purchase.commitment:
            return Seen(found=True, id=purchase.commitment.id)
        state = commitment_state(purchase)
        known = state is not None and state.is_known
        if order.step is Step.REQUEST and known and state != CommitmentState.CREATED:
            # The request is there. Its id was in the answer alone.
            return Seen(found=True)
        if done:
            return Seen(note="the server said that it was done, and it is not there")
        if order.step is Step.REQUEST and not known:
            return Seen(note=f"the state of its commitment tells nothing of it: {state}")
        return Seen(absent=True)

    def _shared(self, moment: float) -> float:
        part = self._session.settings.settle / _SHARED
        return math.ceil(moment / part) * part if part else moment


def _note(matched: Match, scan: Scan) -> str:
    if not scan.complete:
        pages = f"after {scan.most_pages} pages, which is the bound" if scan.bounded else "as it changed all the time"
        return f"the list of purchases was not read to its end, {pages}"
    if not matched.candidates:
        return "it is not in the list of purchases"
    ids = ", ".join(str(purchase.id) for purchase in matched.candidates)
    return f"which of the purchases it is, if any, cannot be told: {ids}"
