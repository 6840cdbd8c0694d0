"""From what came of a call to the error that says so. Nothing here is sent, and nothing is raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lucca_procurement_api import errors as compiled
from lucca_procurement_api.models import Problem

from . import errors, retry
from .retry import Failure, Outcome, Try

__all__ = ("held", "unanswered", "unread", "unsuccessful")

_BY_STATUS: dict[int, type[errors.ResponseError]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    422: errors.BadRequest,
    429: errors.RateLimited,
}
_READ_ADVICE = "Nothing was changed: read it again later."


def unanswered(call: Mapping[str, Any], one: Try, words: str) -> errors.ProcurementError:
    """Give the error of a call that no answer came to."""
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
    title, detail = hidden(problem.title or ""), hidden(problem.detail or "")
    fields = _fields(problem.errors, hidden)
    said = ": ".join(each for each in (title, detail) if each)
    said += "".join(f"; {name}: {' '.join(messages)}" for name, messages in fields.items())
    body = hidden(found.shown)
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
    reason = f"answered {found.status}: {said or body or '(no body)'}"
    if after is not None:
        reason += f" (come back in {after:.0f} s)"
    known = retry.outcome(one)
    if call["method"] != "GET" and known in (Outcome.UNKNOWN, Outcome.SUCCESS):
        return errors.OutcomeUnknown(reason, done=known is Outcome.SUCCESS, **answer)
    kind = errors.ServerError if found.status >= 500 else _BY_STATUS.get(found.status, errors.ResponseError)
    error = kind(reason, **answer)
    if 300 <= found.status < 400:
        error.advice = "Redirects are not followed: check the base URL."
    return error


def unread(
    call: Mapping[str, Any], found: compiled.DecodeError, words: str | None, hidden: Callable[[str], str]
) -> errors.ProcurementError:
    """Give the error of a success that cannot be read."""
    body = hidden(found.shown)
    why = f"{words}; {found.reason}" if words else str(found.reason)
    reason = f"answered {found.status} with a body that cannot be read: {hidden(why)}. The body: {body or '(empty)'}"
    answer: dict[str, Any] = {**call, "status": found.status, "body": body}
    if call["method"] != "GET":
        # A page in HTML is what a proxy or a portal answers, which knows of nothing that was done.
        done = "html" not in found.headers.get("content-type", "")
        return errors.OutcomeUnknown(reason, done=done, **answer)
    return errors.DecodeError(reason, member=found.reason.path, expected=found.reason.expected, **answer)


def _fields(messages: object, hidden: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """Read the messages by member, in whatever form an older part of the platform gives them."""
    if not isinstance(messages, dict):
        return {}
    return {
        hidden(str(name)): tuple(hidden(str(each)) for each in (found if isinstance(found, list) else [found]))
        for name, found in messages.items()
    }
