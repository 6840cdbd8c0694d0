"""The survey of a tenant: a few reads, and the comparison of their answers with the contract."""

from __future__ import annotations

from datetime import date as _date
from typing import Any

from attrs import define, frozen

from lucca_procurement_api import api
from lucca_procurement_api.types import UNSET

from .. import models
from ..errors import PageCycle
from ..pages import Route, Token
from ._compare import compare
from ._findings import Findings, Question, kind
from ._observe import observe
from ._reader import Operation, Reader, Stopped

PAGE_SIZE = 100
_PAGING_MEMBERS = ("next", "prev", "count")
_REQUESTED: dict[str, Any] = {"fields_root": [*map(models.PagingMember, _PAGING_MEMBERS)], "limit": PAGE_SIZE}
_Body = dict[str, Any] | list[Any]
"""The JSON of a page, or of a bare array."""


@frozen
class _List:
    name: str
    operation: Operation
    page: type[Any]


_PURCHASES = _List("purchases", api.list_purchases, models.PurchasePage)
_LISTS = (
    _PURCHASES,
    _List("suppliers", api.list_suppliers, models.SupplierPage),
    _List("natures", api.list_natures, models.NaturePage),
    _List("cost_centers", api.list_cost_centers, models.CostCenterPage),
)


@define
class Survey:
    """Some reads of one tenant.

    Args:
        reader: Sends the requests, and holds the findings.
        pages: The most pages of each list.
        territory: The territory of the tax rates, by its code or number.
        date: The day of the tax rates.
    """

    reader: Reader
    pages: int
    territory: str
    date: _date

    @property
    def requests(self) -> int:
        """The most requests, if none is repeated."""
        return len(_LISTS) * self.pages + 5

    @property
    def findings(self) -> Findings:
        return self.reader.findings

    async def run(self) -> None:
        """Run all reads. If a read fails, the findings hold the reason, and the other reads continue.

        If the failure stops every other read, the survey ends.
        """
        try:
            for one in _LISTS:
                await self._list(one)
            await self._tax_rates()
            await self._missing_purchase()
        except Stopped:
            self.findings.not_read.setdefault("the rest", "not tried after that")

    async def _list(self, one: _List) -> None:
        """Read the first pages of a list."""
        route = Route(None, PAGE_SIZE)
        token: Token = None
        first: _Body | None = None
        ids: list[int] = []
        for _ in range(self.pages):
            body = await self._page(one.name, one, page=UNSET if token is None else token, **_REQUESTED)
            page = None if body is None else self._compare(one, body)
            if body is None or page is None:
                break
            first = body if first is None else first
            ids += [item.id for item in page.items]
            token = self._following(one, route, page)
            if token is None:
                self.findings.note(Question.LAST, f"{_form_of_next(body)} ({one.name})")
                break
        if first is not None:
            self._note_list(one, first, ids)
            if one is _PURCHASES:
                await self._purchases(first)

    async def _page(self, name: str, one: _List, **arguments: Any) -> _Body | None:
        body = await self.reader.body(name, one.operation, **arguments)
        if isinstance(body, dict | list):
            return body
        if body is not None:
            self.findings.add("another type", name, f"expected an object or an array, found {kind(body)}")
        return None

    def _compare(self, one: _List, body: _Body) -> Any:
        """Return the page as an object of its model, or None if it cannot be read."""
        raw = {"items": body} if isinstance(body, list) else body
        self.findings.items[one.name] += len(_items(body))
        # The comparison removes the members that it cannot read, so the observations come first.
        observe(self.findings, raw, one.name)
        return compare(self.findings, one.page, raw, one.name)

    def _following(self, one: _List, route: Route, page: Any) -> Token:
        """Return the token of the next page, or None if there is none, or if the list returns to an earlier page."""
        try:
            return route.after(page)
        except PageCycle:
            found = "expected another page, found one that came before"
            self.findings.add("another type", f"{one.name}.next", found)
            return None

    def _note_list(self, one: _List, first: _Body, ids: list[int]) -> None:
        if isinstance(first, list):
            paging = "as bare arrays"
        elif "next" in first:
            paging = "by token"
        else:
            paging = "by number" if len(_items(first)) >= PAGE_SIZE else "unclear: one page, without `next`"
        self.findings.note(Question.PAGING, f"{paging} ({one.name})")
        self.findings.note(Question.COUNT, f"{'no' if _count(first) is None else 'yes'} ({one.name})")
        self.findings.note(Question.ORDER, f"{_order(ids)} ({one.name})")

    async def _purchases(self, first: _Body) -> None:
        """Read the last page of purchases by number, a page without `limit`, and one purchase."""
        count = _count(first)
        if count and count > PAGE_SIZE and "next" in first:
            await self._last_purchases(count)
        body = await self._page("purchases without limit", _PURCHASES)
        if body is not None:
            members = [name for name in _PAGING_MEMBERS if name in body]
            observation = f"{len(_items(body))}, {' and '.join(members) or 'nothing'} unrequested"
            self.findings.note(Question.DEFAULT, observation)
        ids = [item["id"] for item in _items(first) if item.get("commitment")]
        if ids:
            purchase = await self.reader.body("one purchase", api.get_purchase, id=ids[0])
            if purchase is not None:
                compare(self.findings, models.Purchase, purchase, "purchase")

    async def _last_purchases(self, count: int) -> None:
        """Read the last page of purchases by its number, although the list uses tokens."""
        last = -(-count // PAGE_SIZE)
        body = await self._page("the last page by its number", _PURCHASES, page=last, **_REQUESTED)
        if body is None:
            return
        fits = len(_items(body)) == count - (last - 1) * PAGE_SIZE
        self.findings.note(Question.NUMBER, "yes" if fits else "no: another page comes")
        if fits:
            self.findings.note(Question.LAST, f"{_form_of_next(body)} (purchases)")
        if last > self.pages:
            self._compare(_PURCHASES, body)

    async def _tax_rates(self) -> None:
        rates = await self.reader.body("tax_rates", api.list_tax_rates, date=self.date, territory_id=self.territory)
        if not isinstance(rates, list):
            if rates is not None:
                self.findings.add("another type", "tax_rates", f"expected an array, found {kind(rates)}")
            return
        self.findings.items["tax_rates"] += len(rates)
        form = "a number" if self.territory.isdecimal() else "a code"
        self.findings.note(Question.RATES, f"{'some' if rates else 'none'}, for {form}")
        for raw in rates:
            observe(self.findings, raw, "tax_rates[]")
            compare(self.findings, models.TaxRate, raw, "tax_rates[]")

    async def _missing_purchase(self) -> None:
        """Read a purchase that cannot exist, to see the form of an error."""
        name = "a purchase that cannot exist"
        if await self.reader.body(name, api.get_purchase, expected=(400, 403, 404), id=2**31 - 1) is not None:
            self.findings.add("status", name, "200")


def _items(body: _Body) -> list[Any]:
    items = body if isinstance(body, list) else body.get("items")
    return items if isinstance(items, list) else []


def _count(body: _Body) -> int | None:
    count = body.get("count") if isinstance(body, dict) else None
    return count if isinstance(count, int) else None


def _form_of_next(body: _Body) -> str:
    if isinstance(body, list) or "next" not in body:
        return "absent"
    return "empty" if body["next"] == "" else kind(body["next"])


def _order(ids: list[int]) -> str:
    if len(ids) < 2:
        return "unclear: too few items"
    rising = sorted({*ids})
    return "rising" if ids == rising else "falling" if ids == rising[::-1] else "neither rising nor falling"
