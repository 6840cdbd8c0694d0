"""A store as the first version of its table made it: literal, so that no later change of the package can change it."""

from __future__ import annotations

STORED = (
    '{"version": 2, "purchase": {"ownerId": 35, "natureId": 1, "supplier": {"id": 6}, "title": "Laptops", '
    '"costCenterId": 3, "establishmentId": 1, "departmentId": 14, "axisSectionIds": [361]}, "commitment": {"type": '
    '"OneTimeCommitment", "state": "Created", "costDate": "2025-04-14", "invoiceDate": "2025-04-14", '
    '"amountIncludingTaxes": {"excludingTaxes": {"value": {"decimal": "120"}, "currency": "EUR"}, "taxes": []}, '
    '"attachmentIds": [], "comment": "Comment", "paymentMethod": null}, "reference": "PO-1", "allow_unlisted": '
    'false, "purchase_id": 17, "commitment_id": null, "approval_request_id": null, "title": "[PO-1] Laptops", '
    '"decided_by": null, "step": "commitment", "decision": null, "pending": null}'
)
"""An order whose purchase exists, as the first version stored it."""
_INSERT = f"""
INSERT INTO lucca_orders VALUES (
    'example.ilucca.net', 'po-1', 'PO-1', 3, 'submitting', 'a note', 17, 'orders.csv:2', '{STORED}',
    '2026-11-01 10:00:00.000001+00:00', '2026-11-01 10:00:05.000002+00:00'
)
"""
VERSION_1 = {
    "sqlite": (
        """
        CREATE TABLE lucca_orders (
            host TEXT NOT NULL, key TEXT NOT NULL, reference TEXT NOT NULL, version INTEGER NOT NULL,
            state TEXT NOT NULL,
            note TEXT NOT NULL, purchase_id INTEGER, source TEXT, stored TEXT NOT NULL, created_at TEXT NOT NULL,
            changed_at TEXT NOT NULL, PRIMARY KEY (host, key)
        )
        """,
        _INSERT,
        "PRAGMA user_version = 1",
    ),
    "postgres": (
        """
        CREATE TABLE lucca_orders (
            host text NOT NULL, key text NOT NULL, reference text NOT NULL, version bigint NOT NULL,
            state text NOT NULL,
            note text NOT NULL, purchase_id bigint, source text, stored json NOT NULL, created_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL, PRIMARY KEY (host, key)
        )
        """,
        _INSERT,
        "CREATE TABLE lucca_orders_version AS SELECT 1 AS version",
    ),
}
"""The statements that make a store of version 1 with one order, by the kind of the store."""
