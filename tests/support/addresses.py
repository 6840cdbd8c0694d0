"""The addresses of the API."""

from __future__ import annotations

HOST = "https://example.ilucca.net"
"""A host that no test reaches."""
PROCUREMENT = "/cleemy-procurement/api"
PURCHASES = f"{PROCUREMENT}/purchases"
NATURES = f"{PROCUREMENT}/natures"
RATES = "/cleemy-procurement/taxes/api/rates"
UPLOADS = "/lucca-files/api/uploads"
JSON = {"Content-Type": "application/json"}
"""The header of a request with a body of JSON."""
