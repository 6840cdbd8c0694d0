"""The limits on callers: their host name, the origin of a browser's page, and the size of a body."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from .answers import problem
from .tenant import Refused


class OwnHost:
    """Refuse a request for the name of another host.

    A site can let its own name lead to this machine (DNS rebinding). The browser then treats the emulator as a part of
    that site. Only the `Host` header shows the difference. A site cannot rebind a numeric address.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_own(scope):
            await self._app(scope, receive, send)
            return
        detail = (
            "The emulator does not answer to this host name: start it with --allow-host NAME, or Emulator(hosts=...)."
        )
        await problem(Refused(403, "Forbidden", detail))(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        given = Headers(scope=scope).getlist("host")
        name = _name(given[0]) if len(given) == 1 else ""
        if name == "localhost" or name in self._hosts:
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        # The address of the connection counts too, because a server may listen at all of its addresses.
        server = scope.get("server")
        return address.is_loopback or (server is not None and str(address) == server[0])


def _name(host: str) -> str:
    """Return the name in a `Host` header, without a port and without the brackets of an IPv6 address."""
    found = re.fullmatch(r"(?:\[([^\]]*)\]|([^:]*))(?::\d*)?", host.lower())
    return (found[1] or found[2] or "") if found else ""


class OwnPage:
    """Refuse a request that a page of another origin sends. Programs pass, because they send no `Origin` header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        origins = {_authority(each) for each in headers.getlist("origin")}
        if origins <= {headers.get("host", "").lower()}:
            await self._app(scope, receive, send)
            return
        refused = Refused(403, "Forbidden", "A page of another site cannot steer the emulator.")
        await problem(refused)(scope, receive, send)


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


async def read_body(request: Request, most: int) -> bytes:
    """Return a body of at most `most` bytes. Raises Refused if it is larger, at once if a header declares the size."""
    too_large = Refused(413, "Payload Too Large", f"A body has at most {most:,} bytes here.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > most):
        raise too_large
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise too_large
    return bytes(content)
