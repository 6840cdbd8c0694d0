"""The way from a client to the simulated Lucca, in the place of the network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Protocol

import httpx

from .faults import ANSWERED, CREATES, Ending, Fate, Weather
from .loop import Loop
from .lucca import ROOT, Answer, Asked, Lucca
from .machines import Process

__all__ = ("Watch", "Wire", "operation_of")


class Watch(Protocol):
    """A watcher that is called for each exchange, to check it."""

    def sent(self, wire: Wire, operation: str, asked: Asked, stalled: float) -> None:
        """Check a request that leaves. The process was paused for `stalled` seconds since the client's last check."""
        ...

    def crossed(self, *asked: Asked) -> None:
        """Record that these requests received the answers of one another. No client can detect that."""
        ...


class Wire:
    """The transport of one client.

    A timer does the work of a request, so Lucca can do it even if the client is killed meanwhile.
    """

    def __init__(self, loop: Loop, process: Process, lucca: Lucca, weather: Weather, watch: Watch) -> None:
        self._loop = loop
        self._lucca = lucca
        self._weather = weather
        self._watch = watch
        self._under_way: list[_Exchange] = []
        self.process = process
        self.sent: list[float] = []
        """The time when each request left."""

    async def aclose(self) -> None:
        """Close nothing, because there are no connections."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.process.ghost:
            raise httpx.ConnectError("the process is dead")
        asked = Asked(
            request.method,
            request.url.path,
            dict(request.url.params),
            json.loads(request.content) if request.content else None,
        )
        operation = operation_of(asked)
        fate = self._weather.fate(operation, self._loop.time())
        if fate.ending is Ending.UNREACHED:
            await asyncio.sleep(fate.end)
            self._note(f"{asked.method} {asked.path}: cannot connect")
            self.process.count(f"met: {fate.ending}")
            raise httpx.ConnectError("connection refused")
        checked = self._loop.time()
        if operation in CREATES and (seconds := self.process.stall(operation)):
            self.process.pause(seconds)
            await asyncio.sleep(0)
            if self.process.ghost:
                raise httpx.ConnectError("the process is dead")
        self.sent.append(self._loop.time())
        self._note(f"{asked.method} {asked.path} {_shown(asked)}: {fate}")
        self.process.count(f"met: {fate.ending}")
        self._watch.sent(self, operation, asked, self._loop.time() - checked)
        exchange = _Exchange(self._loop, self._lucca, self.process, asked, fate, request.headers["authorization"])
        self._under_way.append(exchange)
        self.process.at_end.append(exchange.abandon)
        try:
            return await self._end(exchange, operation)
        except asyncio.CancelledError:
            exchange.abandon()
            raise
        finally:
            self._under_way.remove(exchange)
            self.process.at_end.remove(exchange.abandon)

    async def _end(self, exchange: _Exchange, operation: str) -> httpx.Response:
        fate = exchange.fate
        if fate.ending is Ending.HANG:
            await self._loop.create_future()
        await asyncio.sleep(fate.end)
        match fate.ending:
            case Ending.RESET:
                raise httpx.ReadError("connection reset by peer")
            case Ending.BROKEN:
                raise httpx.RemoteProtocolError("server disconnected without sending a response")
            case Ending.SILENCE:
                raise httpx.ReadTimeout("timed out")
        # `_crossed` may have exchanged this answer for that of another request.
        answer = await exchange.answer() if fate.ending in ANSWERED else Answer(0)
        if fate.ending is Ending.CROSSED and operation != "list_purchases":
            return self._crossed(exchange, answer)
        return self._response(fate, answer, operation)

    def _crossed(self, exchange: _Exchange, answer: Answer) -> httpx.Response:
        """Exchange the answer with that of another request of the same operation, if there is one."""
        for other in self._under_way:
            same = operation_of(other.asked) == operation_of(exchange.asked)
            if other is not exchange and same and other.answered is not None and other.fate.ending is Ending.ANSWER:
                self._watch.crossed(exchange.asked, other.asked)
                self._note(f"{exchange.asked.path} and {other.asked.path} are answered crosswise")
                answer, other.answered = other.answered, answer
                break
        return self._plain(answer)

    def _response(self, fate: Fate, answer: Answer, operation: str) -> httpx.Response:
        headers = {} if fate.retry_after is None else {"retry-after": fate.retry_after}
        success = 200 <= answer.status < 300
        html = httpx.ByteStream(b"<html><body>Please wait</body></html>")
        match fate.ending:
            case Ending.ANSWER | Ending.CROSSED:
                return self._plain(answer)
            case Ending.REFUSED:
                return self._plain(self._lucca.refuse("It is not allowed.", fate.status))
            case Ending.REDIRECTED:
                return httpx.Response(302, headers={"location": "https://elsewhere.sim/"})
            case Ending.PAGE:
                return httpx.Response(200, headers={"content-type": "text/html"}, stream=html)
            case Ending.CACHED:
                return httpx.Response(503, headers=headers | {"content-type": "text/html"}, stream=html)
        if fate.status:
            return httpx.Response(fate.status, headers=headers)
        if not success:
            # A refusal of the rules is answered as it is, because only a success can be garbled.
            return self._plain(answer)
        match fate.ending:
            case Ending.CUT | Ending.DRIP:
                return self._plain(answer, _Partial(answer.body, hangs=fate.ending is Ending.DRIP))
            case Ending.GARBLED:
                return self._plain(answer, httpx.ByteStream(answer.body.replace(b":", b";")))
            case Ending.WITHOUT_ID:
                return self._plain(answer, httpx.ByteStream(answer.body.replace(b'd":', b'z":')))
            case Ending.OTHERS_ID if operation == "create_purchase" and self.process.held:
                return self._plain(answer, httpx.ByteStream(b'{"id": %d}' % min(self.process.held)))
        return self._plain(answer, httpx.ByteStream(b""))

    def _plain(self, answer: Answer, stream: httpx.AsyncByteStream | None = None) -> httpx.Response:
        headers = {"content-type": answer.kind} if answer.kind else {}
        if (date := self._lucca.date()) is not None:
            headers["date"] = date
        return httpx.Response(answer.status, headers=headers, stream=stream or httpx.ByteStream(answer.body))

    def _note(self, what: str) -> None:
        self.process.note(what)


class _Exchange:
    """One request on its way. A timer does its work, so the work does not depend on the client's task."""

    def __init__(
        self, loop: Loop, lucca: Lucca, process: Process, asked: Asked, fate: Fate, authorization: str
    ) -> None:
        self.asked = asked
        self.fate = fate
        self.answered: Answer | None = None
        self._lucca = lucca
        self._process = process
        self._authorization = authorization
        self._done = loop.create_future()
        self._work = loop.call_later(fate.work, self._do, context=loop.world.copy()) if fate.does else None

    def _do(self) -> None:
        self._work = None
        self.answered = self._lucca.answer(self.asked, self._authorization)
        if self.asked.method == "POST":
            made = self.answered.body[:60].decode()
            self._lucca.note(f"{self.asked.path} from {self._process.name}: {self.answered.status} {made}")
        self._done.set_result(None)

    async def answer(self) -> Answer:
        """Wait until the work is done, and return the answer of Lucca."""
        await asyncio.shield(self._done)
        assert self.answered is not None
        return self.answered

    def abandon(self) -> None:
        """Record that the client has closed the connection."""
        if self._work is not None and not self.fate.survives:
            self._work.cancel()


class _Partial(httpx.AsyncByteStream):
    """The first half of a body. After it, the body hangs or the connection breaks."""

    def __init__(self, body: bytes, *, hangs: bool) -> None:
        self._body = body
        self._hangs = hangs

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body[: len(self._body) // 2]
        if self._hangs:
            await asyncio.get_running_loop().create_future()
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def operation_of(asked: Asked) -> str:
    """Return the name of the operation of a request."""
    match asked.method, asked.path.removeprefix(ROOT).split("/"):
        case "GET", ["purchases"]:
            return "list_purchases"
        case "GET", _:
            return "get_purchase"
        case "POST", ["purchases"]:
            return "create_purchase"
        case "POST", ["commitments"] | ["purchases", _, "commitment"]:
            return "create_commitment"
        case "POST", ["commitments", _, "requests"]:
            return "create_request"
    return "other"


def _shown(asked: Asked) -> str:
    if asked.body is not None and "title" in asked.body:
        return str(asked.body["title"])[:40]
    return " ".join(f"{name}={value}" for name, value in asked.query.items())
