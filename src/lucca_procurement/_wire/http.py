"""The way to the wire: the only module that knows httpx. A request is sent once, and what came of it is told."""

from __future__ import annotations

import asyncio
import ssl
import sys
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from http.cookiejar import CookieJar
from typing import Any, BinaryIO, Protocol

import httpx
from attrs import define, field

from lucca_procurement_api.types import FilePart, Request

from ..errors import ConfigurationError
from .retry import Failure, Try
from .settings import Key, Settings

__all__ = ("Http", "Reply")

LARGEST_ANSWER = 64 * 2**20
"""In bytes, after decompression."""
_COMPRESSIONS = ("", "identity", "gzip", "deflate")
"""Those that were asked for. Two of them, one in the other, could make gigabytes of a few bytes."""
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_MALFORMED = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL)


class Http:
    """One pool of connections to one host, with one key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._headers = {
            "accept": "application/json, application/problem+json",
            "accept-encoding": "gzip, deflate",
            "user-agent": f"{settings.user_agent} httpx/{httpx.__version__}",
        }
        try:
            # Made once, for it takes 20 ms, and a pool may have to be replaced.
            self._tls = httpx.create_ssl_context()
            self._client = self._opened()
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            raise ConfigurationError(
                "the environment has a value that cannot be used, in SSL_CERT_FILE, SSL_CERT_DIR, HTTP_PROXY, "
                f"HTTPS_PROXY, ALL_PROXY or NO_PROXY: {error}"
            ) from None
        self._under_way: Counter[httpx.AsyncClient] = Counter()
        self._closing: set[asyncio.Task[None]] = set()

    def _opened(self) -> httpx.AsyncClient:
        settings = self._settings
        return httpx.AsyncClient(
            auth=_Authorization(settings.key),
            cookies=_NoCookies(),
            verify=self._tls,
            # A deadline is set around each exchange instead: httpx counts every wait anew, and a drip never ends.
            timeout=None,
            # Common servers close an idle connection after 5 s, and so does httpx: a POST of that moment is lost.
            # The pool is unbounded, as the gate lets 8 through: a place of it could be lost to a cancelled task.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=2.0),
            transport=settings.transport,
            # A proxy of the environment does not lead to this machine itself.
            mounts={f"all://{settings.loopback}": None} if settings.loopback else None,
        )

    @asynccontextmanager
    async def _pool(self, trace: _Trace) -> AsyncIterator[httpx.AsyncClient]:
        """Give the pool for an exchange, and put another in its place if the exchange is cancelled or takes too long.

        httpcore 1.0.9 loses the connection of a task that is cancelled before the request starts, during the handshake
        of TLS, or while it gives the connection back: it stays open, and in the pool, until the pool is closed. That
        has to wait for the other exchanges.
        """
        client = self._client
        self._under_way[client] += 1
        try:
            yield client
        except (asyncio.CancelledError, TimeoutError):
            if trace.stream is not None:
                self._close(trace.stream)
            if client is self._client and not client.is_closed and self._settings.transport is None:
                self._client = self._opened()
            raise
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]
                if client is not self._client:
                    self._close(client)

    def _close(self, what: _Open) -> None:
        # In a task of its own, because the one that was cancelled may be cancelled again.
        task = asyncio.create_task(what.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def exchange(
        self, request: Request, request_id: str, reply: Reply, may_send: Callable[[], bool] | None = None
    ) -> None:
        """Send a request once, and note the outcome in `reply`. Raises nothing, except a cancellation.

        `may_send` is asked when the connection is open and the first byte of the request follows. If it returns False,
        nothing is sent.
        """
        self.check()
        trace = _Trace(may_send)
        # Of a caller that is handling an error, it ends every chain of contexts here.
        handled = sys.exception()
        try:
            _rewind(request)
        except (OSError, ValueError) as error:
            # The caller's file was closed meanwhile, say. Another try would fare no better.
            reply.sent, reply.failure, reply.words = False, Failure.MALFORMED, f"the file cannot be read again: {error}"
            return
        try:
            async with (
                self._pool(trace) as client,
                asyncio.timeout(self._settings.timeout),
                aclosing(await client.send(self._made(request, request_id, trace), stream=True)) as answer,
            ):
                reply.status = answer.status_code
                # One pass: to look each of them up would be another for each.
                reply.headers = dict(answer.headers.items())
                await reply.read(answer)
        except (Exception, asyncio.CancelledError) as error:
            reply.failure, reply.words = _failure(error, handled, self._settings.timeout)
            reply.sent = trace.sent or not (
                isinstance(error, _NEVER_SENT) or (trace.reported and self._settings.transport is None)
            )
            if isinstance(error, asyncio.CancelledError):
                raise
        if reply.words is not None:
            reply.words = self._settings.key.hidden(reply.words)

    def _made(self, request: Request, request_id: str, trace: _Trace) -> httpx.Request:
        # Made here and not by the client, which merges settings of its own into each: a tenth of what a call costs.
        return httpx.Request(
            request.method,
            self._settings.base_url + request.target,
            content=request.content,
            files=[(name, (part.file_name, _content(part), part.content_type)) for name, part in request.files] or None,
            headers=self._headers
            | {"x-request-id": request_id}
            | ({"content-type": "application/json"} if request.content is not None else {}),
            extensions={"trace": trace},
        )

    async def aclose(self) -> None:
        """Close all connections. What is under way fails. Raises ConfigurationError in another event loop."""
        if not self._client.is_closed:
            self.check()
        self._loop = None
        for client in {self._client, *self._under_way}:
            await client.aclose()
        await asyncio.gather(*self._closing, return_exceptions=True)

    def check(self) -> None:
        """Make sure that the client is open, and used from one event loop. Raises ConfigurationError."""
        if self._client.is_closed:
            raise ConfigurationError("the client is closed: make another one, or keep it open around all of its calls")
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif loop is not self._loop:
            raise ConfigurationError(
                "the client was used in another event loop, to which its connections belong: make one for each loop"
            )

    def __del__(self) -> None:
        client = getattr(self, "_client", None)
        if client is not None and not client.is_closed:
            host = self._settings.host
            message = f"unclosed client of {host}: use `async with`, or call `aclose()`"
            warnings.warn(message, ResourceWarning, stacklevel=2, source=self)


@define(kw_only=True)
class Reply:
    """What came of one exchange: an answer, a part of one, or none."""

    status: int | None = None
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    content: bytearray = field(factory=bytearray, repr=False)
    failure: Failure | None = None
    words: str | None = None
    """What went wrong, for people."""
    sent: bool = True

    @property
    def known(self) -> Try:
        """What decides whether the request may be sent again."""
        return Try(
            sent=self.sent, failure=self.failure, status=self.status, retry_after=self.headers.get("retry-after")
        )

    async def read(self, answer: httpx.Response) -> None:
        """Read the body, up to the bound."""
        if (compression := answer.headers.get("content-encoding", "").strip()).lower() not in _COMPRESSIONS:
            self.failure, self.words = Failure.ENCODING, f"its compression was not asked for ({compression})"
            return
        async for part in answer.aiter_bytes():
            self.content += part
            if len(self.content) > LARGEST_ANSWER:
                self.failure = Failure.TOO_LARGE
                self.words = f"its body is longer than {LARGEST_ANSWER // 2**20} MB"
                return


class _Authorization(httpx.Auth):
    """Put the key onto a request at the last moment, so that nothing else ever holds it."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = self._key.authorization()
        yield request


