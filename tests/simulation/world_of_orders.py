"""The world of programs that store their orders by `save`."""

from __future__ import annotations

from .manner import Manner
from .program import Program
from .store import Habits
from .world import World

__all__ = ("WorldOfOrders",)


class WorldOfOrders(World[Habits, Program]):
    """A program that calls `submit` and `submit_many` with a `save` of its own."""

    def __init__(self, seed: int, run_number: int) -> None:
        super().__init__(seed)
        self.program = Program(
            self.loop,
            self.story,
            self.chance,
            self.lucca,
            self.weather,
            self.manner,
            self.invariants,
            self.orders,
            run_number,
            habits=self.habits,
        )

    def _manner(self, *, outage: bool) -> Manner:
        return Manner.of_outage(self.chance) if outage else Manner.draw(self.chance)

    def _habits(self, *, outage: bool) -> Habits:
        return Habits.of_outage(self.chance) if outage else Habits.draw(self.chance)

    def _check_undisturbed(self) -> None:
        """Check that each order takes 3 requests and 6 saves if there was no trouble."""
        for key, wanted in self.orders.items():
            if key not in self.program.finished:
                self.story.violate(self.loop.time(), f"{wanted.key} is not submitted at once")
        requests = sum(len(wire.sent) for wire in self.program.wires)
        saves = sum(self.invariants.saves.values())
        number = len(self.orders)
        if (requests, saves) != (3 * number, 6 * number):
            self.story.violate(
                self.loop.time(), f"{number} orders without trouble take {requests} requests and {saves} saves"
            )
