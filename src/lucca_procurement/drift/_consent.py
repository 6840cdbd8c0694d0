"""Ask before an order is played: it leaves a purchase behind."""

from __future__ import annotations

import sys

from .._wire.settings import Settings
from ..errors import ConfigurationError
from ._play import MOST_REQUESTS

_TESTS = (".ilucca-test.", ".ilucca-demo.", ".sandbox.")
"""Parts of the hosts of tenants that are made for tests."""


def is_for_tests(settings: Settings) -> bool:
    """Return True if a host is known to be one for tests: a test, demo or sandbox tenant, or this machine."""
    return settings.loopback is not None or any(part in settings.host for part in _TESTS)


def consent(settings: Settings, reference: str, currency: str, *, yes: bool) -> bool:
    """Show what an order leaves behind, and return True if the person agrees.

    Args:
        settings: The settings of the session.
        reference: The reference of the order.
        currency: The currency of its amount.
        yes: True if the person agreed on the command line. This is not enough for a host that may be a real tenant.

    Raises ConfigurationError if there is nobody to ask.
    """
    host = settings.host
    print(
        f"This plays one order of 1.00 {currency} at {host}, in at most {MOST_REQUESTS} requests:\n"
        f"a purchase [{reference}], a commitment, and a request for approval. It tries a second commitment\n"
        "and a second request. People who approve may be notified. At the end, it cancels the request and\n"
        "closes the purchase, if Lucca allows it. Nothing deletes a purchase: it stays in the list.",
        file=sys.stderr,
    )
    if yes and is_for_tests(settings):
        return True
    if not sys.stdin.isatty():
        why = "and --yes is not enough for a host that may be a real tenant" if yes else "pass --yes to agree"
        raise ConfigurationError(f"there is no terminal to ask, {why}")
    if is_for_tests(settings):
        return _answer("Play it? [y/N] ").lower() in ("y", "yes")
    return _answer("This may be a real tenant, and not one for tests. To play it, type the host: ") == host


def _answer(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    try:
        return input().strip()
    except (EOFError, KeyboardInterrupt):
        return ""
