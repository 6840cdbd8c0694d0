"""Send a request once, and record the outcome. No other module imports httpx."""

from __future__ import annotations

import asyncio
import ssl
import sys
import warnings
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import aclosing, suppress
from http.cookiejar import CookieJar
from importlib import import_module
from typing import Any, BinaryIO

import httpx
from attrs import define, field

from lucca_procurement_api.types import FilePart, Request

from ..errors import ConfigurationError
from .key import Key
from .pool import Closable, Pool
from .retry import AttemptFacts, Failure
from .settings import Settings

__all__ = ("Http", "Reply")

LARGEST_ANSWER = 32 * 2**20
"""In bytes, after decompression. A page of 1,000 purchases has 5 MB."""
_PIECE = 2**18
"""The bytes that are unpacked before other tasks run: 64 kB may hold 64 MB."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_MALFORMED = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL)
_BACKEND = "anyio._backends._asyncio"
"""The backend of httpx for asyncio. httpx imports it, with 30 other modules, for its first connection."""


class Http:
    """The connections to one host, with one key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._headers = {
            "accept": "application/json, application/problem+json",
            "accept-encoding": "gzip",
            "user-agent": f"{settings.user_agent} httpx/{httpx.__version__}",
        }
        foreign = settings.transport is not None
        if not foreign:
            # The first request would stop the event loop for 50 ms.
            with suppress(ImportError):
                import_module(_BACKEND)
        try:
            # All pools share one context, because its creation takes 20 ms. A transport of the caller does not use it.
            self._tls = True if foreign else httpx.create_ssl_context()
            # Common servers close an idle connection after 5 s, and so does httpx. A read that meets this moment
            # is sent again.
            self._reads = Pool(lambda: self._opened(kept=None, expiry=2.0), loses=not foreign)
            # Every other request has a fresh connection. It cannot meet the moment at which the server closes an idle
            # one. Bytes that followed an earlier answer cannot become its answer.
            self._writes = self._reads if foreign else Pool(lambda: self._opened(kept=0, expiry=0.0), loses=True)
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            raise ConfigurationError(
                "the environment has a value that cannot be used, in SSL_CERT_FILE, SSL_CERT_DIR, HTTP_PROXY, "
                f"HTTPS_PROXY, ALL_PROXY or NO_PROXY: {error}"
            ) from None

    def _opened(self, kept: int | None, expiry: float) -> httpx.AsyncClient:
        settings = self._settings
        return httpx.AsyncClient(
            auth=_Authorization(settings.key),
            cookies=_NoCookies(),
            verify=self._tls,
            # A deadline around each exchange replaces it: httpx restarts its timeout for every wait.
            timeout=None,
            # Unbounded, as the gate bounds the requests: a place of the pool could be lost to a cancelled task.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=kept, keepalive_expiry=expiry),
            transport=settings.transport,
            # A proxy of the environment does not lead to this machine itself.
            mounts={f"all://{settings.loopback}": None} if settings.loopback else None,
        )

    async def exchange(
        self, request: Request, request_id: str, deadline: float, may_send: Callable[[], bool] | None = None
    ) -> Reply:
        """Send a request once, and return the outcome. A failure or a cancellation is an outcome, and raises no error.

        Args:
            request: The request.
            request_id: The value of the header `X-Request-Id`.
            deadline: The time by the event loop's clock at which the answer must be complete.
            may_send: Runs when the connection is open, right before the first byte of the request. If it returns False,
                nothing is sent. A transport of the caller may report nothing, so `may_send` runs before that transport
                receives the request.

        Raises ConfigurationError if the client is closed, or if it was used in another event loop.
        """
        self.check()
        reply = Reply(deadline=deadline)
        foreign = self._settings.transport is not None
        trace = _Trace(None if foreign else may_send)
        # If the caller is handling an error, every chain of contexts ends with that error.
        handled = sys.exception()
        try:
            made = self._made(request, request_id, trace)
        except (OSError, ValueError, httpx.InvalidURL) as error:
            reply.sent, reply.failure, reply.message = False, Failure.MALFORMED, self._settings.key.redact(str(error))
            return reply
        if foreign and may_send is not None and not may_send():
            reply.sent, reply.failure, reply.message = False, Failure.TRANSPORT, str(_Stale())
            return reply
        try:
            async with (
                (self._reads if request.method == "GET" else self._writes).client(trace) as client,
                asyncio.timeout_at(deadline),
                aclosing(await client.send(made, stream=True)) as answer,
            ):
                reply.status = answer.status_code
                # One pass here is cheaper: each lookup in httpx's headers is a pass of its own.
                reply.headers = dict(answer.headers.items())
                await reply.read(answer)
        except BaseException as error:
            reply.failure, message = _failure(error, handled, self._settings.timeout)
            reply.message = self._settings.key.redact(message)
            # Only httpx's own transport is trusted to report. Another one may be silent about a request that it sent.
            reply.sent = trace.sent or not ((trace.reported and not foreign) or isinstance(error, _NEVER_SENT))
            if not isinstance(error, Exception):
                # Its frames of httpx hold the request as bytes, and a report of an error shows their variables.
                reply.stopped = error.with_traceback(None)
                reply.stopped.__context__ = handled
        return reply

    def _made(self, request: Request, request_id: str, trace: _Trace) -> httpx.Request:
        # The client would merge its own settings into each request, which takes a tenth of the time of a call.
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
        """Close all connections. The exchanges under way fail.

        Raises ConfigurationError if the client was used in another event loop.
        """
        if not self._reads.closed:
            self.check()
        self._loop = None
        await self._reads.aclose()
        if self._writes is not self._reads:
            await self._writes.aclose()

    def check(self) -> None:
        """Check the state of the client.

        Raises ConfigurationError if the client is closed, or if it was used in another event loop.
        """
        if self._reads.closed:
            raise ConfigurationError("the client is closed: make another one, or keep it open around all of its calls")
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif loop is not self._loop:
            raise ConfigurationError(
                "the client was used in another event loop, to which its connections belong: make one for each loop"
            )

    def __del__(self) -> None:
        reads = getattr(self, "_reads", None)
        if reads is not None and not reads.closed:
            host = self._settings.host
            message = f"unclosed client of {host}: use `async with`, or call `aclose()`"
            warnings.warn(message, ResourceWarning, stacklevel=2, source=self)


