"""The approved order."""

from __future__ import annotations

from attrs import define


@define
class Order:
    """What to create and what is known of it."""
