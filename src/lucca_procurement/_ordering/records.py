"""The record of an order in a store, and the protocol of a store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from attrs import evolve, frozen

from .._wire.text import cut, printable
from ..errors import ConfigurationError, Needs
from ..order import Order, Step

__all__ = (
    "OrderStore",
    "PerStore",
    "Record",
    "State",
    "bind",
    "corrected",
    "late_corrections",
    "note_of_differences",
    "state_of",
)

V = TypeVar("V")


class State(StrEnum):
    """The state of an order, for people. Each save derives it from the order and from the error that stopped it."""

    WAITING = "waiting"
    """No request was sent. The order waits for its turn."""
    SUBMITTING = "submitting"
    """A request was sent, and the order is not submitted yet. It continues without a person."""
    SUBMITTED = "submitted"
    """All three objects exist. The order waits for its decision."""
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Lucca rejected the order. It has to be corrected."""
    NEEDS_A_LOOK = "needs_a_look"
    """A person has to look in Lucca: a purchase may or may not be the order's."""


_STOPPED: dict[Needs, State] = {"correction": State.FAILED, "person": State.NEEDS_A_LOOK}
_TOO_LATE = "not corrected, because it was already sent: "
_LEFT_OUT = object()
_MOST_STORES = 4


@frozen(kw_only=True)
class Record:
    """An order as a store holds it."""

    order: Order
    version: int
    """The number of the save, from 1. `replace` succeeds only if the store still holds this version."""
    state: State
    note: str
    """The reason why the order stopped, or a correction that came too late. Otherwise, it is empty."""
    source: str | None
    """The place that the order came from, such as `orders.csv:17`."""
    created_at: datetime
    changed_at: datetime
    differences: tuple[str, ...] = ()
    """The members that `add` could not correct, because they were already sent. The store does not hold them."""

    @property
    def reference(self) -> str:
        """The reference of the order, as it was written."""
        return self.order.reference


class OrderStore(Protocol):
    """A store of orders. `SQLiteOrders` and `PostgresOrders` are stores, and an application can write another one."""

    host: str | None
    """The host of the orders. If it is None, the first client that uses the store sets it."""

    async def add(self, order: Order, source: str | None = None) -> Record:
        """Insert an order, or load the record of its reference, and return the record.

        If the store has the reference, the parts that were not sent yet become those of `order`. The record's
        `differences` are the members that were already sent and differ.

        Args:
            order: The order. The store keeps a copy. If the store has the reference, the stored progress counts.
            source: The place that the order comes from.
        """
        ...

    async def load(self, reference: str) -> Record | None:
        """Return the record of a reference, or None if there is none.

        Args:
            reference: The reference. Case is ignored.
        """
        ...

    async def replace(self, record: Record, order: Order, note: str = "", needs: Needs | None = None) -> Record:
        """Store a new state of an order, and return the new record. When it returns, the state is on the disk.

        Args:
            record: The record to replace.
            order: The order, with the record's reference.
            note: The reason why the order stopped.
            needs: `OrderIncomplete.needs`, if the order stopped.

        Raises Superseded if the store holds another version than that of `record`.
        """
        ...

    def records(self, *states: State) -> AsyncIterator[Record]:
        """Yield the records in the order in which they were added.

        Args:
            states: The states of the records. If there are none, all records.
        """
        ...

    async def counts(self) -> dict[State, int]:
        """Return the number of records in each state."""
        ...

    def lead(self, wait: bool = False) -> AbstractAsyncContextManager[None]:
        """Hold the lead while a block runs: one import at a time. `async with store.lead(): ...`.

        Args:
            wait: True to wait until the lead is free.

        Raises StoreInUse if another import has the lead, and `wait` is False.
        """
        ...


def bind(store: OrderStore, host: str) -> None:
    """Let a store work for a host. Raises ConfigurationError if it works for another one.

    Args:
        store: The store.
        host: The host of a client.
    """
    if store.host is None:
        store.host = host
    elif store.host != host:
        raise ConfigurationError(f"the store is for the host {store.host}, and this client's host is {host}")


class PerStore(Generic[V]):
    """A value for each of the stores that were used last. A store of a caller may be a class that has no hash.

    Args:
        make: Returns the first value of a store.
    """

    def __init__(self, make: Callable[[], V]) -> None:
        self._make = make
        self._values: list[tuple[OrderStore, V]] = []

    def of(self, store: OrderStore) -> V:
        """Return the value of a store."""
        for known, value in self._values:
            if known is store:
                return value
        value = self._make()
        # A caller that opens a store for each call must not fill the memory.
        self._values = [*self._values[1 - _MOST_STORES :], (store, value)]
        return value


def state_of(order: Order, needs: Needs | None) -> State:
    """Return the state of an order.

    Args:
        order: The order.
        needs: The need of the order, if it stopped.
    """
    if order.decision is not None:
        return State(order.decision)
    if needs in _STOPPED:
        return _STOPPED[needs]
    if order.step is Step.SUBMITTED:
        return State.SUBMITTED
    begun = order.pending is not None or order.purchase_id is not None
    return State.SUBMITTING if begun else State.WAITING


def corrected(stored: Order, given: Order) -> tuple[Order, tuple[str, ...]]:
    """Return a stored order with the parts of another one that were not sent yet, and the differences of the others.

    If no part changes, it returns `stored` itself.

    Args:
        stored: The order as it is stored.
        given: The order as it should be.
    """
    over = stored.decision is not None
    sent = {
        "purchase": over or stored.step is not Step.PURCHASE or stored.pending is not None,
        "commitment": over
        or stored.step in (Step.REQUEST, Step.SUBMITTED)
        or (stored.step is Step.COMMITMENT and stored.pending is not None),
    }
    changes: dict[str, Any] = {}
    differences: list[str] = []
    for name, is_sent in sent.items():
        part = getattr(given, name)
        found = [*_differences(getattr(stored, name).to_dict(), part.to_dict())]
        if found and is_sent:
            differences += found
        elif found:
            changes[name] = part
    if not changes:
        return stored, tuple(differences)
    # A part that was sent keeps the permission that it was sent with.
    unlisted = given.allow_unlisted or (stored.allow_unlisted and any(sent.values()))
    return evolve(stored, **changes, allow_unlisted=unlisted), tuple(differences)


def note_of_differences(differences: tuple[str, ...]) -> str:
    """Return the note about corrections that came too late. If there are none, it is empty."""
    return cut(printable(f"{_TOO_LATE}{'; '.join(differences)}")) if differences else ""


def late_corrections(record: Record) -> str:
    """Return the note of a record about corrections that came too late. If there are none, it is empty.

    Args:
        record: The record. If it has no `differences`, an earlier `add` may have found some: its note has them.
    """
    _, found, late = record.note.partition(_TOO_LATE)
    return note_of_differences(record.differences) or found + late


def _differences(stored: Any, given: Any, path: str = "") -> Iterator[str]:
    if isinstance(stored, dict) and isinstance(given, dict):
        for name in [*stored, *(name for name in given if name not in stored)]:
            # Null and a member that is left out are not the same to a server.
            pair = stored.get(name, _LEFT_OUT), given.get(name, _LEFT_OUT)
            yield from _differences(*pair, f"{path}.{name}" if path else name)
    elif stored != given:
        yield f"{path} is {_shown(stored)}, not {_shown(given)}"


def _shown(value: Any) -> str:
    return "left out" if value is _LEFT_OUT else cut(str(value), 100)
