"""A Lucca in this process, on a clock that moves by itself, and the forms of its lists."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

import httpx
from attrs import frozen

from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator, Quirks
from support.clock import MovingClock

ListOrder = Literal["descending", "ascending", "shuffled"]
LIST_ORDERS: tuple[ListOrder, ...] = ("descending", "ascending", "shuffled")
PAGINGS = ("token", "number", "array")

Hook = Callable[[str], Awaitable[object]]


class Lucca(httpx.ASGITransport):
    """An emulator and the transport to it, on one clock. The server's clock is `ahead` seconds ahead of that clock.

    `before` and `after` are awaited with the name of the operation, around the work of each request.
    """

    def __init__(
        self, *, ahead: float = 0.0, order: Any = "descending", paging: Any = "token", **settings: Any
    ) -> None:
        self.clock = MovingClock()
        self.emulator = Emulator(
            **{
                "rate": None,
                "purchases": 20,
                "clock": lambda: self.clock.now + ahead,
                "sleep": self.clock.sleep,
                "quirks": Quirks(order=order, paging=paging),
                **settings,
            }
        )
        super().__init__(self.emulator)
        self.before: Hook = no_hook
        self.after: Hook = no_hook
        self._replies: list[_Reply] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = operation_of(request)
        await self.before(name)
        reply = next((each for each in self._replies if each.operation == name), None)
        if reply is None:
            response = await self._worked(request)
        else:
            self._replies.remove(reply)
            if reply.done:
                await self._worked(request)
            response = httpx.Response(reply.status, json=reply.body, headers=reply.headers)
        await self.after(name)
        return response

    async def _worked(self, request: httpx.Request) -> httpx.Response:
        self.clock.busy += 1
        try:
            return await super().handle_async_request(request)
        finally:
            self.clock.busy -= 1

    def reply(
        self, operation: str, status: int, body: Any = None, *, done: bool = False, times: int = 1, **headers: str
    ) -> None:
        """Answer the next calls of an operation with this. If `done` is true, their work is done."""
        self._replies += [_Reply(operation, status, body, headers, done) for _ in range(times)]

    async def aclose(self) -> None:
        """Stay open, because several clients use this transport."""

    def opened(self, **settings: Any) -> LuccaProcurement:
        """Return a client."""
        asyncio.get_running_loop().set_default_executor(_AtOnce())
        return LuccaProcurement(
            "http://127.0.0.1", self.emulator.key, transport=self, **{"rate": None, "clock": self.clock, **settings}
        )

    def fail(self, operation: str, fault: str, **options: Any) -> None:
        """Make the next call of an operation fail."""
        self.emulator.faults.add(operation, fault, **options)

    @property
    def requests(self) -> list[str]:
        """The operations of the requests, in order."""
        return [entry.operation or entry.target for entry in self.emulator.log]

    @property
    def counts(self) -> Counter[str]:
        """The number of requests of each operation."""
        return Counter(self.requests)

    @property
    def titles(self) -> list[str]:
        """The titles of the purchases that were created."""
        return [purchase["title"] for purchase in self.emulator.created()]

    def stored(self, purchase_id: int | None) -> dict[str, Any]:
        """Return the data of a purchase. A test changes it as a person in Lucca does."""
        assert purchase_id is not None
        found: dict[str, Any] = self.emulator.tenant._own[purchase_id]
        return found


@frozen
class _Reply:
    """An answer in place of the emulator's own."""

    operation: str
    status: int
    body: Any
    headers: dict[str, str]
    done: bool


class _AtOnce(ThreadPoolExecutor):
    """An executor that runs each call at once in this thread, because a test's clock does not wait for threads."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


def operation_of(request: httpx.Request) -> str:
    """Return the name of the operation of a request, as the emulator names it."""
    match request.method, request.url.path.split("/")[3:]:
        case "GET", [_]:
            return "list_purchases"
        case "GET", _:
            return "get_purchase"
        case _, ["purchases"]:
            return "create_purchase"
        case _, ["purchases", _, "commitment"] | ["commitments"]:
            return "create_commitment"
        case _, ["commitments", *_]:
            return "create_commitment_request"
        case _, ["requests", *_]:
            return "cancel_request"
    return "close_purchase"


async def no_hook(_: str) -> None:
    """Do nothing before or after a request."""
