"""The columns of a file to import."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

__all__ = ("ATTACHMENTS", "COLUMNS", "NAMES", "REPORT", "Column", "Kind", "of_kind", "required")

Kind = Literal["one-time", "subscription"]
ATTACHMENTS = "attachments"
REPORT = ("state", "why")
"""The columns that an import adds to the rows that are left. An import ignores them."""


@frozen
class Column:
    """A column: its name, the explanation for people, and an example of each kind."""

    name: str
    text: str
    one_time: str = ""
    subscription: str = ""
    kind: Kind | None = None
    """The only kind of order that has the column. None: both kinds."""
    required: bool = False
    """True if each order of its kind needs a value."""


COLUMNS = (
    Column(
        "reference",
        "Your own number of the order, unique and never used again. At most 64 letters, digits and ._/#:+-",
        "ERP-4711",
        "ERP-4712",
        required=True,
    ),
    Column("title", "The title of the purchase.", "Laptops", "Licences", required=True),
    Column("kind", "one-time or subscription. If it is empty, the filled columns determine it.", "", "subscription"),
    Column("supplier", "The id or the name of the supplier.", "6", "6", required=True),
    Column("owner", "The id of the person who owns the purchase, or the name.", "35", "35", required=True),
    Column("nature", "The id or the name of the nature.", "1", "1", required=True),
    Column("cost_center", "The id, the name or the code of the cost center. It may be empty.", "3", "3"),
    Column("establishment", "The id or the name of the establishment. It may be empty.", "1", "1"),
    Column("department", "The id or the name of the department. It may be empty.", "14", "14"),
    Column(
        "amount",
        "The amount without taxes, such as 1250.00 or 1 250,00. In a subscription, the amount of one period.",
        "1250.00",
        "89.90",
        required=True,
    ),
    Column("currency", "The currency, such as EUR. If it is empty, EUR.", "EUR", "EUR"),
    Column("vat", "The VAT rate in percent, such as 20 or 5,5 %. If it is empty, the order has no tax.", "20", "20"),
    Column("territory", "The territory of the VAT rate, such as FR. It is needed if vat has a value.", "FR", "FR"),
    Column("cost_date", "The day of the delivery.", "2026-12-01", "", "one-time", required=True),
    Column("invoice_date", "The day of the invoice.", "2026-12-15", "", "one-time", required=True),
    Column("start_date", "The first day of the subscription.", "", "2026-12-01", "subscription", required=True),
    Column("first_invoice_date", "The day of the first invoice.", "", "2026-12-15", "subscription", required=True),
    Column("every", "The time between two invoices, such as 1 month.", "", "1 month", "subscription", required=True),
    Column(
        "duration",
        "The duration of the subscription, such as 12 months.",
        "",
        "12 months",
        "subscription",
        required=True,
    ),
    Column(
        "obligation",
        "The time for which the contract binds, such as 12 months. It may be empty.",
        "",
        "",
        "subscription",
    ),
    Column(
        "notice", "The notice to terminate the contract, such as 3 months. It may be empty.", "", "", "subscription"
    ),
    Column(
        ATTACHMENTS,
        "At most 3 files, separated by |. A path is relative to the folder of this file. It may be empty.",
    ),
    Column("comment", "A comment for the people in Lucca. It may be empty."),
    Column(
        "payment_method",
        "BankTransfer, PhysicalCard, Check, DirectDebit or SingleUseCard. It may be empty.",
        "BankTransfer",
        "BankTransfer",
    ),
    Column("axis_sections", "The ids of the sections of the analytical axes, separated by |. It may be empty."),
)
NAMES = tuple(column.name for column in COLUMNS)


def of_kind(kind: Kind) -> tuple[str, ...]:
    """Return the names of the columns that only orders of a kind have."""
    return tuple(column.name for column in COLUMNS if column.kind == kind)


def required(kind: Kind | None) -> tuple[str, ...]:
    """Return the names of the columns that an order needs. None: those that each order needs."""
    return tuple(column.name for column in COLUMNS if column.required and column.kind in (None, kind))
