"""The ways in which an exchange goes wrong: each row of the design's table of outcomes, before or after the work."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum

from attrs import define, field, frozen

from .chance import Chance
from .story import EPOCH
from .traits import LATEST_WORK

__all__ = ("ANSWERED", "CREATES", "Ending", "Fate", "Weather")

CREATES = ("create_purchase", "create_commitment", "create_request")


class Ending(StrEnum):
    """The end of an exchange, as the client sees it."""

    ANSWER = "its answer"
    UNREACHED = "no connection"
    RESET = "a reset connection"
    BROKEN = "a protocol error"
    SILENCE = "a read timeout"
    HANG = "nothing until its deadline"
    CUT = "a cut body"
    DRIP = "a body that stops in the middle"
    GARBLED = "a garbled body"
    EMPTY = "an empty body"
    WITHOUT_ID = "a body without id"
    PAGE = "a page in HTML"
    OTHERS_ID = "the id of another order's purchase"
    CROSSED = "the answer of another request"
    THROTTLED = "429"
    TOO_EARLY = "425"
    MISDIRECTED = "421"
    REFUSED = "a refusal"
    REDIRECTED = "a redirect"
    GIVEN_UP = "408"
    FAILED = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    CACHED = "503 with Retry-After and HTML"
    GATEWAY_TIMEOUT = "504"
    ODD = "520"
    OVERLOADED = "529"


UNDONE = (Ending.UNREACHED, Ending.THROTTLED, Ending.TOO_EARLY, Ending.MISDIRECTED, Ending.REFUSED)
"""Endings after which nothing is done, and the client may know that."""
ACCEPTED = (Ending.CUT, Ending.DRIP, Ending.GARBLED, Ending.EMPTY, Ending.WITHOUT_ID, Ending.OTHERS_ID, Ending.CROSSED)
"""Endings whose status says that the work was done."""
ANSWERED = (Ending.ANSWER, *ACCEPTED)
"""Endings for which the client waits until the work is done."""
UNKNOWN = tuple(each for each in Ending if each not in (*UNDONE, *ACCEPTED, Ending.ANSWER))
STATUS = {
    Ending.THROTTLED: 429,
    Ending.TOO_EARLY: 425,
    Ending.MISDIRECTED: 421,
    Ending.GIVEN_UP: 408,
    Ending.FAILED: 500,
    Ending.BAD_GATEWAY: 502,
    Ending.UNAVAILABLE: 503,
    Ending.CACHED: 503,
    Ending.GATEWAY_TIMEOUT: 504,
    Ending.ODD: 520,
    Ending.OVERLOADED: 529,
}


RETRY_AFTER = (None, "0", "1", "2.5", "30", "110", "5000", "60000", "soon", "-3", "", "Fri, 31 Dec 2099 23:59:59 GMT")
"""Forms of the header `Retry-After`. Some are absurd."""


@frozen(kw_only=True)
class Fate:
    """The course of one exchange."""

    ending: Ending = Ending.ANSWER
    does: bool = True
    """True if Lucca does the work."""
    survives: bool = True
    """True if Lucca does the work even if the client ends the exchange before."""
    work: float = 0.1
    """The time of the work, in seconds after the request has left."""
    end: float = 0.2
    """The time when the client sees the ending, in seconds after the request has left."""
    status: int = 0
    retry_after: str | None = None

    def __str__(self) -> str:
        done = f"done after {self.work:.2f} s" if self.does else "not done"
        return f"{self.ending} after {self.end:.2f} s, {done}" + (
            f", Retry-After: {self.retry_after}" if self.retry_after else ""
        )


@define
class Weather:
    """The state of the connections to Lucca. `clear` ends all trouble for good."""

    chance: Chance
    endings: tuple[Ending, ...]
    read_trouble: float
    create_trouble: float
    """The probability that a create meets one of the endings. `read_trouble` is the same for reads."""
    aimed: tuple[str, int] | None
    """The operation and number of one create that certainly meets trouble."""
    slow: float
    """The probability that an exchange takes seconds."""
    outage: tuple[float, float] | None
    """The begin and end of an outage. In it, creates fail and reads work."""
    outage_does: float = 0.5
    """The probability that the work of a create that fails in the outage is done all the same."""
    clear: bool = False
    counts: dict[str, int] = field(factory=dict)

    def __str__(self) -> str:
        out = f"{self.outage}, of which {self.outage_does} are done"
        trouble = f"creates {self.create_trouble}, reads {self.read_trouble}, aimed at {self.aimed}, slow {self.slow}"
        return f"trouble: {trouble}, outage {out}, of {', '.join(map(repr, map(str, self.endings)))}"

    @classmethod
    def draw(cls, chance: Chance) -> Weather:
        """Return weather by chance. Few kinds of trouble at a time test more than all of them at once."""
        if chance.happens(0.1):
            return cls(chance, (), 0.0, 0.0, None, 0.0, None)
        troubled = chance.choice((0.0, 0.15, 0.15, 0.5, 0.9))
        outage = None
        if chance.happens(0.1):
            begin = chance.uniform(0.0, 10.0)
            outage = begin, begin + chance.choice((60.0, 600.0))
        endings = tuple(each for each in Ending if each is not Ending.ANSWER)
        return cls(
            chance,
            chance.some(endings, chance.choice((0.1, 0.3, 1.0))) or (chance.choice(endings),),
            read_trouble=chance.choice((0.0, 0.0, 0.1, 0.5)) if troubled else 0.0,
            create_trouble=troubled,
            aimed=(chance.choice(CREATES), chance.choice((1, 1, 2))) if chance.happens(0.5) else None,
            slow=chance.choice((0.0, 0.0, 0.2)),
            outage=outage,
        )

    @classmethod
    def of_outage(cls, chance: Chance) -> Weather:
        """Return weather by chance in which creates fail for a while, and nothing else fails."""
        # The outage must begin before the program has submitted all orders.
        begin = chance.choice((0.0, 1.0, 4.0)) * chance.random()
        outage = begin, begin + chance.choice((60.0, 600.0, 3600.0))
        return cls(
            chance,
            chance.some(UNKNOWN, 0.3) or (Ending.HANG,),
            0.0,
            0.0,
            None,
            0.0,
            outage,
            chance.choice((0.0, 0.0, 0.5, 1.0)),
        )

    @property
    def fair(self) -> bool:
        """True if nothing can go wrong in this weather from the beginning."""
        return not (self.create_trouble or self.read_trouble or self.aimed or self.outage)

    def fate(self, operation: str, now: float) -> Fate:
        """Return the fate of the next exchange of an operation, by chance."""
        chance = self.chance
        number = self.counts[operation] = self.counts.get(operation, 0) + 1
        creates = operation in CREATES
        work = chance.uniform(0.02, 0.3)
        answered = work + chance.uniform(0.02, 0.2)
        if self.clear:
            return Fate(work=work, end=answered)
        if chance.happens(self.slow):
            work = chance.uniform(0.0, LATEST_WORK)
            answered = work + chance.uniform(0.0, 8.0)
        out = creates and self.outage is not None and self.outage[0] <= now < self.outage[1]
        trouble = self.create_trouble if creates else self.read_trouble
        if not (out or chance.happens(trouble) or self.aimed == (operation, number)):
            return Fate(work=work, end=answered)
        endings = [each for each in self.endings if each in UNKNOWN] or [Ending.CACHED] if out else self.endings
        ending = chance.choice(endings)
        done = ending in ACCEPTED or (ending not in UNDONE and chance.happens(self.outage_does if out else 0.5))
        return Fate(
            ending=ending,
            does=done,
            survives=chance.happens(0.7),
            # After a lost connection, the work may be done later than the client sees the loss.
            work=work if ending in ACCEPTED or chance.happens(0.5) else chance.uniform(0.0, LATEST_WORK),
            end=answered,
            status=chance.choice((400, 403, 404, 405, 409, 410, 422, 501))
            if ending is Ending.REFUSED
            else STATUS.get(ending, 0),
            retry_after=self._retry_after(now) if ending in (Ending.THROTTLED, Ending.CACHED) else None,
        )

    def _retry_after(self, now: float) -> str | None:
        date = format_datetime(datetime.fromtimestamp(EPOCH + now + 30.0, UTC), usegmt=True)
        return self.chance.choice((*RETRY_AFTER, str(int(EPOCH + now + 20)), date))
