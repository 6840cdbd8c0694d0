"""Build the error of a failed call. These functions send nothing and raise nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lucca_procurement_api import errors as compiled
from lucca_procurement_api.models import Problem
from lucca_procurement_api.types import Response

from .. import errors
from . import retry
from .retry import AttemptFacts, Failure, Outcome
from .text import LONGEST, cut

__all__ = ("held", "is_page", "page", "unanswered", "unread", "unsuccessful", "unusable")

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


def unanswered(context: Mapping[str, Any], facts: AttemptFacts, message: str) -> errors.ProcurementError:
    """Return the error of a call without an answer, or of a read without a whole answer."""
    if facts.status is not None:
        incomplete = errors.DecodeError(f"answered {facts.status}, but {message}", status=facts.status, **context)
        if facts.failure is Failure.TRANSPORT:
            incomplete.advice = _READ_ADVICE
        return incomplete
    if facts.sent:
        error = errors.OutcomeUnknown(f"no answer came: {message}", **context)
        if context["method"] == "GET":
            error.advice = _READ_ADVICE
        return error
    not_sent = errors.NotSent(f"it did not reach the server: {message}", **context)
    if facts.failure is Failure.CERTIFICATE:
        not_sent.advice = (
            "Nothing was sent. Check the host; for a private authority, set SSL_CERT_FILE to its certificate."
        )
    if facts.failure is Failure.MALFORMED:
        not_sent.advice = errors.InvalidArgument.advice
    return not_sent


def held(context: Mapping[str, Any], seconds: float) -> errors.ProcurementError:
    """Return the error of a call that was not sent, because the server asked for too long a wait."""
    return errors.RateLimited(
        f"not sent: the server asked to wait, and {seconds:.0f} s of that are left",
        status=429,
        retry_after=seconds,
        **context,
    )


def unsuccessful(
    context: Mapping[str, Any],
    facts: AttemptFacts,
    found: compiled.UnexpectedStatus,
    redact: Callable[[str], str],
    now: float,
) -> errors.ProcurementError:
    """Return the error of a call whose answer has an unexpected status."""
    problem = found.problem if isinstance(found.problem, Problem) else Problem()
    title, detail = (redact(each or "") for each in (problem.title, problem.detail))
    fields = _fields(problem.errors, redact)
    said = [": ".join(each for each in (title, detail) if each)]
    said += [f"{name}: {' '.join(messages)}" for name, messages in fields.items()]
    body = redact(_beginning(found.content))
    after = retry.retry_after(facts.retry_after, now)
    answer: dict[str, Any] = {
        **context,
        "status": found.status,
        "title": title or None,
        "detail": detail or None,
        "fields": fields,
        "body": body,
        "retry_after": after,
    }
    reason = f"answered {found.status}: {cut('; '.join(filter(None, said))) or body or '(no body)'}"
    if after is not None:
        reason += f" (come back in {after:.0f} s)"
    known = retry.outcome(facts)
    if context["method"] != "GET" and known in (Outcome.UNKNOWN, Outcome.SUCCESS):
        return errors.OutcomeUnknown(reason, accepted=known is Outcome.SUCCESS, **answer)
    if known is Outcome.SUCCESS:
        return errors.DecodeError(f"{reason}, a status that the contract does not have here", **answer)
    kind = errors.ServerError if found.status >= 500 else _BY_STATUS.get(found.status, errors.ResponseError)
    error = kind(reason, **answer)
    if 300 <= found.status < 400:
        error.advice = "Redirects are not followed: check the base URL."
    elif found.status == 404 and context["method"] == "GET" and not _has_id(context["path"]):
        error.advice = "No id was asked for: check the base URL, which must be that of the host alone."
    return error


def _has_id(path: str) -> bool:
    return any(part.isdecimal() for part in path.split("/"))


def is_page(response: Response) -> bool:
    """Return True if an answer is a page in HTML by its content type and by its content."""
    return _is_html(response.headers) and response.content.lstrip().startswith(b"<")


def page(context: Mapping[str, Any], response: Response, redact: Callable[[str], str]) -> errors.ProcurementError:
    """Return the error of a change whose successful answer is a page in HTML."""
    body = redact(_beginning(response.content))
    reason = f"answered {response.status} with a page in HTML, which Lucca does not send: {body}"
    return errors.OutcomeUnknown(reason, status=response.status, body=body, **context)


def unusable(
    context: Mapping[str, Any], facts: AttemptFacts, why: str, member: str, expected: str
) -> errors.ProcurementError:
    """Return the error of a success that the client refuses for its content or its reading time."""
    reason = f"answered {facts.status} {why}"
    if context["method"] != "GET":
        return errors.OutcomeUnknown(reason, accepted=True, status=facts.status, **context)
    return errors.DecodeError(reason, status=facts.status, member=member, expected=expected, **context)


def unread(
    context: Mapping[str, Any], found: compiled.DecodeError, message: str | None, redact: Callable[[str], str]
) -> errors.ProcurementError:
    """Return the error of a success that cannot be read."""
    body = redact(_beginning(found.content))
    why = f"{message}; {found.reason}" if message else str(found.reason)
    # The name of a member may be the server's own.
    reason = f"answered {found.status} with a body that cannot be read: {redact(why)}. The body: {body or '(empty)'}"
    answer: dict[str, Any] = {**context, "status": found.status, "body": body}
    if context["method"] != "GET":
        # A page in HTML comes from a proxy or a portal, and does not prove that the server did anything.
        return errors.OutcomeUnknown(reason, accepted=not _is_html(found.headers), **answer)
    return errors.DecodeError(reason, member=redact(found.reason.path), expected=found.reason.expected, **answer)


def _is_html(headers: Mapping[str, str]) -> bool:
    return "html" in headers.get("content-type", "").lower()


def _fields(messages: object, redact: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """Return the messages by member. Older parts of the platform send them in other forms."""
    if not isinstance(messages, dict):
        return {}
    fields: dict[str, tuple[str, ...]] = {}
    left = LONGEST
    for name, found in messages.items():
        member = redact(str(name))
        for each in found if isinstance(found, list) else [found]:
            if left <= 0:
                return fields
            message = redact(str(each))
            fields[member] = (*fields.get(member, ()), message)
            left -= len(member) + len(message) + 1
    return fields


def _beginning(content: bytes) -> str:
    """Return the part of a body that a message can show, and some text after it, because a key may cross the cut."""
    return content[: 16 * LONGEST].decode(errors="replace")
