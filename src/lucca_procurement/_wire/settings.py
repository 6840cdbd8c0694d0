"""The settings of a client, checked at its creation. The error of an invalid setting names the correction."""

from __future__ import annotations

import ipaddress
import os
import platform
import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen

from .._version import __version__
from ..errors import ConfigurationError
from ..events import Event
from .gate import Limiter
from .key import NOT_COPIED, Key

__all__ = ("NOT_COPIED", "CommitmentPath", "ReferencePosition", "Settings", "Transport", "host_of")

CommitmentPath = Literal["auto", "by-kind", "purchase", "commitments"]
ReferencePosition = Literal["front", "end"]


class Transport(Protocol):
    """A replacement for the network in a test. Any asynchronous transport of httpx is one."""

    async def handle_async_request(self, request: Any, /) -> Any:
        """Return the answer to one request."""
        ...

    async def aclose(self) -> None:
        """Close all connections of the transport."""
        ...


def _wrong(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"{name} {what}")


def _or_environment(name: str, value: str | None, variable: str, example: str) -> str:
    found = os.environ.get(variable) if value is None else value
    if not isinstance(found, str) or not found:
        raise _wrong(name, f"is missing: pass it as text ({example}), or set {variable}")
    return found


def _url(value: str | None) -> str:
    """Return a checked base URL: scheme, host and perhaps a path, without a slash at its end."""
    text = _or_environment("base_url", value, "LUCCA_BASE_URL", "https://example.ilucca.net")
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
    if {"api", "cleemy-procurement"} & {*parts.path.split("/")}:
        raise _wrong("base_url", f"ends in a path of the API: pass the host alone; {example}")
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise _wrong("base_url", f"must end before ? and #; {example}")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise _wrong("base_url", "is http: the key would travel in the open. Use https; http is for this machine alone")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def host_of(base_url: str | None) -> str:
    """Return the host of a base URL, with its port. Raises ConfigurationError if the URL is invalid.

    Args:
        base_url: The base URL. If it is None, `LUCCA_BASE_URL`.
    """
    return urlsplit(_url(base_url)).netloc


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _key(value: str | None) -> Key:
    text = _or_environment("api_key", value, "LUCCA_API_KEY", "the key of an API access in Lucca")
    # The messages must not contain the key.
    if "{" in text or "}" in text:
        raise _wrong("api_key", "still has the braces of the documentation's {api_key}: pass the key alone")
    if text.lower().startswith(("lucca ", "bearer ", "application=")):
        raise _wrong("api_key", "must be the key alone: `lucca application=` is put before it here")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise _wrong("api_key", "has spaces, line ends or characters that no key has: was it copied whole and alone?")
    return Key(text)


def _seconds(_settings: object, attribute: Attribute[Any], value: Any) -> None:
    least = attribute.metadata["least"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= sys.float_info.max:
        raise _wrong(attribute.name, f"must be a number of seconds {'above' if least else 'from'} 0")


def _retries(_settings: object, _attribute: Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _wrong("retries", "must be a whole number from 0: how often a request is sent again")


def _rate(_settings: object, _attribute: Attribute[Any], value: Any) -> None:
    number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= sys.maxsize
    if not (number or value is None or callable(getattr(value, "acquire", None))):
        raise _wrong(
            "rate", "must be a number of requests per minute from 1, an object with `async acquire()`, or None"
        )


def _user_agent(app: str | None) -> str:
    own = f"lucca-procurement/{__version__} python/{platform.python_version()}"
    if app is None:
        return own
    if not isinstance(app, str) or not app.strip() or not app.isascii() or not app.isprintable():
        raise _wrong("app", "must be text as my-app/1.2, in ASCII")
    return f"{app.strip()} {own}"


def _listener(_settings: object, _attribute: Attribute[Any], value: Any) -> None:
    if value is not None and (not callable(value) or _is_async(value)):
        raise _wrong("on_event", "must be a plain function of one argument: it is called in the middle of a request")


def _is_async(function: Callable[..., object]) -> bool:
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - it is known to be callable


def _transport(_settings: object, _attribute: Attribute[Any], value: Any) -> None:
    if value is not None and not callable(getattr(value, "handle_async_request", None)):
        raise _wrong("transport", "must have `async handle_async_request(request)`, as the transports of httpx")


def _commitment_path(_settings: object, _attribute: Attribute[Any], value: Any) -> None:
    if value not in ("auto", "by-kind", "purchase", "commitments"):
        raise _wrong(
            "commitment_path", "must be 'auto', 'by-kind', 'purchase' (purchases/{id}/commitment) or 'commitments'"
        )


def _reference_at(_settings: object, _attribute: Attribute[Any], value: Any) -> None:
    if value not in ("front", "end"):
        raise _wrong("reference_at", "must be 'front' or 'end': the position of an order's reference in a title")


@frozen(kw_only=True)
class Settings:
    """The settings of a client. `LuccaProcurement` describes them.

    Raises ConfigurationError if a setting is invalid.
    """

    base_url: str = field(converter=_url)
    key: Key = field(alias="api_key", converter=_key)
    timeout: float = field(default=30.0, validator=_seconds, metadata={"least": 0.001})
    retries: int = field(default=3, validator=_retries)
    rate: int | Limiter | None = field(default=50, validator=_rate)
    settle: float = field(default=30.0, validator=_seconds, metadata={"least": 0.0})
    user_agent: str = field(default=None, alias="app", converter=_user_agent)
    on_event: Callable[[Event], object] | None = field(default=None, validator=_listener)
    transport: Any = field(default=None, validator=_transport)
    commitment_path: CommitmentPath = field(default="auto", validator=_commitment_path)
    reference_at: ReferencePosition = field(default="front", validator=_reference_at)

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def loopback(self) -> str | None:
        """The host as a URL spells it, if it is this machine."""
        host = urlsplit(self.base_url).hostname or ""
        shown = f"[{host}]" if ":" in host else host
        return shown if _is_loopback(host) else None
