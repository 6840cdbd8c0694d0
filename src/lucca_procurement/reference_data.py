"""What an order refers to: tax rates, suppliers, natures and cost centers. Read only."""

from __future__ import annotations

from datetime import date as _date
from decimal import Decimal

from lucca_procurement_api import api
from lucca_procurement_api.types import UNSET

from . import taxes
from ._wire.session import Session
from .errors import InvalidArgument
from .models import CostCenter, Nature, Supplier, SupplierState, TaxRate
from .pages import Paginator, Token, paginate

__all__ = ("CostCenters", "Natures", "Suppliers", "TaxRates")


class TaxRates:
    """`lucca.tax_rates`: what taxes there are on a day in a territory."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list(self, date: _date, territory_id: str | int) -> list[TaxRate]:
        """List the rates in force on a day, in a territory as `FR` or by its number: the documentation shows both."""
        return await self._session(api.list_tax_rates, date=date, territory_id=territory_id)

    async def find(
        self, date: _date, territory_id: str | int, percentage: Decimal | int | str, *, name: str | None = None
    ) -> TaxRate:
        """Find the one rate of a percentage, as a fraction (`Decimal("0.2")` is 20 %), on a day in a territory.

        `name` is that of the rate's kind (`rateType.name`), where several kinds have the same percentage. Raises
        NoTaxRate, with the rates there are, unless exactly one fits.
        """
        wanted = taxes.fraction(percentage)
        return taxes.find_rate(await self.list(date, territory_id), wanted, name=name)


class Suppliers:
    """`lucca.suppliers`: whom to buy from. They hold bank accounts and addresses: log nothing of them but the id."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def iterate(
        self,
        page_size: int = 100,
        start: Token = None,
        *,
        state: SupplierState | str | None = None,
        search: str | None = None,
    ) -> Paginator[Supplier]:
        """List suppliers, of one state (`Active`, `Archived`) and by words (`search.terms`) if given."""
        if not isinstance(state, str | None) or not isinstance(search, str | None):
            raise InvalidArgument("state and search must be text, or None to leave them out")
        chosen = UNSET if state is None else SupplierState(state)
        terms = UNSET if search is None else search
        return paginate(self._session, api.list_suppliers, page_size, start, state=chosen, search_terms=terms)


class Natures:
    """`lucca.natures`: what kinds of things are bought."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def iterate(self, page_size: int = 100, start: Token = None) -> Paginator[Nature]:
        """List natures."""
        return paginate(self._session, api.list_natures, page_size, start)


class CostCenters:
    """`lucca.cost_centers`: who bears the cost."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def iterate(self, page_size: int = 100, start: Token = None) -> Paginator[CostCenter]:
        """List cost centers."""
        return paginate(self._session, api.list_cost_centers, page_size, start)
