"""One small order, played step by step, to answer what reading cannot.

Each create is sent once, and never again. After an unknown outcome, no further create is sent.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from attrs import define, evolve, field

from lucca_procurement_api import api
from lucca_procurement_api.types import Response

from .. import models
from .._ordering.compare import carries, commitment_differences, content_differences
from .._wire.retry import AttemptFacts, Outcome, outcome
from ..errors import NotSent, ProcurementError
from ..order import Order
from ..purchases import create_commitment_for_purchase
from ._answers import SOON, Answers, PlayQuestion
from ._compare import compare
from ._content import Ids, difference_of_title, first_id, second_commitment, small_order, with_plain_title
from ._findings import Findings, member_name, word
from ._reader import Operation, Reader, Stopped

PAGE = 100
MOST_REQUESTS = 50
"""The most requests of a play. A usual one sends about 20."""
_LOOKS = (0, 1, 2, 3, 4, 5, 15, 30)
"""The seconds before each look at the list, after the one before: a minute in all."""
_BAD_TITLE = (400, 413, 422)
_NO_PATH = (404, 405)
_ENDED = ("Closed", "Cancelled", "Denied")
_REQUESTED = (("Processing", "UnderReview"), ("Ongoing", "Provisioned"))
"""The states of a purchase and its commitment after a request: a person has to approve it, or Lucca approved it."""
_COMMENT = "The test of lucca-procurement drift --write is over"
_LISTED: dict[str, Any] = {"fields_root": [models.PagingMember.COUNT], "limit": PAGE}


class Ended(Exception):
    """The play cannot go on. The text is the reason."""


@define
class Play:
    """One small order.

    Args:
        reference: The reference of the order. It stands at the front of the purchase's title.
        ids: The ids that the caller chose. The others come from the tenant's newest purchase and its lists.
        currency: The currency of the amount.
    """

    reference: str
    ids: Ids
    currency: str
    findings: Findings = field(factory=Findings)
    answers: Answers = field(factory=Answers)
    stopped: str | None = None
    """The reason why the play ended early, if it did."""
    purchase_id: int | None = None
    state: str | None = None
    """The last state of the purchase that was seen."""
    doubts: list[str] = field(factory=list)
    """The changes whose outcome is not known, or not yet."""
    _reader: Reader = field(init=False)
    _order: Order = field(init=False)
    _commitment_id: int | None = None
    _requests: list[int] = field(factory=list)
    _count: int | None = None

    @property
    def left(self) -> list[str]:
        """Sentences about the objects that the play leaves behind."""
        found = []
        if self.purchase_id is not None:
            todo = "Nothing deletes a purchase." if self.state in _ENDED else "Close it in Lucca."
            found.append(f"purchase {self.purchase_id} [{self.reference}], state {self.state or 'not seen'}. {todo}")
        named = f"a purchase with {self.reference} in its title"
        where = named if self.purchase_id is None else f"purchase {self.purchase_id}"
        found += [f"{each}: the outcome is not known. Look in Lucca for {where}." for each in self.doubts]
        return found

    async def run(self, reader: Reader) -> None:
        """Play the order. The attributes have the results, also if the play ends early or is cancelled.

        Args:
            reader: Sends the requests.
        """
        self._reader = reader
        try:
            for step in (self._prepare, self._create_purchase, self._find_in_list, self._create_commitment):
                await step()
            await self._request_approval()
        except (Ended, Stopped) as error:
            self.stopped = str(error) or _reasons(self.findings)
        except asyncio.CancelledError:
            self.stopped = "interrupted"
            raise
        if self.purchase_id is not None:
            await self._clean_up()

    async def _clean_up(self) -> None:
        answers = self.answers
        if self.stopped is not None:
            # The end of an order that did not go its way answers nothing.
            self.answers = Answers()
        try:
            await self._cancel()
            await self._close()
        except (Ended, Stopped) as error:
            self.stopped = self.stopped or str(error) or _reasons(self.findings)
        except asyncio.CancelledError:
            self.stopped = self.stopped or "interrupted"
            raise
        finally:
            self.answers = answers

    # ---- The steps

    async def _prepare(self) -> None:
        """Read the newest purchases, and choose the ids of the order. Raises Ended if one is missing."""
        body = await self._reader.body("purchases", api.list_purchases, **_LISTED)
        items = _items(body)
        self._count = _count_of(body)
        ids = self.ids.completed(items)
        lists: dict[str, Operation] = {"supplier": api.list_suppliers, "nature": api.list_natures}
        for name in {*ids.missing} & lists.keys():
            page = await self._reader.body(f"{name}s", lists[name], limit=PAGE)
            ids = evolve(ids, **{name: first_id(_items(page))})
        if ids.missing:
            options = ", ".join(f"--{name}" for name in ids.missing)
            raise Ended(f"nothing was sent: no purchase shows the ids that an order needs. Pass {options}")
        self._order = small_order(self.reference, ids, self.currency, self._today())

    async def _create_purchase(self) -> None:
        response, body = await self._change("create the purchase", api.create_purchase, body=self._order.purchase)
        refused = None
        if response.status in _BAD_TITLE:
            # The title is unusual. A refusal created nothing, and a plain title shows if the title was the reason.
            refused, self._order = _refusal(response, body), with_plain_title(self._order)
            plain = "create the purchase with a plain title"
            response, body = await self._change(plain, api.create_purchase, body=self._order.purchase)
        if response.status >= 400:
            raise Ended(f"the purchase was {_refusal(response, body)}. Choose other ids with the options")
        if refused:
            self.answers.add(PlayQuestion.TITLE, f"{refused}; a plain title is accepted", fits=False)
        self.purchase_id = self._created("the purchase", "purchaseId", response, body)
        self._compare("created purchase", models.Purchase, body)

    async def _find_in_list(self) -> None:
        """Read the purchase at once, and read the list until it shows the purchase, or for a minute."""
        clock = self._reader.session.clock
        created_at = clock.monotonic()
        purchase = await self._read()
        self._note_title(purchase)
        differences = content_differences(self._order, purchase)
        self.answers.add(PlayQuestion.CONTENT, _named(differences), fits=not differences)
        self._note_states("purchase", purchase, ("Created", "none"))
        listed = counted = None
        whole = True
        for pause in _LOOKS:
            if pause:
                await clock.sleep(pause)
            is_listed, count, whole = await self._look()
            if is_listed and listed is None:
                listed = clock.monotonic() - created_at
            if counted is None and count is not None and count > (self._count or 0):
                counted = clock.monotonic() - created_at
            if listed is not None and (counted is not None or self._count is None):
                break
        self._note_delay(PlayQuestion.LIST, listed, whole, "the list is longer than its first and last page")
        self._note_delay(PlayQuestion.COUNT, counted, self._count is not None, "the list has no `count`")

    async def _create_commitment(self) -> None:
        arguments = {"id": self.purchase_id, "body": self._order.commitment}
        tried, path = "", "purchases/{id}/commitment"
        operation: Operation = api.create_commitment
        response, body = await self._change("create the commitment", operation, **arguments)
        if response.status in _NO_PATH:
            tried = f"{path} answers {response.status}; "
            path, operation = "commitments", create_commitment_for_purchase
            response, body = await self._change("create the commitment", operation, **arguments)
        if response.status >= 400:
            self.answers.add(PlayQuestion.PATH, f"{tried}{path} answers {response.status}", fits=False)
            raise Ended(f"the commitment was {_refusal(response, body)}")
        self.answers.add(PlayQuestion.PATH, f"{tried}{path} creates it", fits=True)
        item = body["items"][0] if isinstance(body, dict) and _items(body) else body
        self._commitment_id = self._created("the commitment", "commitmentId", response, item)
        self._compare("created commitment", models.OneTimeCommitment, item)
        purchase = await self._read()
        self._note_states("commitment", purchase, ("Created", "Created"))
        if not purchase.commitment:
            raise Ended("the purchase shows no commitment, although its creation was a success")
        differences = commitment_differences(self._order, purchase.commitment)
        self.answers.add(PlayQuestion.COMMITMENT, _named(differences), fits=not differences)
        await self._second_commitment(operation, purchase)

    async def _second_commitment(self, operation: Operation, before: models.Purchase) -> None:
        arguments = {"id": self.purchase_id, "body": second_commitment(self._order)}
        response, body = await self._change("create a second commitment", operation, **arguments)
        after = await self._read()
        seen, fits = _refusal(response, body), response.status >= 400
        if not fits:
            is_first = after.commitment and not commitment_differences(self._order, after.commitment)
            which = "the first" if is_first else "another"
            seen = f"accepted with {response.status}, and the purchase shows {which} one"
            self._commitment_id = after.commitment.id if after.commitment else self._commitment_id
        self.answers.add(PlayQuestion.SECOND_COMMITMENT, seen, fits=fits)
        if fits:
            self._note_unchanged("the second commitment", before, after)

    async def _request_approval(self) -> None:
        response, body = await self._change(
            "request the approval", api.create_commitment_request, id=self._commitment_id
        )
        if response.status >= 400:
            raise Ended(f"the request for approval was {_refusal(response, body)}")
        self._requests.append(self._created("the request", "id", response, body))
        request = word(body["state"]) if "state" in body else "not shown"
        self._compare("created request", models.ApprovalRequest, body)
        before = await self._read()
        self._note_states("request", before, *_REQUESTED, request=request)
        response, body = await self._change(
            "request the approval a second time", api.create_commitment_request, id=self._commitment_id
        )
        after = await self._read()
        if response.status >= 400:
            self.answers.add(PlayQuestion.SECOND_REQUEST, _refusal(response, body), fits=True)
            self._note_unchanged("the second request", before, after)
            return
        self.answers.add(PlayQuestion.SECOND_REQUEST, f"accepted with {response.status}", fits=False)
        self._requests.append(self._created("the second request", "id", response, body))

    async def _cancel(self) -> None:
        """Cancel each request that may wait."""
        if not self._requests:
            return
        purchase = await self._read()
        if _states(purchase)[0] in ("Ongoing", *_ENDED):
            self.answers.open[PlayQuestion.CANCELLATION] = f"the purchase was {_states(purchase)[0]} before"
            return
        body = models.RequestCancellation(comment=_COMMENT)
        for number in self._requests:
            await self._finish("cancel a request", api.cancel_request, number, body)
        states = _states(await self._read())
        self.answers.add(PlayQuestion.CANCELLATION, " with ".join(states), fits=states == ("Cancelled", "Cancelled"))

    async def _close(self) -> None:
        assert self.purchase_id is not None
        purchase = await self._read()
        if (before := _states(purchase)[0]) in _ENDED:
            self.answers.open[PlayQuestion.CLOSING] = f"the purchase was {before} before"
            return
        body = models.PurchaseClosing(comment=_COMMENT, date=self._today())
        done = await self._finish("close the purchase", api.close_purchase, self.purchase_id, body)
        state = _states(await self._read())[0]
        seen = f"{state}, from {before}" if done else f"{state}: closing from {before} is refused"
        self.answers.add(PlayQuestion.CLOSING, seen, fits=state == "Closed")

    async def _finish(self, what: str, operation: Operation, number: int, content: object) -> bool:
        """Send a change that ends something. Return False if it is refused."""
        response, body = await self._change(what, operation, id=number, body=content)
        if response.status < 300:
            self.answers.add(PlayQuestion.DONE, f"{what}: {response.status}", fits=response.status in (200, 201, 204))
        else:
            self.answers.add(PlayQuestion.DONE, f"{what}: {_refusal(response, body)}", fits=False)
        return response.status < 300

    # ---- Requests

    async def _change(self, what: str, operation: Operation, **arguments: Any) -> tuple[Response, Any]:
        """Send a change once, and return its answer if it was certainly done or certainly refused.

        Raises Ended otherwise.
        """
        self.doubts.append(what)
        try:
            response, body = await self._reader.change(what, operation, **arguments)
        except NotSent as error:
            self.doubts.remove(what)
            raise Ended(f"{what}: {error.reason}") from None
        except ProcurementError as error:
            # The reason of another error may quote the server.
            raise Ended(f"{what}: no whole answer came ({type(error).__name__})") from None
        known = outcome(AttemptFacts(sent=True, status=response.status))
        if known is Outcome.UNKNOWN:
            raise Ended(f"{what}: answered {response.status}, which does not show if it was done")
        self.doubts.remove(what)
        if known is Outcome.THROTTLED:
            raise Ended(f"{what}: answered {response.status}. Nothing was done: choose a quiet minute")
        return response, body

    def _created(self, what: str, own: str, response: Response, body: Any) -> int:
        """Return the id of an object that was created. Raises Ended if the answer has none."""
        members = body if isinstance(body, dict) else {}
        name = next((each for each in ("id", own) if isinstance(members.get(each), int)), None)
        seen = f"{what}: {response.status}, " + (f"`{name}`" if name else "no id")
        self.answers.add(PlayQuestion.CREATED, seen, fits=bool(name) and response.status in (200, 201))
        if name is None:
            self.doubts.append(f"create {what}")
            raise Ended(f"{what} was created, and the answer has no id")
        return int(members[name])

    async def _read(self) -> models.Purchase:
        """Read the purchase. Raises Ended if it cannot be read."""
        body = await self._reader.body("the purchase", api.get_purchase, id=self.purchase_id)
        purchase = None if body is None else compare(self.findings, models.Purchase, body, "purchase")
        if purchase is None:
            raise Ended(f"the purchase cannot be read: {self.findings.not_read.get('the purchase', 'another type')}")
        self.state = _states(purchase)[0]
        return purchase

    async def _look(self) -> tuple[bool, int | None, bool]:
        """Look at the first and the last page of the list.

        Return if they show the purchase, the value of `count`, and if they are the whole list.
        """
        body = await self._reader.body("purchases", api.list_purchases, **_LISTED)
        items, count = _items(body), _count_of(body)
        last = math.ceil((count or 0) / PAGE)
        if last > 1 and not self._is_among(items):
            items = items + _items(await self._reader.body("purchases", api.list_purchases, page=last, **_LISTED))
        whole = last <= 2 if count is not None else len(items) < PAGE
        return self._is_among(items), count, whole

    def _is_among(self, items: list[Any]) -> bool:
        return any(isinstance(each, Mapping) and each.get("id") == self.purchase_id for each in items)

    # ---- Answers

    def _note_title(self, purchase: models.Purchase) -> None:
        sent, found = self._order.purchase.title, purchase.title
        if PlayQuestion.TITLE not in self.answers.differing:
            same = found == sent
            seen = f"as it was sent, {len(sent)} characters" if same else difference_of_title(sent, found)
            self.answers.add(PlayQuestion.TITLE, seen, fits=same)
        kept = carries(found, self.reference, "front")
        self.answers.add(PlayQuestion.REFERENCE, "yes" if kept else "no", fits=kept)

    def _note_states(
        self, step: str, purchase: models.Purchase, *expected: tuple[str, str], request: str | None = None
    ) -> None:
        states = _states(purchase)
        shown = states[0] if states[1] == "none" else " with ".join(states)
        seen = f"after the {step}: {shown}" + (f"; the request is {request}" if request else "")
        fits = states in expected and request in (None, "Pending", "Approved")
        self.answers.add(PlayQuestion.STATES, seen, fits=fits)

    def _note_unchanged(self, what: str, before: models.Purchase, after: models.Purchase) -> None:
        had, has = before.commitment, after.commitment
        # Lucca may approve the order meanwhile.
        same = _states(after) in (_states(before), _REQUESTED[-1])
        if not had or not has or had.id != has.id or commitment_differences(self._order, has):
            same = False
        self.answers.add(PlayQuestion.UNCHANGED, f"{what}: {'yes' if same else 'no'}", fits=same)

    def _note_delay(self, question: PlayQuestion, seconds: float | None, whole: bool, why_open: str) -> None:
        if seconds is not None:
            soon = "at the first look" if seconds < 1 else f"within {math.ceil(seconds)} s"
            self.answers.add(question, soon, fits=seconds <= SOON)
        elif whole:
            self.answers.add(question, f"not within {sum(_LOOKS)} s", fits=False)
        else:
            self.answers.open[question] = why_open

    def _compare(self, path: str, model: type[Any], body: Any) -> None:
        """Compare the answer to a create with its model. An answer that has only an id has no model."""
        if isinstance(body, dict) and "id" in body:
            compare(self.findings, model, body, path)

    def _today(self) -> date:
        return datetime.fromtimestamp(self._reader.session.server_clock.time(), UTC).date()


def _states(purchase: models.Purchase) -> tuple[str, str]:
    """Return the states of a purchase and its commitment as words. Another text may be data of the tenant."""
    commitment = purchase.commitment
    state = getattr(commitment, "state", None)
    own = "none" if not commitment else "not shown" if state is None else word(str(state))
    return ("not shown" if purchase.state is None else word(str(purchase.state)), own)


def _refusal(response: Response, body: Any) -> str:
    """Return the refusal in words, with the members that it names and without its texts."""
    errors = body.get("errors") if isinstance(body, dict) else None
    names = ", ".join(sorted(map(member_name, errors))) if isinstance(errors, dict) else ""
    return f"refused with {response.status}" + (f" (it names {names})" if names else "")


def _named(differences: tuple[str, ...]) -> str:
    """Return the names of differences. Their values may be data of the tenant."""
    return ", ".join(f"{each.partition(':')[0]} differs" for each in differences) or "yes"


def _reasons(findings: Findings) -> str:
    return "; ".join(f"{name}: {why}" for name, why in findings.not_read.items())


def _items(body: Any) -> list[Any]:
    items = body.get("items") if isinstance(body, dict) else body
    return items if isinstance(items, list) else []


def _count_of(body: Any) -> int | None:
    count = body.get("count") if isinstance(body, dict) else None
    return count if isinstance(count, int) else None
