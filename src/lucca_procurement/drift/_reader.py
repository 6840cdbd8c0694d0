"""Return raw answers of read operations, also if the compiled client cannot read them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from attrs import define, field, frozen

from lucca_procurement_api.errors import ApiError
from lucca_procurement_api.types import Request, Response, Sender

from .._wire.retry import server_time
from .._wire.session import Session
from ..errors import NotSent, ProcurementError
from ..events import Event, RequestSent
from ..models import Problem
from ._compare import compare
from ._findings import Findings, Question, kind, media_type

TRIES = 2
"""The most requests for one answer."""
_PAUSE = 1.0
"""In seconds. The session itself keeps the pause that a 429 asks for."""
_TRANSIENT = frozenset({408, 429, 502, 503, 504})
_DOCUMENTED = frozenset({200, 400, 401, 403, 404, 405, 408, 413, 429, 431, 500, 503})
_OF_CHANGES = frozenset({201, 204, *range(400, 500)})
"""More statuses that a change may have: a refusal by a business rule may be any 4xx."""
_decoder = msgspec.json.Decoder(float_hook=Decimal)

Operation = Callable[..., Awaitable[object]]


class Stopped(Exception):
    """A read failed for a reason that stops every other read."""


@frozen
class Reader:
    """Read with a session that sends each request once (`retries=0`), and add the observations to the findings."""

    session: Session
    findings: Findings = field(factory=Findings)
    events: Sequence[Event] = ()
    """The events of the session, which have the ids of its requests."""

    async def body(self, name: str, operation: Operation, *, expected: Collection[int] = (), **arguments: Any) -> Any:
        """Return the JSON of a success, else None.

        The reason of a failure is recorded, if the status is not expected. Raises Stopped if the request did not reach
        the server, or if the key is not valid.
        """
        try:
            response = await self._answer(partial(operation, **arguments))
        except NotSent as error:
            self.findings.not_read[name] = error.reason
            raise Stopped from None
        except ProcurementError as error:
            # The reason of another error may quote the server.
            self.findings.not_read[name] = f"no whole answer ({type(error).__name__})"
            return None
        body = parsed(response.content)
        self._note(name, response, body, _DOCUMENTED)
        if response.status == 200 and body is None:
            self.findings.not_read[name] = "answered 200 with no JSON, or null"
        elif response.status not in (200, *expected):
            self.findings.not_read[name] = f"answered {response.status}"
        if response.status == 401:
            raise Stopped
        return body if response.status == 200 else None

    async def change(self, name: str, operation: Operation, **arguments: Any) -> tuple[Response, Any]:
        """Send a change once, and return the answer and its JSON, with any status. Nothing is ever sent again.

        Raises ProcurementError if there is no whole answer.
        """
        response = await self._send(partial(operation, **arguments))
        body = parsed(response.content)
        self._note(name, response, body, _DOCUMENTED | _OF_CHANGES)
        return response, body

    def _note(self, name: str, response: Response, body: Any, documented: Collection[int]) -> None:
        self.findings.note(Question.DATE, "yes" if "date" in response.headers else "no")
        self.findings.note(Question.REQUEST_ID, self._returned(response.headers.get("x-request-id")))
        if response.status not in documented:
            self.findings.add("status", name, f"{response.status}, which is not documented")
        if 200 <= response.status < 300:
            return
        form = kind(body) if body is not None else "no JSON" if response.content else "an empty body"
        media = media_type(response.headers.get("content-type", ""))
        self.findings.note(Question.ERROR, f"{response.status}: {media}, {form}")
        if isinstance(body, dict):
            compare(self.findings, Problem, body, f"problem({response.status})")

    def _returned(self, found: str | None) -> str:
        if found is None:
            return "no"
        sent = [each.request_id for each in self.events if isinstance(each, RequestSent)]
        return "yes" if sent and found == sent[-1] else "another one"

    async def _answer(self, read: Operation) -> Response:
        """Send a request, and repeat it once after a transient failure.

        Raises ProcurementError if there is no whole answer.
        """
        try:
            response = await self._send(read)
            if response.status not in _TRANSIENT:
                return response
        except ProcurementError:
            pass
        await self.session.clock.sleep(_PAUSE)
        return await self._send(read)

    async def _send(self, operation: Operation) -> Response:
        response = await self.session(_recorded, operation)
        if after := response.headers.get("retry-after"):
            self.findings.note(Question.RETRY_AFTER, f"{response.status}: {_form_of_wait(after)}")
        return response


def parsed(content: bytes) -> Any:
    """Return JSON as data with exact numbers, or None if the content is not JSON."""
    try:
        return _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, ArithmeticError, RecursionError):
        return None


def _form_of_wait(value: str) -> str:
    if re.fullmatch(r"\d+", value):
        return "whole seconds"
    if re.fullmatch(r"\d*\.\d+", value):
        return "a fraction of seconds"
    return "a date" if server_time(value) is not None else "another form"


@define
class _Recorder:
    """A sender that keeps the answers."""

    sender: Sender
    responses: list[Response] = field(factory=list)

    async def send(self, request: Request, /) -> Response:
        self.responses.append(await self.sender.send(request))
        return self.responses[-1]


async def _recorded(sender: Sender, read: Operation) -> Response:
    recorder = _Recorder(sender)
    try:
        await read(recorder)
    except ApiError:
        # A survey needs the answers that the compiled client cannot read.
        if not recorder.responses:
            raise
    return recorder.responses[-1]
