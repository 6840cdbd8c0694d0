"""The session of a client, and its calls.

A call repeats its request until the outcome is final. Every failure raises a `ProcurementError`.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from lucca_procurement_api import errors as compiled
from lucca_procurement_api.types import Request, Response, Sender

from ..errors import Attempt, InvalidArgument, NotSent, ProcurementError
from ..events import RequestAnswered, RequestFailed, RequestRetried, RequestSent
from . import outcomes, retry
from .bound import has_more_items_than
from .clocks import Clock
from .gate import Gate, LimiterFailed, Pace
from .http import Http, Reply
from .observer import Observer
from .server_clock import ServerClock
from .settings import Settings

__all__ = ("Call", "Guard", "Session")

P = ParamSpec("P")
T = TypeVar("T")


class Guard(Protocol):
    """Decides about each try of one call, right before the try is sent."""

    async def before_send(self) -> None:
        """Prepare one try, after the call's turn has come. An error stops the call, and nothing is sent."""
        ...

    def may_send(self) -> bool:
        """Return True if the preparation still holds. It runs right before the first byte.

        If it returns False, the try counts as never sent.
        """
        ...


class Session:
    """The state that all calls of a client share: settings, clocks, gate, pool of connections, observer."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.server_clock = ServerClock(clock)
        self.observer = observer = Observer(settings.on_event)
        rate = settings.rate
        limiter = Pace(rate, clock, observer.held_by_rate) if isinstance(rate, int) else rate
        self.gate = Gate(limiter, clock, observer.held_by_server)
        self.http = Http(settings)
        self.commitment_paths: dict[str, str] = {}
        """The path at which a commitment of each kind was created, if the setting is `auto`."""

    async def __call__(
        self, operation: Callable[Concatenate[Sender, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a compiled operation. Every failure raises a ProcurementError; a cancellation passes."""
        return await Call(self)(operation, *args, **kwargs)


