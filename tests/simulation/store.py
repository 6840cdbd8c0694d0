"""The program's store: a record of each order with a version, and a `save` that behaves like real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from attrs import define, evolve, field, frozen

from lucca_procurement import Order, errors

from .chance import Chance
from .faults import Weather
from .invariants import Invariants
from .loop import Loop
from .machines import Process

__all__ = ("Habits", "Saver", "Store")


@frozen(kw_only=True)
class Habits:
    """The behaviour of a store until the weather is clear."""

    fails: float
    """The probability that a save raises, before or after it has stored the order."""
    slow: float
    """The most seconds that a save takes."""
    cancels: float
    """The probability that a save raises CancelledError by itself."""
    plain: bool
    """True if `save` is a plain function."""

    @classmethod
    def draw(cls, chance: Chance) -> Habits:
        """Return habits by chance."""
        plain = chance.happens(0.3)
        return cls(
            fails=chance.choice((0.0, 0.0, 0.0, 0.1, 0.4)),
            slow=0.0 if plain else chance.choice((0.0, 0.01, 0.5, 4.0, 12.0)),
            cancels=chance.choice((0.0, 0.0, 0.0, 0.0, 0.1)),
            plain=plain,
        )

    @classmethod
    def of_outage(cls, chance: Chance) -> Habits:
        """Return habits by chance, of a store that works."""
        return evolve(cls.draw(chance), fails=0.0, slow=0.01, cancels=0.0)

    @property
    def faultless(self) -> bool:
        """True if no save ever fails or takes long."""
        return not (self.fails or self.cancels or self.slow > 1.0)


@define(eq=False)
class Store:
    """Records by reference: the version, and the order as it was stored."""

    records: dict[str, tuple[int, bytes]] = field(factory=dict)

    def load(self, key: str) -> tuple[int, Order | None]:
        """Return the version and the order, or 0 and None if the order was never stored."""
        version, content = self.records.get(key, (0, None))
        return version, None if content is None else Order.from_json(content)

    def put(self, order: Order, version: int) -> int:
        """Store an order if nobody else has stored it since that version. Return its new version."""
        key = order.reference.lower()
        if self.records.get(key, (0, b""))[0] != version:
            raise errors.Superseded(f"somebody else has stored {order.reference}")
        self.records[key] = version + 1, order.to_json()
        return version + 1


class Saver:
    """The `save` of one process."""

    def __init__(
        self,
        loop: Loop,
        chance: Chance,
        store: Store,
        habits: Habits,
        weather: Weather,
        process: Process,
        invariants: Invariants,
    ) -> None:
        self._loop = loop
        self._chance = chance
        self._store = store
        self._habits = habits
        self._weather = weather
        self._process = process
        self._invariants = invariants
        self.versions: dict[str, int] = {}

    def load(self, key: str) -> Order | None:
        """Load an order, and continue with its version."""
        self.versions[key], order = self._store.load(key)
        return order

    def __call__(self, order: Order) -> Awaitable[None] | None:
        began = self._loop.time()
        if not self._habits.plain:
            return self._wait_and_put(order, began)
        self._put(order, began)
        return None

    async def _wait_and_put(self, order: Order, began: float) -> None:
        slow = self._habits.slow if not self._weather.clear else 0.01
        await asyncio.sleep(slow * self._chance.random())
        self._put(order, began)
        # The store has it, and the program does not know that yet.
        await asyncio.sleep(slow * self._chance.random() / 4)

    def _put(self, order: Order, began: float) -> None:
        key, habits, chance = order.reference.lower(), self._habits, self._chance
        if self._process.ghost:
            raise OSError("the process is dead")
        failing = not self._weather.clear and chance.happens(habits.fails)
        if not self._weather.clear and chance.happens(habits.cancels):
            self._process.note(f"the save of {key} raises CancelledError")
            raise asyncio.CancelledError
        late = failing and chance.happens(0.3)
        if failing and not late:
            self._process.note(f"the save of {key} fails")
            raise OSError("the disk is full")
        try:
            version = self._store.put(order, self.versions.get(key, 0))
        except errors.Superseded:
            self._process.note(f"the save of {key} finds that it was stored by another process")
            raise
        pending = "" if order.pending is None else ", pending"
        self._process.note(
            f"stores {key} as {version}: {order.step}{pending}, purchase {order.purchase_id}, "
            f"commitment {order.commitment_id}, request {order.approval_request_id}"
        )
        if late:
            self._process.note(f"the save of {key} fails after it has stored")
            raise OSError("the connection to the database is lost")
        self.versions[key] = version
        self._invariants.store(self._process, order, began)
