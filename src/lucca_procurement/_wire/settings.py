"""The settings of a client, checked at its creation. The error of an invalid setting names the correction."""

from __future__ import annotations

import ipaddress
import os
import platform
import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, Literal, Protocol
from urllib.parse import SplitResult, urlsplit

from attrs import frozen

from .._version import __version__
from ..errors import ConfigurationError
from ..events import Event
from .gate import Limiter
from .key import NOT_COPIED, Key

__all__ = ("NOT_COPIED", "CommitmentPath", "ReferencePosition", "Settings", "Transport")

CommitmentPath = Literal["purchase", "commitments"]
ReferencePosition = Literal["front", "end"]


class Transport(Protocol):
    """A replacement for the network in a test. Any asynchronous transport of httpx is one."""

    async def handle_async_request(self, request: Any, /) -> Any:
        """Return the answer to one request."""
        ...

    async def aclose(self) -> None:
        """Close all connections of the transport."""
        ...


@frozen(kw_only=True)
class Settings:
    """The checked settings of a client."""

    base_url: str
    """Scheme, host and perhaps a path; no slash at its end."""
    host: str
    loopback: str | None
    """The host, if it is this machine."""
    key: Key
    timeout: float
    retries: int
    rate: int | Limiter | None
    settle: float
    user_agent: str
    on_event: Callable[[Event], object] | None
    transport: Any
    commitment_path: CommitmentPath
    reference_at: ReferencePosition

    @classmethod
    def checked(
        cls,
        base_url: str | None,
        api_key: str | None,
        *,
        timeout: float,
        retries: int,
        rate: int | Limiter | None,
        settle: float,
        app: str | None,
        on_event: Callable[[Event], object] | None,
        transport: Transport | None,
        commitment_path: CommitmentPath,
        reference_at: ReferencePosition,
    ) -> Settings:
        """Return the checked settings. Raises ConfigurationError if a setting is invalid."""
        parts = _url(_or_environment("base_url", base_url, "LUCCA_BASE_URL", "https://example.ilucca.net"))
        host = parts.hostname or ""
        loopback = _is_loopback(host)
        if parts.scheme == "http" and not loopback:
            raise _wrong(
                "base_url", "is http: the key would travel in the open. Use https; http is for this machine alone"
            )
        if not (isinstance(rate, int) and not isinstance(rate, bool) and 1 <= rate <= sys.maxsize) and not (
            rate is None or callable(getattr(rate, "acquire", None))
        ):
            raise _wrong(
                "rate", "must be a number of requests per minute from 1, an object with `async acquire()`, or None"
            )
        if on_event is not None and (not callable(on_event) or _is_async(on_event)):
            raise _wrong(
                "on_event", "must be a plain function of one argument: it is called in the middle of a request"
            )
        if commitment_path not in ("purchase", "commitments"):
            raise _wrong("commitment_path", "must be 'purchase' (purchases/{id}/commitment) or 'commitments'")
        if reference_at not in ("front", "end"):
            raise _wrong("reference_at", "must be 'front' or 'end': the position of an order's reference in a title")
        if transport is not None and not callable(getattr(transport, "handle_async_request", None)):
            raise _wrong("transport", "must have `async handle_async_request(request)`, as the transports of httpx")
        return cls(
            base_url=f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}",
            host=parts.netloc,
            loopback=(f"[{host}]" if ":" in host else host) if loopback else None,
            key=Key(_key(_or_environment("api_key", api_key, "LUCCA_API_KEY", "the key of an API access in Lucca"))),
            timeout=_seconds("timeout", timeout, least=0.001),
            retries=_retries(retries),
            rate=rate,
            settle=_seconds("settle", settle, least=0.0),
            user_agent=_user_agent(app),
            on_event=on_event,
            transport=transport,
            commitment_path=commitment_path,
            reference_at=reference_at,
        )


def _wrong(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"{name} {what}")


def _or_environment(name: str, value: str | None, variable: str, example: str) -> str:
    found = os.environ.get(variable) if value is None else value
    if not isinstance(found, str) or not found:
        raise _wrong(name, f"is missing: pass it as text ({example}), or set {variable}")
    return found


def _url(text: str) -> SplitResult:
    example = "it must be as https://example.ilucca.net"
    if not text.isascii() or not text.isprintable() or " " in text:
        raise _wrong("base_url", f"has characters that no URL has; {example}")
    if "{" in text or "}" in text:
        raise _wrong("base_url", f"still has its braces: put your account's name in their place; {example}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _wrong("base_url", f"cannot be read ({error}); {example}") from None
    if parts.scheme not in ("http", "https"):
        raise _wrong("base_url", f"has no scheme https; {example}")
    if "@" in parts.netloc:
        raise _wrong("base_url", f"holds a user or a password, which would show in logs; {example}")
    if not parts.hostname or port == 0:
        raise _wrong("base_url", f"has no host, or a port that cannot be; {example}")
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise _wrong("base_url", f"must end before ? and #; {example}")
    return parts


def _is_async(function: Callable[..., object]) -> bool:
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - it is known to be callable


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _key(text: str) -> str:
    # The messages must not contain the key.
    if "{" in text or "}" in text:
        raise _wrong("api_key", "still has the braces of the documentation's {api_key}: pass the key alone")
    if text.lower().startswith(("lucca ", "bearer ", "application=")):
        raise _wrong("api_key", "must be the key alone: `lucca application=` is put before it here")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise _wrong("api_key", "has spaces, line ends or characters that no key has: was it copied whole and alone?")
    return text


def _seconds(name: str, value: float, *, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= sys.float_info.max:
        raise _wrong(name, f"must be a number of seconds {'above' if least else 'from'} 0")
    return float(value)


def _retries(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _wrong("retries", "must be a whole number from 0: how often a request is sent again")
    return value


def _user_agent(app: str | None) -> str:
    own = f"lucca-procurement/{__version__} python/{platform.python_version()}"
    if app is None:
        return own
    if not isinstance(app, str) or not app.strip() or not app.isascii() or not app.isprintable():
        raise _wrong("app", "must be text as my-app/1.2, in ASCII")
    return f"{app.strip()} {own}"
