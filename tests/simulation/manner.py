"""The way in which the program works in one run: how many processes, and what happens to them."""

from __future__ import annotations

from typing import Literal

from attrs import evolve, frozen

from .acts import KINDS
from .chance import Chance

__all__ = ("Manner",)


@frozen(kw_only=True)
class Manner:
    """The way in which the program works in one run."""

    orders: int
    many: int
    """The concurrency of `submit_many`. If 0, each order is submitted by itself."""
    workers: int
    """The number of processes that work on the same records at once."""
    attempts: int
    """The number of times that a process submits each order before the weather clears."""
    rate: int | None
    timeout: float
    reference_at: Literal["front", "end"]
    clients: int
    """The number of clients of a process."""
    kills: int
    pauses: int
    cancels: int
    steps: int
    """The numbers of these events: a process is killed, paused, one of its calls is cancelled, its clock is stepped."""
    reach: int
    """Each of these events is drawn within the first 20, 80 or this number of ticks."""
    trusts: bool
    """True if the caller follows the advice of an error and does not look in Lucca."""
    careless: bool
    """True if the caller always passes `resubmit` when a purchase is in doubt, and never looks."""
    doubles: bool
    """True if the program sometimes makes a second object of one order."""
    acts: tuple[str, ...]
    """The acts of the program besides `submit`."""
    slips: bool
    """True if the program also submits an order that cannot be sent."""
    source_fails: bool
    """True if the source of the orders of `submit_many` raises in the middle."""
    meets_outage: bool = False
    """True if many orders meet an outage and no other trouble."""
    revoked: tuple[float, float] | None
    """The begin and end of the time in which the key is not valid."""

    @classmethod
    def draw(cls, chance: Chance) -> Manner:
        """Return a manner by chance."""
        rough = chance.choice((0.0, 0.2, 0.6))
        begin = chance.uniform(0.0, 2.0)
        return cls(
            orders=chance.choice((1, 1, 1, 2, 2, 3)),
            many=chance.choice((0, 0, 1, 2, 8)),
            workers=2 if chance.happens(0.2) else 1,
            attempts=chance.choice((1, 1, 2, 4)),
            rate=chance.choice((None, None, 50, 6)),
            timeout=chance.choice((30.0, 30.0, 6.0)),
            reference_at="end" if chance.happens(0.1) else "front",
            clients=chance.choice((1, 1, 2)),
            kills=chance.choice((1, 1, 2, 3)) if chance.happens(rough) else 0,
            pauses=chance.choice((1, 2)) if chance.happens(rough) else 0,
            cancels=chance.choice((1, 2)) if chance.happens(rough) else 0,
            steps=chance.choice((1, 2)) if chance.happens(rough) else 0,
            reach=chance.choice((20, 80, 200)),
            trusts=chance.happens(0.5),
            careless=chance.happens(0.1),
            doubles=chance.happens(0.1),
            acts=chance.some(KINDS, 0.3) if chance.happens(0.3) else (),
            slips=chance.happens(0.05),
            source_fails=chance.happens(0.1),
            revoked=(begin, begin + chance.choice((1.0, 60.0))) if chance.happens(0.05) else None,
        )

    @classmethod
    def of_outage(cls, chance: Chance) -> Manner:
        """Return a manner by chance, with a long list of orders that meets an outage and no other trouble."""
        return evolve(
            cls.draw(chance),
            orders=24,
            many=chance.choice((1, 2, 4, 8)),
            workers=1,
            attempts=1,
            kills=0,
            pauses=0,
            cancels=0,
            steps=0,
            doubles=False,
            acts=(),
            slips=False,
            source_fails=False,
            meets_outage=True,
            revoked=None,
        )

    @property
    def calm(self) -> bool:
        """True if the program does nothing that could cost an order a request."""
        rough = self.kills or self.pauses or self.cancels or self.steps or self.doubles or self.revoked
        return not (rough or self.acts or self.slips or self.source_fails) and self.workers == 1
