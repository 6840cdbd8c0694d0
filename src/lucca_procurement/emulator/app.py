"""The emulator as an ASGI application: who may call, how often, what goes wrong on purpose, and the log of it all."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from email.utils import formatdate

import msgspec
from attrs import frozen
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from . import control, server
from .answers import Broken, Hanging, answer, failed, problem, spoiled
from .faults import Fault, Faults
from .limit import Limit
from .operations import NAMES, OPERATIONS, Call, Operation, Operations, check_id, page_token
from .quirks import Quirks
from .seed import Seed
from .shapes import Json
from .tenant import Clock, Refused, Tenant

LARGEST_BODY = 100 * 2**20
LOG_HELD = 100_000
METHODS = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]

_decoder = msgspec.json.Decoder(float_hook=Decimal)


@frozen
class Entry:
    """One request in the log. `status` is None where no answer was given, or the answer was cut off."""

    operation: str | None
    method: str
    target: str
    time: float
    status: int | None
    fault: str | None


class Emulator:
    """A Lucca on this machine: an ASGI application, which `serve` puts on a port of loopback.

    `key` is the API key it takes. `rate` is how many requests a minute it lets through (None: all). `approve` says what
    becomes of requests for approval: "auto" approves at once, "manual" waits for `approve()` or `deny()`,
    "after=SECONDS" approves when that time has passed. `seed` and `purchases` make the data it starts with, the same
    each time. `clock` gives the seconds since 1970, `sleep` waits: tests pass their own. Raises ValueError for a
    setting that cannot be.
    """

    def __init__(
        self,
        *,
        key: str = "emulator",
        rate: int | None = 50,
        approve: str = "auto",
        seed: int = 1,
        purchases: int = 300,
        quirks: Quirks | None = None,
        clock: Clock = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if purchases < 0:
            raise ValueError("purchases must be 0 or more")
        if rate is not None and rate < 1:
            raise ValueError("rate must be 1 or more a minute, or None for no limit")
        self.key = key
        self.quirks = quirks or Quirks()
        self.faults = Faults(NAMES)
        self.log: list[Entry] = []
        self.url: str | None = None
        """Where it is served, while it is."""
        self.limit = Limit(rate, clock)
        self.tenant = Tenant(
            Seed(seed, purchases, territory_numbers=self.quirks.territory_ids == "integer"), clock, _seconds(approve)
        )
        self.stopping = asyncio.Event()
        self._operations = Operations(self.tenant, self.quirks)
        self._clock = clock
        self._sleep = sleep
        self._late: list[tuple[float, Callable[[], object]]] = []
        self._app = Starlette(
            routes=[*control.routes(self), Route("/{path:path}", self._answer, methods=METHODS)],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
        """Serve over HTTP for the length of an `async with`, which gives the URL. Port 0 is any that is free."""
        return server.serve(self, host, port)

    def approve(self, request_id: int) -> None:
        """Approve a request. Raises Refused if there is none, or it has ended."""
        self.tenant.decide(request_id, "Approved")

    def deny(self, request_id: int) -> None:
        """Deny a request. Raises Refused if there is none, or it has ended."""
        self.tenant.decide(request_id, "Denied")

    def created(self) -> list[Json]:
        """Give the purchases that were created here, as they stand: what a test asserts on."""
        self._catch_up()
        return list(self.tenant.created())

    # ---- One request

    async def _answer(self, request: Request) -> Response:
        fits = [(each, found) for each in OPERATIONS.values() if (found := each.path.fullmatch(request.url.path))]
        operation, match = next(((each, found) for each, found in fits if each.method == request.method), (None, None))
        fault: Fault | None = None
        try:
            self._catch_up()
            self._admit(request.headers.get("authorization"))
            if operation is None or match is None:
                raise Refused(405, "Method Not Allowed") if fits else Refused(404, "Not Found")
            fault = self.faults.meet(operation.name)
            response = await self._perform(operation, match.groups(), request, fault)
        except Refused as refused:
            headers = {"Allow": ", ".join(each.method for each, _ in fits)} if refused.status == 405 else None
            response = problem(refused, refused.headers or headers)
        # The time of the emulator, which callers may go by, and not that of the server it runs in.
        response.headers["Date"] = formatdate(self._clock(), usegmt=True)
        is_answered = not isinstance(response, (Broken, Hanging))
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if len(self.log) >= LOG_HELD:
            del self.log[: LOG_HELD // 10]
        self.log.append(
            Entry(
                operation.name if operation else None,
                request.method,
                target,
                self._clock(),
                response.status_code if is_answered else None,
                fault.name if fault else None,
            )
        )
        return response

    def _admit(self, authorization: str | None) -> None:
        if authorization != f"lucca application={self.key}":
            raise Refused(
                401, "Unauthorized", "The header `Authorization: lucca application=KEY` has no key that is known."
            )
        if wait := self.limit.wait(self.key):
            raise Refused(429, "Too Many Requests", headers={"Retry-After": str(math.ceil(wait))})

    async def _perform(
        self, operation: Operation, ids: tuple[str, ...], request: Request, fault: Fault | None
    ) -> Response:
        if fault and fault.name in ("refuse", "drop", "hang"):
            return Hanging(self.stopping) if fault.name == "hang" else Broken(resets=fault.name == "refuse")
        if fault and fault.status and not fault.commits:
            return failed(fault, fault.status, self._clock())
        call = await self._call(operation, ids, request)
        if fault and fault.name == "late":
            self._late.append(
                (self._clock() + fault.options["seconds"], lambda: self._operations.run(operation.name, call))
            )
            return Broken()
        status, value = self._operations.run(operation.name, call)
        if fault is None:
            return answer(status, value)
        if fault.name == "slow":
            await self._sleep(fault.options["seconds"])
        if fault.name in ("commit-then-drop", "commit-then-hang"):
            return Broken() if fault.name == "commit-then-drop" else Hanging(self.stopping)
        if fault.status:
            return failed(fault, fault.status, self._clock())
        return spoiled(fault, status, value, page_token(call) if operation.name.startswith("list_") else None)

    async def _call(self, operation: Operation, ids: tuple[str, ...], request: Request) -> Call:
        body, file = None, None
        content = await self._body(request)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if operation.body == "json":
            if media_type != "application/json":
                raise Refused(415, "Unsupported Media Type", "The body must be application/json.")
            try:
                body = _decoder.decode(content)
            except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
                raise Refused(400, "Bad Request", "The body is not JSON.") from None
        elif operation.body == "multipart":
            if media_type != "multipart/form-data":
                raise Refused(415, "Unsupported Media Type", "The body must be multipart/form-data.")
            file = await _file(request)
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        return Call(ids=tuple(map(check_id, ids)), query=query, body=body, file=file)

    async def _body(self, request: Request) -> bytes:
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > LARGEST_BODY:
                raise Refused(413, "Payload Too Large", "A body has at most 100 MB.")
        # Starlette parses a form from the body that was read, if there is one.
        request._body = bytes(content)
        return request._body

    def _catch_up(self) -> None:
        """Do the work that a fault put off, where its time has come."""
        now = self._clock()
        due = [work for moment, work in self._late if moment <= now]
        self._late = [(moment, work) for moment, work in self._late if moment > now]
        for work in due:
            try:
                work()
            except Refused:
                # What was put off may be impossible by now, and nobody is left to be told.
                continue


async def _file(request: Request) -> tuple[str, str, bytes] | None:
    async with request.form() as form:
        part = form.get("form")
        if not isinstance(part, UploadFile) or not part.filename:
            return None
        return part.filename, part.content_type or "application/octet-stream", await part.read()


def _seconds(approve: str) -> float | None:
    if approve in ("auto", "manual"):
        return 0.0 if approve == "auto" else None
    try:
        name, _, seconds = approve.partition("=")
        if name == "after" and float(seconds) >= 0:
            return float(seconds)
    except ValueError:
        pass
    raise ValueError(f"approve must be auto, manual or after=SECONDS, not {approve!r}")
