"""From what came of a call to the error that says so. Nothing here is sent, and nothing is raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lucca_procurement_api import errors as compiled
from lucca_procurement_api.models import Problem
from lucca_procurement_api.types import Response

from .. import errors
from . import retry
from .retry import Failure, Outcome, Try

__all__ = ("held", "is_page", "page", "unanswered", "unread", "unsuccessful")

_BY_STATUS: dict[int, type[errors.ResponseError]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    422: errors.BadRequest,
    429: errors.RateLimited,
}
_LONGEST = 2_000
"""In characters, of what a server says."""
_READ_ADVICE = "Nothing was changed: read it again later."


def unanswered(call: Mapping[str, Any], one: Try, words: str) -> errors.ProcurementError:
    """Give the error of a call that no answer came to, or of a read that no whole answer came to."""
    if one.status is not None:
        cut = errors.DecodeError(f"answered {one.status}, but {words}", status=one.status, **call)
        if one.failure is Failure.TRANSPORT:
            cut.advice = _READ_ADVICE
        return cut
    if one.sent:
        error = errors.OutcomeUnknown(f"no answer came: {words}", **call)
        if call["method"] == "GET":
            error.advice = _READ_ADVICE
        return error
    not_sent = errors.NotSent(f"it did not reach the server: {words}", **call)
    if one.failure is Failure.CERTIFICATE:
        not_sent.advice = (
            "Nothing was sent. Check the host; for a private authority, set SSL_CERT_FILE to its certificate."
        )
    if one.failure is Failure.MALFORMED:
        not_sent.advice = errors.InvalidArgument.advice
    return not_sent


def held(call: Mapping[str, Any], seconds: float) -> errors.ProcurementError:
    """Give the error of a call that was not sent, because the server wants more patience than is had here."""
    return errors.RateLimited(
        f"not sent: the server asked to wait, and {seconds:.0f} s of that are left",
        status=429,
        retry_after=seconds,
        **call,
    )


def unsuccessful(
    call: Mapping[str, Any], one: Try, found: compiled.UnexpectedStatus, hidden: Callable[[str], str], now: float
) -> errors.ProcurementError:
    """Give the error of a call that was answered with a status that is no success."""
    problem = found.problem if isinstance(found.problem, Problem) else Problem()
    title, detail = (_shown(each or "", hidden) for each in (problem.title, problem.detail))
    fields = _fields(problem.errors, hidden)
    said = [": ".join(each for each in (title, detail) if each)]
    said += [f"{name}: {' '.join(messages)}" for name, messages in fields.items()]
    body = _shown(_beginning(found.content), hidden)
    after = retry.retry_after(one.retry_after, now)
    answer: dict[str, Any] = {
        **call,
        "status": found.status,
        "title": title or None,
        "detail": detail or None,
        "fields": fields,
        "body": body,
        "retry_after": after,
    }
    reason = f"answered {found.status}: {_cut('; '.join(filter(None, said))) or body or '(no body)'}"
    if after is not None:
        reason += f" (come back in {after:.0f} s)"
    known = retry.outcome(one)
    if call["method"] != "GET" and known in (Outcome.UNKNOWN, Outcome.SUCCESS):
        return errors.OutcomeUnknown(reason, accepted=known is Outcome.SUCCESS, **answer)
    if known is Outcome.SUCCESS:
        return errors.DecodeError(f"{reason}, a status that the contract does not have here", **answer)
    kind = errors.ServerError if found.status >= 500 else _BY_STATUS.get(found.status, errors.ResponseError)
    error = kind(reason, **answer)
    if 300 <= found.status < 400:
        error.advice = "Redirects are not followed: check the base URL."
    return error


def is_page(response: Response) -> bool:
    """Tell whether an answer is a page in HTML, and not one that is called so."""
    return _is_html(response.headers) and response.content.lstrip().startswith(b"<")


def page(call: Mapping[str, Any], response: Response, hidden: Callable[[str], str]) -> errors.ProcurementError:
    """Give the error of a call that changes something, and was answered with a page in HTML as a success."""
    body = _shown(_beginning(response.content), hidden)
    reason = f"answered {response.status} with a page in HTML, which Lucca does not send: {body}"
    return errors.OutcomeUnknown(reason, status=response.status, body=body, **call)


def unread(
    call: Mapping[str, Any], found: compiled.DecodeError, words: str | None, hidden: Callable[[str], str]
) -> errors.ProcurementError:
    """Give the error of a success that cannot be read."""
    body = _shown(_beginning(found.content), hidden)
    why = f"{words}; {found.reason}" if words else str(found.reason)
    reason = f"answered {found.status} with a body that cannot be read: {hidden(why)}. The body: {body or '(empty)'}"
    answer: dict[str, Any] = {**call, "status": found.status, "body": body}
    if call["method"] != "GET":
        # A page in HTML is what a proxy or a portal answers, which knows of nothing that was done.
        return errors.OutcomeUnknown(reason, accepted=not _is_html(found.headers), **answer)
    return errors.DecodeError(reason, member=found.reason.path, expected=found.reason.expected, **answer)


def _is_html(headers: Mapping[str, str]) -> bool:
    return "html" in headers.get("content-type", "").lower()


def _fields(messages: object, hidden: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """Read the messages by member, in whatever form an older part of the platform gives them."""
    if not isinstance(messages, dict):
        return {}
    fields: dict[str, tuple[str, ...]] = {}
    left = _LONGEST
    for name, found in messages.items():
        member = _shown(str(name), hidden)
        for each in found if isinstance(found, list) else [found]:
            if left <= 0:
                return fields
            message = _shown(str(each), hidden)
            fields[member] = (*fields.get(member, ()), message)
            left -= len(member) + len(message) + 1
    return fields


def _beginning(content: bytes) -> str:
    """Give what of a body can ever be shown, and a key that begins there to its end: a body may have 64 MB."""
    return content[: 8 * _LONGEST].decode(errors="replace")


def _shown(text: str, hidden: Callable[[str], str]) -> str:
    """Give the beginning of a text, fit for a message: no key, and nothing that moves a cursor or starts a line."""
    # The key goes first: a cut in the middle of it would leave its beginning.
    beginning = hidden(text)[: _LONGEST + 1]
    return _cut("".join(each if each.isprintable() else repr(each)[1:-1] for each in beginning))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