@define(kw_only=True)
class Reply:
    """The outcome of one exchange: an answer, a part of one, or none."""

    deadline: float = 0.0
    """The time by the event loop's clock at which the answer must be complete and parsed."""
    status: int | None = None
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    content: bytearray = field(factory=bytearray, repr=False)
    failure: Failure | None = None
    message: str | None = None
    """The description of the failure."""
    sent: bool = True
    stopped: BaseException | None = field(default=None, repr=False)
    """The cancellation that ended the exchange. The caller raises it."""

    @property
    def facts(self) -> AttemptFacts:
        """The facts that decide whether the request may be sent again."""
        return AttemptFacts(
            sent=self.sent, failure=self.failure, status=self.status, retry_after=self.headers.get("retry-after")
        )

    async def read(self, answer: httpx.Response) -> None:
        """Read the body, up to the bound. Raises zlib.error if its compression is broken."""
        compression = answer.headers.get("content-encoding", "").strip().lower()
        # A transport of a test may return an answer that is read and unpacked.
        if compression in ("", "identity") or answer.is_stream_consumed:
            async for part in answer.aiter_bytes():
                self.content += part
                if self._is_too_large():
                    return
        elif compression == "gzip":
            await self._unpack(answer)
        else:
            # One compression in another could make gigabytes of a few bytes.
            self.failure, self.message = Failure.ENCODING, "its compression was not asked for"

    async def _unpack(self, answer: httpx.Response) -> None:
        # httpx would unpack a whole part: 64 kB may become 64 MB before the bound is checked.
        unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        async for part in answer.aiter_raw():
            while part and not unpacking.eof:
                self.content += unpacking.decompress(part, _PIECE)
                if self._is_too_large():
                    return
                if part := unpacking.unconsumed_tail:
                    await asyncio.sleep(0)
        if not unpacking.eof and self.content:
            raise zlib.error("cut")

    def _is_too_large(self) -> bool:
        if len(self.content) <= LARGEST_ANSWER:
            return False
        self.failure = Failure.TOO_LARGE
        self.message = f"its body is longer than {LARGEST_ANSWER // 2**20} MB"
        self.content.clear()
        return True


class _Authorization(httpx.Auth):
    """Add the key to a request at the last moment, so that no other object holds it."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = self._key.authorization()
        yield request


class _NoCookies(CookieJar):
    """Store no cookies: no request depends on an earlier one."""

    def extract_cookies(self, response: object, request: object) -> None:
        pass


class _Trace:
    """Record two facts of an exchange: httpcore reported an event, and the request has started."""

    def __init__(self, may_send: Callable[[], bool] | None) -> None:
        self._may_send = may_send
        self.reported = False
        self.sent = False
        self.stream: Closable | None = None
        """The connection that was opened for the exchange."""

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self.reported = True
        if event.endswith("connect_tcp.complete"):
            self.stream = info["return_value"]
        # A CONNECT goes to a proxy, and the server receives nothing of it.
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            if self._may_send is not None and not self._may_send():
                raise _Stale
            self.sent = True


class _Stale(Exception):
    """Too much time passed between the preparation of a try and its first byte."""

    def __str__(self) -> str:
        return "the process or the connection took too long before the first byte"


class _File:
    """A file without its descriptor: httpx would use the length on disk, which may differ from that of the content."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _content(part: FilePart) -> Any:
    if isinstance(part.content, bytes):
        return part.content
    try:
        # An earlier try may have read from the file. The caller may have closed it meanwhile.
        part.content.seek(0)
    except Exception as error:
        raise OSError(f"the file cannot be read again: {error}") from None
    return _File(part.content)


def _failure(error: BaseException, handled: BaseException | None, timeout: float) -> tuple[Failure, str]:
    """Return the kind of a failure, and a description that holds no part of the request."""
    if isinstance(error, TimeoutError):
        return Failure.TRANSPORT, f"no whole answer within {timeout:g} s"
    if isinstance(error, zlib.error):
        return Failure.ENCODING, "the compression of its body is broken"
    if not isinstance(error, Exception):
        return Failure.TRANSPORT, "cancelled"
    causes = list(_causes(error, handled))
    message = f"{type(error).__name__}: {causes[-1]}" if str(causes[-1]) else type(causes[-1]).__name__
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Failure.CERTIFICATE, message
    if isinstance(error, _MALFORMED):
        return Failure.MALFORMED, type(error).__name__
    return Failure.TRANSPORT, message


def _causes(error: BaseException | None, handled: BaseException | None) -> Iterator[BaseException]:
    while error is not None and error is not handled:
        yield error
        error = error.__cause__ or error.__context__
