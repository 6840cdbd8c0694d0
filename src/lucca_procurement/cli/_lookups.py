"""Check ids, names and VAT rates against the lists in Lucca, and make the orders of drafts. It only reads."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from attrs import define, field, frozen

from .. import taxes
from .._catalog import ENDED, by_label, described, nearest, plain
from ..client import LuccaProcurement
from ..errors import InvalidArgument, NoTaxRate
from ..models import Purchase, TaxRate
from ..order import Order
from ..pages import LARGEST_PAGE
from ._rows import Draft
from ._sheet import Mistake
from ._values import is_id

__all__ = ("FROM_PURCHASES", "Entry", "Ready", "collected", "make_ready", "order_of")

FROM_PURCHASES = ("owner", "establishment", "department")
"""The columns whose entries have no list in the API. Their names are those of the purchases."""
MOST_READINGS = 50
"""After this number of requests, a rate that is in no reading is a mistake without a further request."""


@frozen
class Entry:
    """A person, an establishment or a department, as purchases name it."""

    id: int
    name: str | None


@frozen
class Ready:
    """A draft with everything that its order needs, except for the ids of its attachments."""

    draft: Draft
    arguments: Mapping[str, Any]


def order_of(ready: Ready, attachments: Sequence[Any] = ()) -> Order:
    """Return the order of a draft.

    Args:
        ready: The draft.
        attachments: The ids of the uploaded files.

    Raises InvalidArgument if the values of the draft are no order.
    """
    make = Order.one_time if ready.draft.kind == "one-time" else Order.subscription
    return make(ready.draft.reference, **ready.arguments, attachments=attachments)


async def make_ready(lucca: LuccaProcurement, drafts: Iterable[Draft]) -> tuple[list[Ready], list[Mistake]]:
    """Return the drafts whose ids, names and rates are right, and the mistakes in the others.

    Args:
        lucca: The client.
        drafts: The drafts.

    Raises ProcurementError if a list cannot be read.
    """
    drafts = list(drafts)
    lists = await _Lists.read(lucca, drafts)
    rates = Rates(lucca)
    await rates.read(drafts)
    ready: list[Ready] = []
    mistakes: list[Mistake] = []
    for draft in drafts:
        found, wrong = lists.ids(draft)
        arguments = {**draft.values, **found}
        try:
            arguments["taxes"] = await rates.of(draft)
        except NoTaxRate as error:
            wrong.append(
                _mistake(draft, "vat", f"{_percent(draft)} is no rate of {draft.territory}: {_choices(error)}")
            )
        if not wrong:
            made = Ready(draft, arguments)
            try:
                lucca.orders.check(order_of(made))
                ready.append(made)
            except InvalidArgument as error:
                wrong.append(Mistake(draft.row.line, "", "", error.reason))
        mistakes += wrong
    return ready, mistakes


def _mistake(draft: Draft, column: str, advice: str) -> Mistake:
    return Mistake(draft.row.line, column, draft.named.get(column, str(draft.row.cells.get(column, ""))), advice)


@define
class _Lists:
    """The entries of each column that the drafts need."""

    entries: dict[str, list[Any]] = field(factory=dict)
    _by_label: dict[str, dict[str, list[Any]]] = field(factory=dict, init=False)
    """The entries of a column by their names and codes."""
    _found: dict[tuple[str, str], tuple[int | None, str]] = field(factory=dict, init=False)

    @classmethod
    async def read(cls, lucca: LuccaProcurement, drafts: Sequence[Draft]) -> _Lists:
        lists = cls()
        needed = {name for draft in drafts for name in draft.named}
        lists_of_api: Mapping[str, Any] = {
            "supplier": lucca.suppliers,
            "nature": lucca.natures,
            "cost_center": lucca.cost_centers,
        }
        for column, resource in lists_of_api.items():
            if column in needed:
                lists.entries[column] = [each async for each in resource.iterate(LARGEST_PAGE)]
        named = {name for draft in drafts for name in FROM_PURCHASES if not is_id(draft.named.get(name, "0"))}
        if named:
            lists.entries |= await collected(lucca.purchases.iterate(LARGEST_PAGE), named)
        return lists

    def ids(self, draft: Draft) -> tuple[dict[str, int], list[Mistake]]:
        """Return the ids of a draft's entries by their column, and the mistakes."""
        found: dict[str, int] = {}
        mistakes: list[Mistake] = []
        for column, text in draft.named.items():
            key = (column, text)
            if key not in self._found:
                self._found[key] = self._find(column, text)
            id, advice = self._found[key]
            if id is None:
                mistakes.append(_mistake(draft, column, advice))
            else:
                found[column] = id
        return found, mistakes

    def _find(self, column: str, text: str) -> tuple[int | None, str]:
        kind, number = column.replace("_", " "), int(text) if is_id(text) else None
        if number is not None and column in FROM_PURCHASES:
            # There is no list of them. Lucca checks the id.
            return number, ""
        entries: list[Any] = self.entries[column]
        with_id = [each for each in entries if each.id == number]
        ended = [each for each in with_id if str(getattr(each, "state", "")) in ENDED]
        if column not in self._by_label:
            self._by_label[column] = by_label(entries)
        named = self._by_label[column].get(plain(text), [])
        matches = {each.id: each for each in [*with_id, *named] if each not in ended}
        if len(matches) == 1:
            return next(iter(matches)), ""
        if matches:
            return None, f"several are named so: write one of the ids: {', '.join(map(described, matches.values()))}"
        if ended:
            return None, f"{described(ended[0])}: choose another {kind}"
        near = nearest(entries, text)
        where = "no purchase shows this" if column in FROM_PURCHASES else "there is no such"
        hint = (
            f"the nearest are {', '.join(map(described, near))}"
            if near
            else f"see `lucca-procurement find {column.replace('_', '-')}`"
        )
        return None, f"{where} {kind}: {hint}"


