"""The status page, and the operations under `/_emulator/` that show and control an emulator."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator, Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from attrs import asdict, frozen
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from .answers import Gone, answer, problem
from .faults import KINDS
from .guard import OwnPage, read_body
from .operations import OPERATIONS
from .procurement import Procurement
from .tenant import Refused

PAGE = Path(__file__).with_name("page.html")
PAGE_SIZE = 20
"""The number of orders on a page of the list."""
LOG_SHOWN = 40
"""The number of requests that the status page shows."""
LARGEST_BODY = 64 * 2**10
"""The largest body of a control operation, in bytes. It is small, because these operations need no key."""
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
}
"""With these headers, the page loads nothing from other hosts. No other page can put it into a frame (clickjacking)."""
REFRESH = 0.5
"""The seconds between two checks for a change that the page shows."""


@frozen
class View:
    """The orders that a status page shows: a page of the list, from 1 on, and the filters of the list.

    The filters leave only orders that were created here: those with a text in their title, and those that wait.
    """

    page: int = 1
    reference: str = ""
    waiting: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str]) -> View:
        """Return the view of a query. Raises Refused if it has another member or an invalid value."""
        page, waiting = query.get("page", "1"), query.get("waiting", "false")
        if not re.fullmatch("[1-9][0-9]{0,8}", page) or waiting not in ("true", "false"):
            raise Refused(400, "Bad Request", "page must be a number from 1 on, and waiting must be true or false.")
        if unknown := sorted(query.keys() - {"page", "reference", "waiting"}):
            raise Refused(400, "Bad Request", f"There is no {unknown[0]}: pass page, reference or waiting.")
        return cls(int(page), query.get("reference", "").strip(), waiting == "true")


def snapshot(emulator: Procurement, view: View) -> dict[str, Any]:
    """Return the content of the status page as plain data. The newest orders come first."""
    with emulator.lock:
        emulator.catch_up()
        return _snapshot(emulator, view)


def _snapshot(emulator: Procurement, view: View) -> dict[str, Any]:
    tenant = emulator.tenant
    created = list(tenant.created())
    pending = [purchase for purchase in created if purchase["state"] == "Processing"]
    order_at: Callable[[int], dict[str, Any]]
    if view.reference or view.waiting:
        text = view.reference.casefold()
        filtered = [each for each in (pending if view.waiting else created) if text in each["title"].casefold()]
        found, order_at = len(filtered), filtered.__getitem__
    else:
        found, order_at = len(tenant), tenant.at
    pages = max(1, math.ceil(found / PAGE_SIZE))
    page = min(view.page, pages)
    last = found - 1 - (page - 1) * PAGE_SIZE
    shown = [order_at(index) for index in range(last, max(-1, last - PAGE_SIZE), -1)]
    return {
        "purchases": [_row(purchase, tenant.request_of(purchase)) for purchase in shown],
        "page": page,
        "pages": pages,
        "found": found,
        "pending": len(pending),
        "count": len(tenant),
        "log": [asdict(entry) for entry in emulator.log[: -LOG_SHOWN - 1 : -1]],
        "faults": emulator.faults.in_force(),
        "quirks": asdict(emulator.quirks),
        "limit": {"rate": emulator.limit.rate, "used": emulator.limit.used(emulator.key)},
        "approve_after": tenant.approve_after,
    }


def _row(purchase: dict[str, Any], request: dict[str, Any] | None) -> dict[str, Any]:
    commitment = purchase["commitment"] or {}
    total = commitment["amountIncludingTaxes"]["base"]["includingTaxes"] if commitment else None
    return {
        **{name: purchase[name] for name in ("id", "title", "state", "createdAt")},
        "supplier": purchase["supplier"]["name"],
        "owner": purchase["owner"]["name"],
        "amount": f"{Decimal(total['value']):,.2f} {total['currency']}" if total else None,
        "commitment": commitment.get("state"),
        "request": {name: request[name] for name in ("id", "state")} if request else None,
    }


def routes(emulator: Procurement) -> list[BaseRoute]:
    """Return the routes of the status page and of the control operations."""

    async def page(_request: Request) -> Response:
        return HTMLResponse(PAGE.read_text(encoding="utf-8"), headers=PAGE_HEADERS)

    async def state(request: Request) -> Response:
        try:
            return answer(200, snapshot(emulator, View.of(request.query_params)))
        except Refused as refused:
            return problem(refused)

    async def kinds(_request: Request) -> Response:
        return answer(
            200, {"faults": {name: kind.description for name, kind in KINDS.items()}, "operations": [*OPERATIONS]}
        )

    async def log(_request: Request) -> Response:
        return answer(200, [asdict(entry) for entry in emulator.log])

    async def clear_log(_request: Request) -> Response:
        emulator.log.clear()
        return answer(204, None)

    async def faults(_request: Request) -> Response:
        return answer(200, emulator.faults.in_force())

    async def clear_faults(_request: Request) -> Response:
        emulator.faults.clear()
        return answer(204, None)

    async def quirks(_request: Request) -> Response:
        return answer(200, asdict(emulator.quirks))

    async def add_fault(request: Request) -> Response:
        return await _steer(request, lambda body: emulator.faults.add(**body))

    async def set_quirks(request: Request) -> Response:
        return await _steer(request, lambda body: emulator.quirks.set(**body))

    async def approve(request: Request) -> Response:
        return await _steer(request, lambda _body: emulator.approve(request.path_params["number"]))

    async def deny(request: Request) -> Response:
        return await _steer(request, lambda _body: emulator.deny(request.path_params["number"]))

    async def pending(_request: Request) -> Response:
        return answer(200, [asdict(each) for each in emulator.pending()])

    async def approve_by(request: Request) -> Response:
        return await _steer(request, lambda body: emulator.approve(**body))

    async def deny_by(request: Request) -> Response:
        return await _steer(request, lambda body: emulator.deny(**body))

    async def approve_all(request: Request) -> Response:
        return await _steer(request, lambda _body: emulator.approve_all())

    async def events(request: Request) -> Response:
        try:
            view = View.of(request.query_params)
        except Refused as refused:
            return problem(refused)
        stopping = request.scope.get("state", {}).get("stopping") or asyncio.Event()
        stream = _events(emulator, view, stopping)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def nothing(_request: Request) -> Response:
        return problem(Refused(404, "Not Found"))

    steering = [
        Route("/state", state),
        Route("/kinds", kinds),
        Route("/events", events),
        Route("/log", log),
        Route("/log", clear_log, methods=["DELETE"]),
        Route("/faults", faults),
        Route("/faults", add_fault, methods=["POST"]),
        Route("/faults", clear_faults, methods=["DELETE"]),
        Route("/quirks", quirks),
        Route("/quirks", set_quirks, methods=["PATCH"]),
        Route("/pending", pending),
        Route("/approve", approve_by, methods=["POST"]),
        Route("/deny", deny_by, methods=["POST"]),
        Route("/approve-all", approve_all, methods=["POST"]),
        Route("/requests/{number:int}/approve", approve, methods=["POST"]),
        Route("/requests/{number:int}/deny", deny, methods=["POST"]),
        Route("/{rest:path}", nothing),
    ]
    return [
        Route("/", page),
        Route("/favicon.ico", nothing),
        Mount("/_emulator", routes=steering, middleware=[Middleware(OwnPage)]),
    ]


async def _steer(request: Request, act: Callable[[dict[str, Any]], None]) -> Response:
    # A form of another site cannot send JSON, and the browser asks for permission (CORS) before a script sends it.
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return problem(Refused(415, "Unsupported Media Type", "Send application/json, be it {}."))
    try:
        body = msgspec.json.decode(await read_body(request, LARGEST_BODY))
        if not isinstance(body, dict):
            raise TypeError("the body must be an object")  # noqa: TRY301 - every bad body ends as the same answer
        act(body)
    except ClientDisconnect:
        return Gone()
    except Refused as refused:
        return problem(refused)
    except (msgspec.MsgspecError, RecursionError, TypeError, ValueError) as error:
        return problem(Refused(400, "Bad Request", str(error)))
    return answer(204, None)


async def _events(emulator: Procurement, view: View, stopping: asyncio.Event) -> AsyncIterator[bytes]:
    """Yield the state as a server-sent event after each change, until the server stops."""
    before = b""
    while not stopping.is_set():
        now = bytes(answer(200, snapshot(emulator, view)).body)
        if now != before:
            yield b"data: " + now + b"\n\n"
            before = now
        try:
            await asyncio.wait_for(stopping.wait(), REFRESH)
        except TimeoutError:
            continue