class Call:
    """One call of a compiled operation: a `Sender` that remembers its tries.

    Args:
        session: The session of the client.
        guard: Decides about each try. If it is None, each try is sent.
    """

    def __init__(self, session: Session, guard: Guard | None = None) -> None:
        self.session = session
        self._guard = guard
        self._reply = Reply(sent=False)
        self._attempts: list[Attempt] = []
        self._described: dict[str, Any] = {}
        self._most_items: int | None = None
        self._time = asyncio.timeout(None)
        self.waiting = True
        """True if the call waits for its turn, and no try is under way."""
        self.may_have_left = False
        """True if the last try may have left, and its outcome is not known."""

    async def __call__(
        self, operation: Callable[Concatenate[Sender, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a compiled operation. Every failure raises a ProcurementError; a cancellation passes.

        If the operation has the argument `limit`, an answer with more items is refused. If it reads an object by its
        id, another object is refused.
        """
        self.session.http.check()
        self._attempts = []
        self._time = asyncio.timeout(None)
        self._most_items = limit if isinstance(limit := kwargs.get("limit"), int) else None
        found: compiled.ApiError | TypeError | ValueError | TimeoutError
        try:
            # The deadline is set when the answer has arrived: the parsing has the rest of the time of the try.
            async with self._time:
                result = await operation(self, *args, **kwargs)
        except compiled.ApiError as error:
            found = error.with_traceback(None)
        except TimeoutError as error:
            if not self._time.expired():
                raise
            found = error.with_traceback(None)
        except (TypeError, ValueError) as error:
            # Before the first try, the operation only builds the request, so the error comes from an argument.
            if self._described:
                raise
            found = error.with_traceback(None)
        else:
            self._check_id(result)
            return result
        # Raised outside the handler: the error must not have a context that holds a whole answer.
        if isinstance(found, compiled.UnexpectedStatus | compiled.DecodeError):
            raise self._translated(found)
        if isinstance(found, TimeoutError):
            raise self._unread(f"and was not read within {self.session.settings.timeout:g} s")
        raise InvalidArgument(f"{operation.__name__}: {found}")

    async def send(self, request: Request, /) -> Response:
        """Send a request until the outcome is final, and return the answer.

        Raises ProcurementError if there is no whole answer, or if the answer is refused.
        """
        session = self.session
        self._described = {
            "operation": request.operation,
            "method": request.method,
            "path": request.target.partition("?")[0],
            "request_id": uuid.uuid4().hex,
        }
        read = request.method == "GET"
        retries = retry.Retries(session.settings.retries, read)
        for attempt in count(1):
            self._reply = reply = await self._once(request, attempt)
            # Only a date in `Retry-After` needs the time.
            now = 0.0 if reply.facts.retry_after is None else session.server_clock.time()
            wait = retries.wait(reply.facts, now=now, chance=random.random())
            if reply.status == 429:
                # The pause applies to all requests of the client: the server would throttle the waiting ones too.
                asked = retry.retry_after(reply.facts.retry_after, now)
                session.gate.close_for(retry.WINDOW if asked is None else max(asked, wait or 0.0))
            self._attempts.append(Attempt(status=reply.status, failure=reply.message, sent=reply.sent, wait=wait))
            if wait is None:
                break
            self.waiting = True
            session.observer.emit(RequestRetried(**self._described, attempt=attempt, wait=wait))
            if reply.status != 429:
                await session.clock.sleep(wait)
        reply = self._reply
        self._time.reschedule(reply.deadline)
        success = reply.status is not None and 200 <= reply.status < 300
        if reply.status is None or (reply.failure is not None and read and success):
            raise outcomes.unanswered(self._context, reply.facts, reply.message or "")
        response = Response(status=reply.status, headers=reply.headers, content=bytes(reply.content))
        # Some operations do not read their answer, and would not detect that it is not from Lucca.
        if not read and success and outcomes.is_page(response):
            raise outcomes.page(self._context, response, session.settings.key.redact)
        if success and self._most_items is not None and has_more_items_than(self._most_items, response.content):
            raise self._unread(f"with more items than the {self._most_items} that were asked for")
        return response

    def _translated(self, found: compiled.UnexpectedStatus | compiled.DecodeError) -> ProcurementError:
        """Return the error of the facade for one of the compiled client."""
        redact = self.session.settings.key.redact
        if isinstance(found, compiled.DecodeError):
            return outcomes.unread(self._context, found, self._reply.message, redact)
        return outcomes.unsuccessful(self._context, self._reply.facts, found, redact, self.session.server_clock.time())

    def _unread(self, why: str, member: str = "", expected: str = "") -> ProcurementError:
        """Return the error of a success that the client refuses."""
        return outcomes.unusable(self._context, self._reply.facts, why, member, expected)

    def _check_id(self, result: object) -> None:
        """Refuse an object with another id than requested: the answer may belong to another request."""
        asked = self._described["path"].rpartition("/")[2]
        found = getattr(result, "id", None)
        if self._described["method"] == "GET" and asked.isdecimal() and found is not None and found != int(asked):
            raise self._unread(f"with another object ({found})", "id", asked)

    async def _once(self, request: Request, attempt: int) -> Reply:
        """Wait for the turn, and send the request once."""
        session = self.session
        try:
            async with session.gate.place(upload=bool(request.files)) as turn:
                if turn.too_long:
                    raise outcomes.held(self._context, turn.too_long)
                session.http.check()
                self.waiting = False
                if self._guard is not None:
                    await self._guard.before_send()
                turn.depart()
                return await self._exchange(request, attempt)
        except LimiterFailed as error:
            raise NotSent(
                f"the limiter that was passed as `rate` failed: {error}", **self._context
            ) from error.__cause__

    async def _exchange(self, request: Request, attempt: int) -> Reply:
        """Send the request once, and report the exchange, also if it is cancelled."""
        session = self.session
        deadline = asyncio.get_running_loop().time() + session.settings.timeout
        if session.observer.is_active:
            session.observer.emit(RequestSent(**self._described, attempt=attempt))
        started = session.clock.monotonic()
        self.may_have_left = True
        may_send = None if self._guard is None else self._guard.may_send
        reply = await session.http.exchange(request, self._described["request_id"], deadline, may_send)
        if session.observer.is_active:
            self._report(reply, attempt, session.clock.monotonic() - started)
        if reply.stopped is not None:
            self.may_have_left = reply.sent
            raise reply.stopped
        # A cancellation can still stop the parsing of the answer.
        self.may_have_left = retry.outcome(reply.facts) in (retry.Outcome.SUCCESS, retry.Outcome.UNKNOWN)
        session.server_clock.record(reply.headers.get("date"))
        return reply

    def _report(self, reply: Reply, attempt: int, seconds: float) -> None:
        emit, described = self.session.observer.emit, self._described
        if reply.status is None:
            failure = reply.message or ""
            emit(RequestFailed(**described, attempt=attempt, failure=failure, sent=reply.sent, seconds=seconds))
            return
        redact = self.session.settings.key.redact
        answered = RequestAnswered(**described, attempt=attempt, status=reply.status, seconds=seconds)
        emit(answered, {name: redact(value) for name, value in reply.headers.items()})

    @property
    def _context(self) -> dict[str, Any]:
        return {**self._described, "host": self.session.settings.host, "attempts": self._attempts}
