"""A sender for the compiled operations, without a server."""

from __future__ import annotations

from typing import Any

from lucca_procurement_api.api import create_commitment
from lucca_procurement_api.types import Request, Response
from support.samples import ONE_TIME


class FixedSender:
    """A sender that returns one response to every request, and keeps the requests."""

    def __init__(self, status: int = 200, content: bytes = b"") -> None:
        self.response = Response(status=status, headers={"content-type": "application/json"}, content=content)
        self.requests: list[Request] = []

    async def send(self, request: Request, /) -> Response:
        self.requests.append(request)
        return self.response


async def created_commitment(status: int, content: bytes) -> Any:
    """Read a response to the creation of a commitment."""
    return await create_commitment(FixedSender(status, content), 1, body=ONE_TIME)