async def collected(purchases: AsyncIterable[Purchase], columns: Iterable[str]) -> dict[str, list[Entry]]:
    """Return the people, establishments or departments that purchases name, by their column.

    Args:
        purchases: The purchases.
        columns: The columns.
    """
    found: dict[str, dict[int, Entry]] = {column: {} for column in columns}
    async for purchase in purchases:
        for column, entries in found.items():
            each = getattr(purchase, column)
            if each and each.id is not None:
                entries[each.id] = Entry(each.id, each.name or _full_name(each))
    return {column: list(entries.values()) for column, entries in found.items()}


def _full_name(user: Any) -> str | None:
    names = [getattr(user, name, None) for name in ("first_name", "last_name")]
    return " ".join(filter(None, names)) or None


class Rates:
    """The VAT rates that drafts need. Each period between two changes of the rates is read with two requests."""

    def __init__(self, lucca: LuccaProcurement) -> None:
        self._lucca = lucca
        self._read: dict[tuple[str, date], list[TaxRate]] = {}
        self._exact: set[tuple[str, date]] = set()
        """The days whose rates were read on that day. The rates of the others follow from those of two other days."""

    async def read(self, drafts: Iterable[Draft]) -> None:
        """Read the rates of the territories and days of drafts. Raises ProcurementError if they cannot be read."""
        days: dict[str, set[date]] = {}
        for draft in drafts:
            if draft.vat is not None:
                days.setdefault(draft.territory, set()).add(_day(draft))
        for territory, wanted in days.items():
            await self._between(territory, sorted(wanted))

    async def _between(self, territory: str, days: Sequence[date]) -> None:
        """Read the rates of sorted days. If they are equal on two days, those between them have the same rates.

        Our assumption (tax-days); Lucca does not document it. An order whose rate is not
        among them reads the rates of its own day.
        """
        first, last = await self._on(territory, days[0]), await self._on(territory, days[-1])
        if first == last:
            self._read |= dict.fromkeys(((territory, day) for day in days), first)
        elif len(days) > 2:
            middle = len(days) // 2
            await self._between(territory, days[: middle + 1])
            await self._between(territory, days[middle:])

    async def _on(self, territory: str, day: date, *, again: bool = False) -> list[TaxRate]:
        key = (territory, day)
        if key not in self._read or (again and key not in self._exact and len(self._exact) < MOST_READINGS):
            self._read[key] = await self._lucca.tax_rates.list(day, territory)
            self._exact.add(key)
        return self._read[key]

    async def of(self, draft: Draft) -> list[TaxRate]:
        """Return the rates of a draft: one, or none.

        Raises NoTaxRate if no rate fits, or more than one. Raises another ProcurementError if they cannot be read.
        """
        if draft.vat is None:
            return []
        day = _day(draft)
        try:
            return [_rate(draft, await self._on(draft.territory, day))]
        except NoTaxRate:
            return [_rate(draft, await self._on(draft.territory, day, again=True))]


def _rate(draft: Draft, rates: Iterable[TaxRate]) -> TaxRate:
    assert draft.vat
    name = draft.vat.name
    if name is not None:
        # Case and accents do not matter in what people write.
        kinds = [rate.rate_type.name for rate in rates if rate.rate_type and rate.rate_type.name]
        name = next((each for each in kinds if plain(each) == plain(name)), name)
    return taxes.find_rate(rates, draft.vat.fraction, name=name)


def _day(draft: Draft) -> date:
    found: date = draft.values["invoice_date" if draft.kind == "one-time" else "first_invoice_date"]
    return found


def _percent(draft: Draft) -> str:
    assert draft.vat
    return f"{(draft.vat.fraction * 100).normalize():f} %"


def _choices(error: NoTaxRate) -> str:
    choices = [
        f"{(rate.percentage * 100).normalize():f} % {(rate.rate_type and rate.rate_type.name) or ''}".strip()
        for rate in error.rates
        if rate.percentage is not None
    ]
    return f"write one of {', '.join(choices)}" if choices else "Lucca has no rates there: write a territory such as FR"
