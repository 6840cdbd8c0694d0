"""Calls of compiled operations: sent until the outcome is final, and every failure leaves as one of our errors."""

from __future__ import annotations

import asyncio
import copy
import random
import uuid
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Concatenate, ParamSpec, TypeVar

from lucca_procurement_api import errors as compiled
from lucca_procurement_api.types import Request, Response, Sender

from . import _outcomes, retry
from ._gate import Gate, LimiterFailed, Pace
from ._http import Http, Reply
from ._server_clock import ServerClock
from ._settings import Settings
from ._told import Told
from .clock import Clock
from .errors import Attempt, InvalidArgument, NotSent, ProcurementError
from .events import RequestAnswered, RequestFailed, RequestRetried, RequestSent

__all__ = ("Calls",)

Before = Callable[[], Awaitable[None]]
P = ParamSpec("P")
T = TypeVar("T")


class Calls:
    """What every resource calls through: one way to the wire, one gate before it, one place to tell of it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.server_clock = ServerClock(clock)
        self.told = told = Told(settings.on_event)
        rate = settings.rate
        limiter = Pace(rate, clock, told.held_by_rate) if isinstance(rate, int) else rate
        self.gate = Gate(limiter, clock, told.held_by_server)
        self.http = Http(settings)
        self._before: Before | None = None
        self._latest: _Call | None = None

    def watched(self, before: Before) -> Calls:
        """Give the same calls to someone who makes one of them, and has to know whether it left.

        `before` is awaited once the call has its place and its turn, right before it is sent for the first time.
        """
        calls = copy.copy(self)
        calls._before = before
        return calls

    @property
    def waiting(self) -> bool:
        """Tell whether a watched call waits for its turn, and nothing of it is under way."""
        return self._latest is None or self._latest.waiting

    @property
    def may_have_left(self) -> bool:
        """Tell whether the request of a watched call may have left, and nothing is known of what came of it."""
        return self._latest is not None and self._latest.may_have_left

    async def __call__(
        self, operation: Callable[Concatenate[Sender, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a compiled operation. Raises ProcurementError for whatever fails, and lets a cancellation pass."""
        self.http.check()
        call = _Call(self, self._before)
        if self._before is not None:
            self._latest = call
        found: compiled.ApiError | TypeError | ValueError
        try:
            return await operation(call, *args, **kwargs)
        except compiled.ApiError as error:
            found = error.with_traceback(None)
        except (TypeError, ValueError) as error:
            # Until it is sent, a request is only written: what cannot be, as a float, is the argument's fault.
            if call.begun:
                raise
            found = error.with_traceback(None)
        # Not from the handler: an error must not hold another one that holds a whole answer.
        if isinstance(found, compiled.UnexpectedStatus | compiled.DecodeError):
            raise call.translated(found)
        raise InvalidArgument(f"{operation.__name__}: {found}")


class _Call:
    """One call: a `Sender` that sends its request until the outcome is final, and remembers the tries."""

    def __init__(self, calls: Calls, before: Before | None) -> None:
        self._calls = calls
        self._before = before
        self._reply = Reply(sent=False)
        self.waiting = True
        self.may_have_left = False
        self._attempts: list[Attempt] = []
        self._described: dict[str, Any] = {}

    @property
    def begun(self) -> bool:
        """Whether there was something to send."""
        return bool(self._described)

    async def send(self, request: Request, /) -> Response:
        """Send until the outcome is final. Raises ProcurementError where no whole answer is."""
        calls = self._calls
        self._described = {
            "operation": request.operation,
            "method": request.method,
            "path": request.target.partition("?")[0],
            "request_id": uuid.uuid4().hex,
        }
        read = request.method == "GET"
        for attempt in count(1):
            self._reply = reply = await self._once(request, attempt)
            # Only a date in `Retry-After` goes by the time.
            now = 0.0 if reply.known.retry_after is None else calls.server_clock.time()
            wait = retry.wait_before_next(reply.known, read=read, attempt=attempt, now=now, chance=random.random())
            if reply.status == 429:
                # For all requests of the client: those that wait for their turn would be refused as this one was.
                asked = retry.retry_after(reply.known.retry_after, now)
                calls.gate.close_for(wait or 0.0 if asked is None else asked)
            if attempt > calls.settings.retries:
                wait = None
            self._attempts.append(Attempt(status=reply.status, failure=reply.words, sent=reply.sent, wait=wait))
            if wait is None:
                break
            self.waiting = True
            calls.told(RequestRetried(**self._described, attempt=attempt, wait=wait))
            if reply.status != 429:
                await calls.clock.sleep(wait)
        reply = self._reply
        if reply.status is None or (reply.failure is not None and read and 200 <= reply.status < 300):
            raise _outcomes.unanswered(self._known, reply.known, reply.words or "")
        response = Response(status=reply.status, headers=reply.headers, content=bytes(reply.content))
        # Not every operation reads its answer, and so would see that it is none of Lucca's.
        if not read and 200 <= reply.status < 300 and _outcomes.is_page(response):
            raise _outcomes.page(self._known, response, calls.settings.key.hidden)
        return response

    def translated(self, found: compiled.UnexpectedStatus | compiled.DecodeError) -> ProcurementError:
        """Give the error of the facade for one of the compiled client."""
        hidden = self._calls.settings.key.hidden
        if isinstance(found, compiled.DecodeError):
            return _outcomes.unread(self._known, found, self._reply.words, hidden)
        return _outcomes.unsuccessful(self._known, self._reply.known, found, hidden, self._calls.server_clock.time())

    async def _once(self, request: Request, attempt: int) -> Reply:
        """Wait for the turn, send once, and tell of it."""
        calls = self._calls
        try:
            async with calls.gate.place(retry.LONGEST_WAIT) as closed_for:
                if closed_for:
                    raise _outcomes.held(self._known, closed_for)
                calls.http.check()
                self.waiting = False
                if self._before is not None and attempt == 1:
                    await self._before()
                return await self._exchange(request, attempt)
        except LimiterFailed as error:
            raise NotSent(f"the limiter that was passed as `rate` failed: {error}", **self._known) from error.__cause__

    async def _exchange(self, request: Request, attempt: int) -> Reply:
        """Send once, and tell of it, cancelled or not."""
        calls = self._calls
        reply = Reply()
        if calls.told.heard:
            calls.told(RequestSent(**self._described, attempt=attempt))
        started = calls.clock.monotonic()
        self.may_have_left = True
        try:
            await calls.http.exchange(request, self._described["request_id"], reply)
        except asyncio.CancelledError:
            self.may_have_left = reply.sent
            raise
        else:
            self.may_have_left = False
            calls.server_clock.heard(reply.headers.get("date"))
        finally:
            if calls.told.heard:
                self._tell(reply, attempt, calls.clock.monotonic() - started)
        return reply

    def _tell(self, reply: Reply, attempt: int, seconds: float) -> None:
        told, described = self._calls.told, self._described
        if reply.status is None:
            failure = reply.words or ""
            told(RequestFailed(**described, attempt=attempt, failure=failure, sent=reply.sent, seconds=seconds))
            return
        hidden = self._calls.settings.key.hidden
        answered = RequestAnswered(**described, attempt=attempt, status=reply.status, seconds=seconds)
        told(answered, {name: hidden(value) for name, value in reply.headers.items()})

    @property
    def _known(self) -> dict[str, Any]:
        return {**self._described, "attempts": self._attempts}
