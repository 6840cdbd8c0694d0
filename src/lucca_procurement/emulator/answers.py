"""The answers of the emulator: JSON with exact numbers, problems, and every kind of bad answer."""

from __future__ import annotations

import asyncio
import copy
import socket
import struct
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .faults import Fault
from .requests import pascal_case
from .tenant import Refused

_encoder = msgspec.json.Encoder(decimal_format="number")
ID_NAMES = ("id", "purchaseId", "commitmentId")
_PROXY_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>a proxy</body></html>"


def answer(status: int, value: Any) -> Response:
    """Return an answer with JSON. The answer to None has no body."""
    if value is None:
        return Response(status_code=status)
    return Response(_encoder.encode(value), status, media_type="application/json")


def problem(refused: Refused, headers: dict[str, str] | None = None) -> Response:
    """Return an answer with a problem (RFC 9457) in the form of Lucca's samples."""
    content = {
        "type": f"https://httpstatuses.io/{refused.status}",
        "title": refused.title,
        "status": refused.status,
        **({"detail": refused.detail} if refused.detail else {}),
        **({"errors": pascal_case(refused.errors)} if refused.errors else {}),
    }
    return Response(_encoder.encode(content), refused.status, headers, media_type="application/problem+json")


class Broken(Response):
    """Close the connection before an answer, or in the middle of `sent`. With `resets`, the connection is reset."""

    def __init__(self, sent: Response | None = None, *, resets: bool = False) -> None:
        super().__init__()
        self._sent = sent
        self._resets = resets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._sent is not None:
            content = bytes(self._sent.body)
            await send(
                {"type": "http.response.start", "status": self._sent.status_code, "headers": self._sent.raw_headers}
            )
            await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        transport = scope.get("state", {}).get("transport")
        if transport is None:
            raise ConnectionResetError("the emulator broke the connection, as a fault asks for")
        if self._resets:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
        # The server answers 500 if an application ends without an answer, unless the client has disconnected.
        while (await receive())["type"] != "http.disconnect":
            pass


class Trailing(Response):
    """Answer, and send the bytes of another answer behind it. Without a connection, these bytes are not sent."""

    EXTRA = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"id": 1000}'

    def __init__(self, sent: Response) -> None:
        super().__init__(status_code=sent.status_code)
        self.body = sent.body
        self.raw_headers = sent.raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)
        if transport := scope.get("state", {}).get("transport"):
            transport.write(self.EXTRA)


class Gone(Response):
    """Send no answer, because the caller disconnected in the middle of its request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pass


class Hanging(Response):
    """Never answer. The wait ends when the caller disconnects or the server stops."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = asyncio.ensure_future(_left(receive))
        waits = [left]
        if stopping := scope.get("state", {}).get("stopping"):
            waits.append(asyncio.ensure_future(stopping.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not left.done():
            await Broken()(scope, receive, send)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def retry_after(value: Any, now: float) -> dict[str, str]:
    """Return the Retry-After header of a fault. `date` becomes the date in two seconds. Other values stay unchanged."""
    if value is None:
        return {}
    if value == "date":
        return {"Retry-After": format_datetime(datetime.fromtimestamp(now, UTC) + timedelta(seconds=2), usegmt=True)}
    return {"Retry-After": str(value)}


def failed(fault: Fault, status: int, now: float) -> Response:
    """Return the answer of a fault whose status is no success."""
    headers = retry_after(fault.options.get("retry_after"), now)
    if status in (502, 504) or fault.name in ("403-html", "503-after-commit"):
        said = {403: "Forbidden", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}[status]
        return Response(_PROXY_PAGE.format(said), status, headers, media_type="text/html")
    titles = {
        401: "Unauthorized",
        403: "Forbidden",
        408: "Request Timeout",
        429: "Too Many Requests",
        503: "Service Unavailable",
        529: "Site is overloaded",
    }
    return problem(Refused(status, titles.get(status, "An error occurred while processing your request.")), headers)


def created_id(value: Any) -> int:
    """Return the id in the answer to a create, under any of `ID_NAMES`."""
    first = _first(value)
    return int(next(first[name] for name in ID_NAMES if name in first))


def spoiled(fault: Fault, status: int, value: Any, token: str | None, foreign: int | None) -> Response:
    """Return a success as a fault spoils it.

    `token` is the next token that a fault puts into a page, if there is one. `foreign` is the id of another object of
    the kind that was created, if there is one.
    """
    # A copy, because the tenant must keep its own.
    value = copy.deepcopy(value)
    if value is None and fault.name in ("cut-body", "html", "garbage"):
        # A 204 has no body that a fault can spoil. A 200 is a success too.
        status, value = 200, {"done": True}
    match fault.name:
        case "cut-body":
            return Broken(answer(status, value))
        case "html":
            return Response(_PROXY_PAGE.format("Welcome"), status, media_type="text/html")
        case "empty":
            return Response(status_code=status, media_type="application/json")
        case "garbage":
            content = _encoder.encode(value)
            return Response(content[: len(content) // 2], status, media_type="application/json")
        case "missing-id":
            first = _first(value)
            for name in ID_NAMES:
                first.pop(name, None)
        case "foreign-id" if foreign is not None:
            first = _first(value)
            first |= {name: foreign for name in ID_NAMES if name in first}
        case "trailing-bytes":
            return Trailing(answer(status, value))
        case "unknown-enum":
            _replace(value, lambda each: "state" in each, {"state": "InOrbit"})
        case "unknown-commitment-type":
            _replace(value, lambda each: str(each.get("type")).endswith("Commitment"), {"type": "BarterCommitment"})
        case "repeated-token" if token and isinstance(value, dict):
            value["next"] = token
        case "empty-page" if token and isinstance(value, dict):
            value |= {"items": [], "next": token}
    return answer(status, value)


def _first(value: Any) -> dict[str, Any]:
    items = value.get("items") if isinstance(value, dict) else value
    if items is None:
        return value if isinstance(value, dict) else {}
    return items[0] if items else {}


def _replace(value: Any, fits: Any, members: dict[str, Any]) -> None:
    if isinstance(value, dict):
        if fits(value):
            value |= members
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            _replace(inner, fits, members)
