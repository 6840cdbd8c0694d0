"""Print tables of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from .._wire.text import printable
from ..models import AmountRead, DualTaxedAmount, Purchase, UnknownCommitment

__all__ = ("amount_of", "print_table", "shown_amount")


def print_table(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table. Where there is no terminal, no line is cut.

    Args:
        columns: The names of the columns.
        rows: The cells.
    """
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=500)
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for row in rows:
        table.add_row(*map(printable, row))
    console.print(table)


def amount_of(purchase: Purchase) -> AmountRead | None:
    """Return the amount of a purchase in its own currency: without taxes, if the list shows that."""
    commitment = purchase.commitment
    taxed = None if isinstance(commitment, UnknownCommitment) or not commitment else commitment.amount_including_taxes
    side = taxed.base if isinstance(taxed, DualTaxedAmount) else taxed
    if side and (found := side.excluding_taxes or side.including_taxes):
        return found
    for dual in (purchase.committed_amount, purchase.requested_amount, purchase.confirmed_amount):
        if dual and dual.base and dual.base.value:
            return dual.base
    return None


def shown_amount(purchase: Purchase) -> str:
    """Return the amount of a purchase as text. It is empty if the list shows none."""
    amount = amount_of(purchase)
    return f"{amount.value} {amount.currency}" if amount else ""
