"""Wait for decisions: all orders that wait share what is read."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress

from attrs import define, field

from .._wire.session import Session
from ..errors import InvalidArgument, NotSent, OutcomeUnknown, ProcurementError, RateLimited, ServerError
from ..models import CommitmentState, Purchase, PurchaseState, UnknownCommitment
from ..order import Decision
from ..purchases import Purchases, commitment_state
from .scan import scan

__all__ = ("Decisions", "decision_of", "who_decided")

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 30.0
_GROWTH = 1.5
_FEW = 3
"""So many orders are read one by one: a listing may need as many pages."""


def decision_of(purchase: Purchase) -> Decision | None:
    """Tell what was decided (inferred: see the contract). None while nothing is, and for states not known here."""
    state = commitment_state(purchase)
    if state == CommitmentState.DENIED or purchase.state == PurchaseState.DENIED:
        return Decision.REFUSED
    if state == CommitmentState.CANCELLED or purchase.state == PurchaseState.CANCELLED:
        return Decision.CANCELLED
    if state == CommitmentState.PROVISIONED or purchase.state == PurchaseState.ONGOING:
        return Decision.APPROVED
    # What is closed before anybody decided was not approved.
    if purchase.state == PurchaseState.CLOSED and state not in (CommitmentState.CREATED, CommitmentState.UNDER_REVIEW):
        return Decision.APPROVED
    return None


def who_decided(purchase: Purchase) -> str | None:
    """Give the name of who changed the commitment last, or else the purchase, if it is told."""
    commitment = purchase.commitment
    modifier = None if not commitment or isinstance(commitment, UnknownCommitment) else commitment.modifier
    found = modifier or purchase.modifier
    return (found.name or None) if found else None


@define(eq=False)
class _Waiting:
    """One order that waits: when it is read next, and what came of that."""

    purchase_id: int
    trouble: list[ProcurementError]
    """Why it could not be read the last time, if so."""
    due: float
    until: float
    pause: float = FIRST_PAUSE
    decided: asyncio.Future[Purchase | None] = field(factory=lambda: asyncio.get_running_loop().create_future())

    def fail(self, error: ProcurementError) -> None:
        if not self.decided.done():
            self.decided.set_exception(error)


class Decisions:
    """Read the purchases that are waited for, in rounds: the due ones together, each after a pause that grows."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._purchases = Purchases(session)
        self._waiting: set[_Waiting] = set()
        self._arrived = asyncio.Event()
        self._rounds: asyncio.Task[None] | None = None

    async def of(self, purchase_id: int, timeout: float | None, trouble: list[ProcurementError]) -> Purchase | None:
        """Give the purchase once it is decided, None where it is not by the last look, at the end of `timeout`.

        What may pass, an outage say, is waited through, and is in `trouble` as long as it lasts. Raises
        ProcurementError where the purchase will never be read.
        """
        now = self._session.clock.monotonic()
        waiting = _Waiting(purchase_id, trouble, now, math.inf if timeout is None else now + timeout)
        self._waiting.add(waiting)
        self._arrived.set()
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._run())
            self._rounds.add_done_callback(self._ended)
        try:
            return await waiting.decided
        finally:
            self._waiting.discard(waiting)
            if not self._waiting and self._rounds is not None:
                self._rounds.cancel()
                self._rounds = None

    def _ended(self, rounds: asyncio.Task[None]) -> None:
        """Leave nobody waiting, should the rounds end by a mistake of ours."""
        if not rounds.cancelled() and (error := rounds.exception()) is not None:
            for each in self._waiting:
                if not each.decided.done():
                    each.decided.set_exception(error)

    async def _run(self) -> None:
        clock = self._session.clock
        while self._waiting:
            self._arrived.clear()
            now = clock.monotonic()
            # Those that are due soon come along: the more are read together, the fewer requests it takes.
            still_open = [each for each in self._waiting if not each.decided.done()]
            due = [each for each in still_open if each.due - now <= each.pause / 2]
            if not still_open:
                # Whoever waits for these takes them out as soon as this lets go of the event loop.
                await self._arrived.wait()
            elif any(each.due <= now for each in due):
                await self._read(due)
            else:
                await self._until(min(each.due for each in still_open) - now)

    async def _until(self, seconds: float) -> None:
        """Sleep, or until another order arrives."""
        sleeping = asyncio.ensure_future(self._session.clock.sleep(seconds))
        arriving = asyncio.ensure_future(self._arrived.wait())
        try:
            await asyncio.wait([sleeping, arriving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            arriving.cancel()

    async def _read(self, due: Sequence[_Waiting]) -> None:
        found: dict[int, Purchase] = {}
        wanted = {each.purchase_id for each in due}
        if len(wanted) > _FEW:
            found = await self._listed(wanted)
        for each in due:
            if each.decided.done():
                continue
            try:
                purchase = found.get(each.purchase_id) or await self._purchases.get(each.purchase_id)
            except InvalidArgument as error:
                each.fail(error)
            except (NotSent, OutcomeUnknown, RateLimited, ServerError) as error:
                # It passes, or the time to wait does.
                each.trouble[:] = [error]
            except ProcurementError as error:
                each.fail(error)
            else:
                each.trouble.clear()
                found[each.purchase_id] = purchase
                if decision_of(purchase) is not None and not each.decided.done():
                    each.decided.set_result(purchase)
            now = self._session.clock.monotonic()
            if now >= each.until and not each.decided.done():
                each.decided.set_result(None)
            each.due = min(now + each.pause, each.until)
            each.pause = min(LONGEST_PAUSE, each.pause * _GROWTH)

    async def _listed(self, wanted: set[int]) -> dict[int, Purchase]:
        """Look for all of them in the list, in fewer requests than one for each."""
        left = set(wanted)

        def all_found(page: Sequence[Purchase]) -> bool:
            left.difference_update(purchase.id for purchase in page)
            return not left

        with suppress(ProcurementError):
            seen = await scan(
                self._session,
                all_found,
                keep=lambda purchase: purchase.id in wanted,
                most_pages=max(1, len(wanted) // _FEW),
            )
            return seen.purchases
        return {}
