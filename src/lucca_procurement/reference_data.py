"""Read the reference data of orders: tax rates, suppliers, natures and cost centers."""

from __future__ import annotations

from datetime import date as _date
from decimal import Decimal

from lucca_procurement_api import api
from lucca_procurement_api.types import UNSET

from . import taxes
from ._catalog import Catalog
from ._wire.session import Session
from ._wire.text import shown
from .errors import InvalidArgument, NoTaxRate
from .models import CostCenter, Nature, Supplier, SupplierState, TaxRate
from .pages import Paginator, Token, paginate

__all__ = ("CostCenters", "Natures", "Suppliers", "TaxRates")


class TaxRates:
    """`lucca.tax_rates`: the tax rates on a day in a territory."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list(self, date: _date | str, territory_id: str | int) -> list[TaxRate]:
        """Return the tax rates in force on a day in a territory.

        Args:
            date: The day.
            territory_id: A code such as `FR`, or a number. The documentation shows both for other operations.
                Our assumption (territories); Lucca does not document it.

        Raises ProcurementError if the request fails.
        """
        if isinstance(date, str):
            date = _day(date)
        return await self._session(api.list_tax_rates, date=date, territory_id=territory_id)

    async def find(
        self, date: _date | str, territory_id: str | int, percentage: Decimal | int | str, *, name: str | None = None
    ) -> TaxRate:
        """Return the only tax rate with a percentage, on a day in a territory.

        Args:
            date: The day.
            territory_id: A code such as `FR`, or a number.
            percentage: A fraction from 0 to 1. `Decimal("0.2")` is 20 %.
            name: The name of the rate's kind (`rateType.name`), if several kinds have the same percentage.

        Raises InvalidArgument if `percentage` is no exact fraction. Raises NoTaxRate, with the rates to choose from, if
        no rate or more than one fits. Raises another ProcurementError if the request fails.
        """
        wanted = taxes.fraction(percentage)
        rates = await self.list(date, territory_id)
        try:
            return taxes.find_rate(rates, wanted, name=name)
        except NoTaxRate as error:
            error.reason = f"on {date} in the territory {territory_id!r}, {error.reason}"
            if not rates:
                error.advice = "Pass the territory as Lucca names it, such as FR."
            raise


class Suppliers:
    """`lucca.suppliers`: the suppliers. They hold bank accounts and addresses: log only their ids."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._catalog = Catalog("supplier", self.iterate, session.clock)

    def iterate(
        self,
        page_size: int = 100,
        start: Token = None,
        *,
        state: SupplierState | str | None = None,
        search: str | None = None,
    ) -> Paginator[Supplier]:
        """Return a paginator of suppliers.

        Args:
            page_size: The number of suppliers in a page, from 0 to 1000.
            start: The page to begin with, such as `next_token` of an error. If it is None, the first page.
            state: `Active` or `Archived`. If it is None, the request has no state.
            search: Words to search for (`search.terms`). If it is None, the request has no search.

        Raises InvalidArgument if an argument is invalid.
        """
        if not isinstance(state, str | None) or not isinstance(search, str | None):
            raise InvalidArgument("state and search must be text, or None to leave them out")
        chosen = UNSET if state is None else SupplierState(state)
        terms = UNSET if search is None else search
        return paginate(self._session, api.list_suppliers, page_size, start, state=chosen, search_terms=terms)

    async def find(self, text: str) -> Supplier:
        """Return the only supplier that has a name. Case and accents do not matter.

        One reading of the list serves all searches of 5 minutes.

        Args:
            text: The whole name.

        Raises NoMatch, with the nearest suppliers, if none or more than one matches. Raises InvalidArgument if
        `text` is empty or no text. Raises another ProcurementError if the list cannot be read.
        """
        return await self._catalog.find(text)


class Natures:
    """`lucca.natures`: the natures of purchases."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._catalog = Catalog("nature", self.iterate, session.clock)

    def iterate(self, page_size: int = 100, start: Token = None) -> Paginator[Nature]:
        """Return a paginator of natures.

        Args:
            page_size: The number of natures in a page, from 0 to 1000.
            start: The page to begin with, such as `next_token` of an error. If it is None, the first page.

        Raises InvalidArgument if `page_size` or `start` is invalid.
        """
        return paginate(self._session, api.list_natures, page_size, start)

    async def find(self, text: str) -> Nature:
        """Return the only nature that has a name. Case and accents do not matter.

        One reading of the list serves all searches of 5 minutes.

        Args:
            text: The whole name.

        Raises NoMatch, with the nearest natures, if none or more than one matches. Raises InvalidArgument if
        `text` is empty or no text. Raises another ProcurementError if the list cannot be read.
        """
        return await self._catalog.find(text)


class CostCenters:
    """`lucca.cost_centers`: the cost centers, which bear the costs."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._catalog = Catalog("cost center", self.iterate, session.clock)

    def iterate(self, page_size: int = 100, start: Token = None) -> Paginator[CostCenter]:
        """Return a paginator of cost centers.

        Args:
            page_size: The number of cost centers in a page, from 0 to 1000.
            start: The page to begin with, such as `next_token` of an error. If it is None, the first page.

        Raises InvalidArgument if `page_size` or `start` is invalid.
        """
        return paginate(self._session, api.list_cost_centers, page_size, start)

    async def find(self, text: str) -> CostCenter:
        """Return the only cost center that has a name or a code. Case and accents do not matter.

        One reading of the list serves all searches of 5 minutes.

        Args:
            text: The whole name or a code.

        Raises NoMatch, with the nearest cost centers, if none or more than one matches. Raises InvalidArgument if
        `text` is empty or no text. Raises another ProcurementError if the list cannot be read.
        """
        return await self._catalog.find(text)


def _day(text: str) -> _date:
    try:
        found = _date.fromisoformat(text)
    except ValueError:
        found = None
    # As in the models, other forms of ISO 8601 are refused.
    if found is None or found.isoformat() != text:
        raise InvalidArgument(f"date must be a date such as '2026-12-01', not {shown(text)}")
    return found
