"""Which purchase of a list is an order's own, as pure functions. What cannot be told apart is left to the caller."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from ..models import UNSET, Purchase
from ..order import Order

__all__ = ("Match", "Window", "match")

_MINUTE = 60.0


@frozen
class Window:
    """When the order's purchase can have been created, in epoch seconds of the server's clock."""

    since: float
    until: float

    def holds(self, purchase: Purchase, *, margin: float = 0.0) -> bool:
        """Tell whether a purchase was created then, or does not say when."""
        created = created_at(purchase)
        return created is None or self.since - margin <= created <= self.until + margin


@frozen
class Match:
    """The order's own purchase, if it can be told, and else those that may be it."""

    own: Purchase | None
    candidates: tuple[Purchase, ...] = ()


def match(
    order: Order, purchases: Iterable[Purchase], window: Window, *, taken: Collection[int], certain: bool
) -> Match:
    """Find the order's purchase.

    `taken` are the ids of purchases that belong to other orders. `certain` is false where another order of the same
    content is on its way, or where not all of the list was seen: without a reference, nothing is taken then.
    """
    purchases = [*purchases]
    if order.reference is not None:
        free = [purchase for purchase in purchases if purchase.id not in taken]
        alike = [purchase for purchase in free if _same_but_title(purchase, order)]
        bearing = [purchase for purchase in free if _bears(purchase, order.reference)]
        recent = [purchase for purchase in bearing if window.holds(purchase)]
        own = [purchase for purchase in recent if not purchase.commitment and _same_but_title(purchase, order)]
        if len(own) == len(recent) == 1:
            return Match(own[0])
        # A title that was cut off holds the reference no more: it may be the one all the same.
        cut = [purchase for purchase in alike if window.holds(purchase) and _is_cut(purchase, order)]
        return Match(None, tuple({purchase.id: purchase for purchase in [*bearing, *cut]}.values()))
    # Without a reference, this order loaded again looks like another one: what it had made is among the taken then.
    candidates = tuple(
        purchase
        for purchase in purchases
        if _same_but_title(purchase, order)
        and window.holds(purchase, margin=_MINUTE)
        and (_is_same(purchase, order) or _is_cut(purchase, order))
    )
    near = [purchase for purchase in candidates if purchase.id not in taken]
    own = [
        purchase
        for purchase in near
        if created_at(purchase) is not None
        and window.holds(purchase)
        and _is_same(purchase, order)
        and not purchase.commitment
    ]
    if certain and len(own) == len(near) == 1:
        return Match(own[0])
    return Match(None, candidates)


def created_at(purchase: Purchase) -> float | None:
    """Give when a purchase was created, in epoch seconds of the server's clock."""
    created = purchase.created_at
    if not isinstance(created, datetime):
        return None
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp()


def _bears(purchase: Purchase, reference: str) -> bool:
    """Tell whether the reference is in the title as a whole token, however a server has trimmed or escaped it."""
    title, token = purchase.title or "", f"[{reference}]"
    return token in title or _plain(token) in _plain(title)


def _is_same(purchase: Purchase, order: Order) -> bool:
    return _plain(purchase.title or "") == _plain(order.title)


def _is_cut(purchase: Purchase, order: Order) -> bool:
    found, sent = _plain(purchase.title or "").rstrip(".… "), _plain(order.title)
    return bool(found) and found != sent and sent.startswith(found)


def _plain(title: str) -> str:
    """Give a title as it was before a server escaped or trimmed it."""
    return " ".join(html.unescape(title).split())


def _same_but_title(purchase: Purchase, order: Order) -> bool:
    """Compare what the purchase tells of itself; what it does not tell contradicts nothing."""
    wanted = order.purchase
    pairs: list[tuple[Any, Any]] = [
        (_id(purchase.owner), wanted.owner_id),
        (_id(purchase.nature), wanted.nature_id),
        (_id(purchase.cost_center), wanted.cost_center_id),
        (_id(purchase.establishment), wanted.establishment_id),
        (_id(purchase.department), wanted.department_id),
        (_id(purchase.supplier), wanted.supplier.id),
    ]
    if wanted.supplier.id is UNSET and purchase.supplier:
        pairs.append((purchase.supplier.name, wanted.supplier.name))
    return all(found == sent for found, sent in pairs if found not in (None, UNSET) and sent is not UNSET)


def _id(reference: Any) -> Any:
    return reference.id if reference else None
