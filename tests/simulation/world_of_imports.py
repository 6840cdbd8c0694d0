"""The world of imports, which store their orders by the product's stores."""

from __future__ import annotations

from unittest import mock

import psycopg
from attrs import evolve

from lucca_procurement.stores import _postgres

from .database import Condition, Database
from .imports import Imports, Routine
from .ledger import Ledger
from .manner import Manner
from .story import Story
from .world import World

__all__ = ("WorldOfImports",)


class WorldOfImports(World[Condition, Imports]):
    """Processes on several machines that place the same orders by one store."""

    def __init__(self, seed: int, run_number: int) -> None:
        super().__init__(seed)
        chance, traits, manner = self.chance, self.lucca.traits, self.manner
        routine = Routine.draw(chance)
        # A client that does not see all references and states cannot know what exists of a lost order.
        shows = traits.shows_references and traits.reads_whole and traits.says_state and not traits.hidden
        if manner.meets_outage or not shows or manner.reference_at == "end":
            routine = evolve(routine, loss="none")
        if manner.meets_outage:
            routine = evolve(routine, leads=False, corrects=False, stalls=0.0)
        if routine.corrects:
            self.orders.update({key: wanted.with_correction() for key, wanted in self.orders.items()})
        if routine.refreshes and not manner.meets_outage:
            self.lucca.listeners.append(self.people.decide)
        for purchase in self.lucca.purchases.values():
            # A purchase of somebody else with an order's reference and content passes for the order's own.
            purchase.body["natureId"] = 3
        self.undisturbed &= not routine.stalls and not routine.corrects and routine.loss == "none"
        self.database = database = Database(self.loop, self.story, chance, self.weather, self.habits)
        # A server may do the last statement of a killed process later.
        alone = manner.workers == 1 and not (manner.doubles or manner.cancels or routine.corrects)
        alone &= not manner.kills or self.habits.kind == "file"
        self.program = Imports(
            self.loop,
            self.story,
            chance,
            self.lucca,
            self.weather,
            manner,
            self.invariants,
            self.orders,
            run_number,
            database=database,
            ledger=Ledger(database, self.invariants, alone=alone),
            routine=routine,
        )
        self.story.note(0.0, "seed", str(routine))

    def run(self) -> Story:
        with (
            mock.patch.object(psycopg.AsyncConnection, "connect", self.database.connect),
            mock.patch.object(_postgres, "_prepare", mock.AsyncMock()),
            mock.patch.object(_postgres, "monotonic", self.loop.time),
        ):
            try:
                return super().run()
            finally:
                self.database.close()

    def _manner(self, *, outage: bool) -> Manner:
        chance = self.chance
        if outage:
            return evolve(Manner.of_outage(chance), clients=1)
        return evolve(
            Manner.draw(chance),
            orders=chance.choice((1, 1, 2, 2, 3, 5)),
            workers=chance.choice((1, 2, 2)),
            doubles=chance.happens(0.2),
            clients=1,
            acts=(),
            slips=False,
            source_fails=False,
        )

    def _habits(self, *, outage: bool) -> Condition:
        return Condition.of_outage(self.chance) if outage else Condition.draw(self.chance)

    def _check_undisturbed(self) -> None:
        """Check that each order takes 3 requests that create, and 6 saves, if there was no trouble."""
        # If a purchase of somebody else carries the reference of an order, the order needs a person.
        keys = [key for key in self.orders if not self.program.is_taken(key)]
        sends, saves = (sum(counted[key] for key in keys) for counted in (self.invariants.sends, self.invariants.saves))
        number = len(keys)
        if (sends, saves) != (3 * number, 6 * number):
            self.story.violate(
                self.loop.time(), f"{number} orders without trouble take {sends} creates and {saves} saves"
            )
