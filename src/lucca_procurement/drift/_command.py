"""The command: its options, its session, its exit code."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime

from .._version import __version__
from .._wire.clocks import SystemClock
from .._wire.session import Session
from .._wire.settings import Settings
from ..errors import ConfigurationError
from ..events import Event, RequestSent
from ._findings import Findings
from ._reader import TRIES, Reader
from ._report import as_data, as_text
from ._survey import PAGE_SIZE, Survey


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code.

    Args:
        arguments: The arguments of the command. If it is None, those of the command line.

    Raises SystemExit if an argument is invalid.
    """
    options = _options(arguments)
    try:
        findings, requests = asyncio.run(_run(options))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    report = as_data(findings, requests)
    print(json.dumps(report, indent=2) if options.json else as_text(report))
    return 1 if findings.drift else 2 if findings.not_read else 0


async def _run(options: argparse.Namespace) -> tuple[Findings, int]:
    """Return the findings, and the number of requests that were sent."""
    events: list[Event] = []
    session = Session(settings_of(options.base_url, events), SystemClock())
    survey = Survey(Reader(session), pages=options.pages, territory=options.territory, date=options.date)
    most = survey.requests
    print(f"At most {most} requests, all of them GET ({most * TRIES} if each has to be sent again).", file=sys.stderr)
    async with aclosing(session.http):
        await survey.run()
    return survey.reader.findings, sum(isinstance(event, RequestSent) for event in events)


def settings_of(base_url: str | None, events: list[Event]) -> Settings:
    return Settings(
        base_url=base_url,
        api_key=None,
        # The reader repeats requests itself: `retries` would bound only failed tries, and not throttled ones.
        retries=0,
        app=f"drift/{__version__}",
        on_event=events.append,
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}",
        description="Compare a tenant's responses with the contract. It only reads. The key is that of LUCCA_API_KEY.",
        epilog="Exit code: 1 if there is drift, else 2 if something could not be read, else 0.",
    )
    today = datetime.now(UTC).date()
    parser.add_argument("--base-url", help="as https://example.ilucca.net (default: LUCCA_BASE_URL)")
    parser.add_argument("--pages", type=_pages, default=2, help=f"of {PAGE_SIZE}, of each list at most (default: 2)")
    parser.add_argument("--territory", default="FR", help="of the tax rates (default: FR)")
    parser.add_argument("--date", type=date.fromisoformat, default=today, help="of the tax rates (default: today)")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    return parser.parse_args(arguments)


def _pages(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000:
        raise argparse.ArgumentTypeError("from 1 to 1000")
    return int(text)
