"""The way to the wire: the only module that knows httpx. A request is sent once, and what came of it is told."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import httpx
from attrs import define, field

from lucca_procurement_api.types import Request

from ._settings import Key, Settings
from .errors import ConfigurationError
from .retry import Failure, Try

__all__ = ("Http", "Reply")

LARGEST_ANSWER = 64 * 2**20
"""In bytes, after decompression."""
_COMPRESSIONS = ("", "identity", "gzip", "deflate")
"""Those that were asked for. Two of them, one in the other, could make gigabytes of a few bytes."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MALFORMED = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL)


class Http:
    """One pool of connections to one host, with one key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client = httpx.AsyncClient(
            auth=_Authorization(settings.key),
            headers={
                "accept": "application/json, application/problem+json",
                "accept-encoding": "gzip, deflate",
                "user-agent": f"{settings.user_agent} httpx/{httpx.__version__}",
            },
            # Around each exchange there is a deadline as well: httpx counts every wait anew, and a drip never ends.
            timeout=settings.timeout,
            # Common servers close an idle connection after 5 s, and so does httpx: a POST of that moment is lost.
            # The pool is unbounded, as the gate lets 8 through: httpcore 1.0.9 loses a place of it for good to a task
            # that is cancelled while it takes or gives back a connection.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=2.0),
            transport=settings.transport,
            # A proxy of the environment does not lead to this machine itself.
            mounts={f"all://{settings.loopback}": None} if settings.loopback else None,
        )

    async def exchange(self, request: Request, request_id: str, reply: Reply) -> None:
        """Send a request once, and tell what comes of it in `reply`. Raises nothing, a cancellation aside."""
        self.check()
        trace = _Trace()
        try:
            _rewind(request)
            async with (
                asyncio.timeout(self._settings.timeout),
                self._client.stream(
                    request.method,
                    self._settings.base_url + request.target,
                    content=request.content,
                    files=[(name, (part.file_name, part.content, part.content_type)) for name, part in request.files]
                    or None,
                    headers={"x-request-id": request_id}
                    | ({"content-type": "application/json"} if request.content is not None else {}),
                    extensions={"trace": trace},
                ) as answer,
            ):
                reply.status = answer.status_code
                reply.headers = dict(answer.headers)
                await reply.read(answer)
        except (Exception, asyncio.CancelledError) as error:
            reply.failure, words = _failure(error, self._settings.timeout)
            reply.words = self._settings.key.hidden(words)
            reply.sent = trace.sent or not (
                isinstance(error, _NEVER_SENT) or (trace.reported and self._settings.transport is None)
            )
            if isinstance(error, asyncio.CancelledError):
                raise

    async def aclose(self) -> None:
        """Close the pool. What is under way fails."""
        self._loop = None
        await self._client.aclose()

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
        if (compression := answer.headers.get("content-encoding", "").strip().lower()) not in _COMPRESSIONS:
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


class _Trace:
    """Note what httpcore reports of an exchange: whether it reports at all, and whether the request has started."""

    def __init__(self) -> None:
        self.reported = False
        self.sent = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self.reported = True
        # A proxy gets a CONNECT first, by which the server gets nothing.
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.sent = True


def _rewind(request: Request) -> None:
    """Let a file be sent from its beginning, whatever an earlier try has read of it."""
    for _, part in request.files:
        if not isinstance(part.content, bytes):
            part.content.seek(0)


def _failure(error: BaseException, timeout: float) -> tuple[Failure, str]:
    """Tell how an exchange failed, and say it in words that hold nothing of the request."""
    if isinstance(error, TimeoutError):
        return Failure.TRANSPORT, f"no whole answer within {timeout:g} s"
    if isinstance(error, httpx.DecodingError):
        return Failure.ENCODING, "the compression of its body is broken"
    causes = list(_causes(error))
    words = f"{type(error).__name__}: {causes[-1]}" if str(causes[-1]) else type(causes[-1]).__name__
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Failure.CERTIFICATE, words
    if isinstance(error, _MALFORMED):
        return Failure.MALFORMED, type(error).__name__
    return Failure.TRANSPORT, words


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