class _Open(Protocol):
    async def aclose(self) -> None: ...


class _NoCookies(CookieJar):
    """Keep nothing of an answer: no request depends on an earlier one."""

    def extract_cookies(self, response: object, request: object) -> None:
        pass


class _Trace:
    """Note what httpcore reports of an exchange: whether it reports at all, and whether the request has started."""

    def __init__(self, may_send: Callable[[], bool] | None) -> None:
        self._may_send = may_send
        self.reported = False
        self.sent = False
        self.stream: _Open | None = None
        """The connection that was opened for it."""

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self.reported = True
        if event.endswith("connect_tcp.complete"):
            self.stream = info["return_value"]
        # A proxy gets a CONNECT first, by which the server gets nothing.
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            if self._may_send is not None and not self._may_send():
                raise _Stale
            self.sent = True


class _Stale(Exception):
    """Too much time passed between the preparation of a try and its first byte."""

    def __str__(self) -> str:
        return "the process or the connection took too long before the first byte"


class _File:
    """A file without its descriptor: httpx would take the length on disk, which is not that of what is read from it."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _content(part: FilePart) -> Any:
    return part.content if isinstance(part.content, bytes) else _File(part.content)


def _rewind(request: Request) -> None:
    """Let a file be sent from its beginning, whatever an earlier try has read of it."""
    for _, part in request.files:
        if not isinstance(part.content, bytes):
            part.content.seek(0)


def _failure(error: BaseException, handled: BaseException | None, timeout: float) -> tuple[Failure, str]:
    """Tell how an exchange failed, and say it in words that hold nothing of the request."""
    if isinstance(error, TimeoutError):
        return Failure.TRANSPORT, f"no whole answer within {timeout:g} s"
    if isinstance(error, httpx.DecodingError):
        return Failure.ENCODING, "the compression of its body is broken"
    if isinstance(error, asyncio.CancelledError):
        return Failure.TRANSPORT, "cancelled"
    causes = list(_causes(error, handled))
    words = f"{type(error).__name__}: {causes[-1]}" if str(causes[-1]) else type(causes[-1]).__name__
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Failure.CERTIFICATE, words
    if isinstance(error, _MALFORMED):
        return Failure.MALFORMED, type(error).__name__
    return Failure.TRANSPORT, words


def _causes(error: BaseException | None, handled: BaseException | None) -> Iterator[BaseException]:
    while error is not None and error is not handled:
        yield error
        error = error.__cause__ or error.__context__
