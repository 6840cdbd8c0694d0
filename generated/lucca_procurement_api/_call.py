"""The steps that all operations share: check the arguments before the request is sent, and read the response."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from . import _json, _read, _write
from ._read import Reader
from .errors import ApiError, DecodeError, InvalidData, UnexpectedStatus
from .types import UNSET, Response


def content(body: Any, read: Reader) -> bytes:
    """Check a request's body against the contract and return it as JSON. Raises InvalidData if it breaks a rule."""

    def checked(value: Any) -> Any:
        found = _write.plain(value)
        read(found)
        return found

    return _json.encode(checked, body)


def files(body: Any, kind: type[Any]) -> Any:
    """Check the body of an upload and return its parts. Raises InvalidData if it is not of this kind."""
    if not isinstance(body, kind):
        raise InvalidData("body", f"a {kind.__name__}", body)
    return body.to_multipart()


def argument(name: str, value: Any, read: Reader) -> Any:
    """Check an argument against the contract and return it as plain data. Raises InvalidData if it breaks a rule."""
    try:
        written = None if value is UNSET else _write.plain(value)
        read(written)
    except InvalidData as error:
        raise error.under(name) from None
    return written


def optional(name: str, value: Any, read: Reader) -> Any:
    """Check an optional argument. Return UNSET for None, UNSET and an empty list: the query leaves them out."""
    return UNSET if value is None or value is UNSET or value == [] else argument(name, value, read)


async def result(operation: str, response: Response, successes: Mapping[int, Reader], problem: Reader | None) -> Any:
    """Read a response. Raises UnexpectedStatus if the status is no success, DecodeError if the body cannot be read."""
    if len(response.content) < _json.LARGE:
        return _result(operation, response, successes, problem)
    # Reading 1,000 items takes 0.1 s, which would block the event loop. While a thread reads, the loop runs every 5 ms.
    return await asyncio.to_thread(_result, operation, response, successes, problem)


def _result(operation: str, response: Response, successes: Mapping[int, Reader], problem: Reader | None) -> Any:
    read = successes.get(response.status)
    if read is None:
        error = UnexpectedStatus(operation, response.status, response.headers, response.content)
        if problem is not None:
            try:
                error.problem = problem(_json.parse(response.content))
            except ApiError:
                pass
        raise error
    if read is _read.nothing:
        return None
    try:
        return read(_json.parse(response.content))
    except InvalidData as reason:
        raise DecodeError(operation, response.status, response.headers, response.content, reason) from None
