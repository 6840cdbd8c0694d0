"""The registry of orders. A process has one for each host, which all clients in all threads share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar
from urllib.parse import urlsplit

from .._wire.settings import ReferencePosition
from ..errors import InvalidArgument
from ..models import Purchase
from ..order import Order, PendingRequest, Step
from .breaker import Breaker
from .compare import carries, references_of

__all__ = ("Registry",)


class Registry:
    """Remembers the active orders of a host, the objects of each reference, and the requests in doubt."""

    _by_host: ClassVar[dict[str, Registry]] = {}
    _lock = threading.Lock()

    @classmethod
    def of(cls, base_url: str) -> Registry:
        """Return the registry of a URL's host. Different spellings of a host and port share one registry."""
        parts = urlsplit(base_url)
        host = f"{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}"
        with cls._lock:
            return cls._by_host.setdefault(host, cls())

    @classmethod
    def forget_all(cls) -> None:
        """Forget all registries, as a new process would. Tests need this, because each has its own Lucca."""
        with cls._lock:
            cls._by_host.clear()

    def __init__(self) -> None:
        self.breaker = Breaker()
        self._active: set[str] = set()
        self._purchases: dict[str, int] = {}
        self._in_doubt: dict[str, PendingRequest] = {}
        self._holders: dict[tuple[Step, int], str] = {}
        self._over: dict[str, float] = {}

    @contextmanager
    def claim(self, order: Order, *, adopting: int | None = None, resubmit: bool = False) -> Iterator[None]:
        """Reserve an order's reference for one task.

        Args:
            order: The order to process.
            adopting: The id of the purchase that a person chose for the order.
            resubmit: True if a person looked in Lucca. The order then takes over a request in doubt of its reference.

        Raises InvalidArgument if another call processes the reference. Raises it also if the reference has a purchase,
        or a request in doubt, that this order does not know, and if the order's purchase belongs to another order.
        """
        key = order.key
        with self._lock:
            known = self._purchases.get(key)
            if key in self._active:
                raise InvalidArgument(
                    f"another call processes an order with the reference {order.reference}: await that call first",
                    purchase_id=known,
                )
            continues = order.purchase_id is None and order.pending is not None and adopting is None
            if known not in (None, order.purchase_id, adopting) and not continues:
                raise InvalidArgument(
                    f"the reference {order.reference} has the purchase {known} already: load the stored order, or take"
                    f" that purchase by orders.adopt(order, {known}); a new order needs a new reference",
                    purchase_id=known,
                )
            doubt = self._in_doubt.get(key)
            if doubt is not None and adopting is None and order.purchase_id is None and order.pending is None:
                if not resubmit:
                    raise InvalidArgument(
                        f"an earlier request may have created the purchase of the reference {order.reference}: submit"
                        " the order object of that request, or its stored copy, or look in Lucca and submit this one"
                        " with resubmit=True"
                    )
                order.pending = doubt
            if order.purchase_id is not None:
                owner = self._holders.get((Step.PURCHASE, order.purchase_id), key)
                if owner != key:
                    raise InvalidArgument(
                        f"purchase {order.purchase_id} belongs to the order {owner}", purchase_id=order.purchase_id
                    )
            self._active.add(key)
        try:
            self.remember(order)
            yield
        finally:
            self.remember(order)
            with self._lock:
                self._active.discard(key)
                if order.purchase_id is None and order.pending is not None:
                    self._in_doubt[key] = order.pending
                elif order.purchase_id is not None or adopting is None:
                    self._in_doubt.pop(key, None)

    def remember(self, order: Order) -> None:
        """Remember the objects of an order."""
        with self._lock:
            if order.purchase_id is not None:
                self._purchases[order.key] = order.purchase_id
            for step, id in (
                (Step.PURCHASE, order.purchase_id),
                (Step.COMMITMENT, order.commitment_id),
                (Step.REQUEST, order.approval_request_id),
            ):
                if id is not None:
                    self._holders.setdefault((step, id), order.key)

    def introduce(self, order: Order) -> None:
        """Remember whose the purchase of an order is, if nobody else has it.

        The reference stays free: the order is from a store, and another process may know more of it.
        """
        with self._lock:
            if order.purchase_id is not None:
                self._holders.setdefault((Step.PURCHASE, order.purchase_id), order.key)

    def purchase_of(self, order: Order) -> int | None:
        """Return the id of the purchase of an order's reference, or None if it is not known."""
        with self._lock:
            return self._purchases.get(order.key)

    def holder(self, step: Step, id: int, order: Order) -> str | None:
        """Return the reference of another order that holds the object of a step, or None if there is none.

        Args:
            step: The step that creates the object.
            id: The id of the object.
            order: The order that asks.
        """
        with self._lock:
            key = self._holders.get((step, id))
        return None if key == order.key else key

    def is_foreign(self, purchase: Purchase, order: Order, reference_at: ReferencePosition) -> bool:
        """Return True if a purchase belongs to another order, by its id or by the reference in its title.

        A purchase that carries the order's own reference is not foreign, even if another order holds it. In this case,
        the server exchanged the answers to two orders, and a person has to look.

        Args:
            purchase: The purchase.
            order: The order that looks for its purchase.
            reference_at: The position of the reference in a title, `front` or `end`.
        """
        if carries(purchase.title, order.reference, reference_at):
            return False
        if self.holder(Step.PURCHASE, purchase.id, order) is not None:
            return True
        front, end = references_of(purchase.title)
        carried = front if reference_at == "front" else end
        with self._lock:
            return carried in (self._active | self._in_doubt.keys() | self._purchases.keys())

    def over_since(self, pending: PendingRequest, now: float) -> float:
        """Return the time by this process's monotonic clock since which a request is over.

        A request of another process counts as over since this process first saw it, because the clocks of two machines
        cannot be compared.

        Args:
            pending: The request.
            now: The time of the monotonic clock, in seconds. It is noted if this process sees the request first now.
        """
        with self._lock:
            return self._over.setdefault(pending.token, now)
