"""Helpers of the tests of orders: a Lucca in this process, on a clock that moves by itself, and orders to submit."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from attrs import evolve, frozen

from lucca_procurement import LuccaProcurement, Order, errors, models
from lucca_procurement._ordering import grace
from lucca_procurement._ordering.registry import Registry
from lucca_procurement.emulator import Emulator, Quirks
from support.clock import MovingClock, settled
from support.samples import sample_bytes

__all__ = (
    "COMMITMENT",
    "PATHS",
    "PURCHASE",
    "Lucca",
    "forbidden_tasks",
    "go_through",
    "incomplete",
    "new_process",
    "order",
    "saved_to",
    "skip",
)

PURCHASE = models.PurchaseCreation.from_json(sample_bytes("create-purchase.request"))
COMMITMENT = models.OneTimeCommitmentCreation.from_json(sample_bytes("create-commitment-one-time.request"))
PATHS = ("create_purchase", "create_commitment", "create_commitment_request")
"""The three requests of an order, in their order."""

Hook = Callable[[str], Awaitable[object]]


def order(reference: str = "PO-1", title: str = "Laptops", **members: Any) -> Order:
    """Return an order to submit."""
    return Order(reference, evolve(PURCHASE, title=title), **{"commitment": COMMITMENT, **members})


def saved_to(stored: list[bytes]) -> Callable[[Order], None]:
    """Return a `save` that stores each state as JSON."""
    return lambda saved: stored.append(saved.to_json())


async def incomplete(call: Awaitable[object]) -> errors.OrderIncomplete:
    """Return the error that an order stops with."""
    with pytest.raises(errors.OrderIncomplete) as caught:
        await call
    return caught.value


def new_process() -> None:
    """Make the registry forget all orders. Clients that are opened from now on know none, as after a restart."""
    Registry.forget_all()


def skip(seconds: float) -> None:
    """Set the clock of the running loop forward. The timers that are due by then run next."""
    loop = asyncio.get_running_loop()
    now = loop.time
    loop.time = lambda: now() + seconds  # type: ignore[method-assign]


async def go_through(seconds: float) -> None:
    """Set the clock of the running loop forward in small steps. All tasks get their turns after each step."""
    for _ in range(round(seconds / grace.SLICE)):
        skip(grace.SLICE)
        await settled()


async def forbidden_tasks(*, but: int = 1) -> list[str]:
    """Return the tasks that still run after all have had their turns, unless there are just `but` (the test's own)."""
    await settled()
    tasks = asyncio.all_tasks()
    return [] if len(tasks) == but else [str(task.get_coro()) for task in tasks]


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
        self.before: Hook = _nothing
        self.after: Hook = _nothing
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


async def _nothing(_: str) -> None: ...
