"""A plain client of Lucca procurement API: it sends a request once and returns the response."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import NoReturn, Self

import httpx

from .types import Request, Response

__all__ = ("Client",)


class Client:
    """Send requests to one host with one key, over one pool of connections.

    Use it as `async with Client(base_url, api_key) as client`, or call `aclose()`. It does not follow redirects.

    Args:
        base_url: The address of the host, such as https://example.ilucca.net.
        api_key: The key alone, without the prefix of the header.
        timeout: The time limit of each wait on the network, in seconds.
        headers: The client sends these headers with every request.
        transport: It replaces the network in tests.

    Raises:
        ValueError: The URL or the key is malformed.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: float = 30.0,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        url = httpx.URL(base_url)
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
            raise ValueError("base_url must be like https://example.ilucca.net, without a user, a query or a fragment")
        if not api_key or not api_key.isascii() or not api_key.isprintable() or api_key != api_key.strip(" {}"):
            raise ValueError("api_key must be the key alone: no spaces, braces or control characters around or in it")
        self._base_url = base_url.rstrip("/")
        self._key = api_key
        self._headers = httpx.Headers(headers)
        # Common servers and httpx close an idle connection after 5 s. A POST that is sent at that moment is lost.
        self._http = httpx.AsyncClient(timeout=timeout, limits=httpx.Limits(keepalive_expiry=2.0), transport=transport)

    def with_headers(self, headers: Mapping[str, str]) -> Client:
        """Return a client that also sends these headers. Both share one pool: closing one closes the other."""
        other = object.__new__(Client)
        other._base_url, other._key, other._http = self._base_url, self._key, self._http
        other._headers = httpx.Headers({**self._headers, **httpx.Headers(headers)})
        return other

    async def send(self, request: Request, /) -> Response:
        """Send a request once. Raises the errors of httpx."""
        answer = await self._http.request(
            request.method,
            self._base_url + request.target,
            content=request.content,
            files=[(name, (part.file_name, part.content, part.content_type)) for name, part in request.files] or None,
            headers=httpx.Headers(
                {
                    "accept": "application/json, application/problem+json",
                    **({"content-type": "application/json"} if request.content is not None else {}),
                    **self._headers,
                    "authorization": f"lucca application={self._key}",
                }
            ),
        )
        return Response(status=answer.status_code, headers=dict(answer.headers), content=answer.content)

    async def aclose(self) -> None:
        """Close the pool."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"Client({self._base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be pickled, because it holds a key and open connections: create another one")
