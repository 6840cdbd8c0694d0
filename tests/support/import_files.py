"""Files to import with the command."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

HEADER = (
    "reference;title;supplier;owner;nature;cost_center;establishment;department;amount;vat;territory;cost_date;"
    "invoice_date;attachments"
)


def row(reference: str, **changes: str) -> str:
    """Return a line of a file to import."""
    cells = {"reference": reference, "title": f"Laptop {reference}", "supplier": "6", "owner": "35", "nature": "1"}
    cells |= {"cost_center": "3", "establishment": "1", "department": "14", "amount": "1 250,00", "vat": "20"}
    cells |= {"territory": "FR", "cost_date": "2026-12-01", "invoice_date": "2026-12-15", **changes}
    return ";".join(cells.get(name, "") for name in HEADER.split(";"))


def write_rows(path: Path, rows: Iterable[str]) -> None:
    """Write a file to import."""
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
