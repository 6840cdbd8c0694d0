"""The command: its options, its session, its exit code."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime
from secrets import token_hex

import attrs

from .._version import __version__
from .._wire.clocks import SystemClock
from .._wire.session import Session
from .._wire.settings import Settings
from ..errors import ConfigurationError
from ..events import Event, RequestSent
from ._consent import consent
from ._content import Ids
from ._findings import Findings
from ._play import Play
from ._reader import TRIES, Reader
from ._report import as_data, as_text, play_as_data, play_as_text
from ._survey import PAGE_SIZE, Survey

_IDS = [each.name for each in attrs.fields(Ids)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code.

    Args:
        arguments: The arguments of the command. If it is None, those of the command line.

    Raises SystemExit if an argument is invalid.
    """
    options = _options(arguments)
    try:
        if options.write:
            return _write(options)
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
    survey = Survey(Reader(session, events=events), pages=options.pages, territory=options.territory, date=options.date)
    most = survey.requests
    print(f"At most {most} requests, all of them GET ({most * TRIES} if each has to be sent again).", file=sys.stderr)
    async with aclosing(session.http):
        await survey.run()
    return survey.reader.findings, sum(isinstance(event, RequestSent) for event in events)


def _write(options: argparse.Namespace) -> int:
    """Play one small order after a question. Return the exit code."""
    events: list[Event] = []
    settings = settings_of(options.base_url, events)
    reference = f"DRIFT-{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}"
    if not consent(settings, reference, options.currency, yes=options.yes):
        print("Nothing was sent.", file=sys.stderr)
        return 2
    ids = Ids(**{name: getattr(options, name) for name in _IDS})
    play = Play(reference, ids, options.currency)
    try:
        asyncio.run(_play(play, settings, events))
    except KeyboardInterrupt:
        print("Interrupted. The report shows what was left behind.", file=sys.stderr)
    report = play_as_data(play, sum(isinstance(event, RequestSent) for event in events))
    print(json.dumps(report, indent=2) if options.json else play_as_text(report))
    if play.answers.differing or play.findings.drift:
        return 1
    return 2 if play.stopped or play.findings.not_read else 0


async def _play(play: Play, settings: Settings, events: list[Event]) -> None:
    session = Session(settings, SystemClock())
    async with aclosing(session.http):
        await play.run(Reader(session, play.findings, events))


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
        description="Compare a tenant's responses with the contract. It only reads, unless --write is passed. "
        "The key is that of LUCCA_API_KEY.",
        epilog="Exit code: 1 if there is drift, else 2 if something could not be read, else 0.",
    )
    today = datetime.now(UTC).date()
    parser.add_argument("--base-url", help="the host, such as https://example.ilucca.net (default: LUCCA_BASE_URL)")
    parser.add_argument(
        "--pages", type=_pages, default=2, help=f"the most pages of {PAGE_SIZE} to read of each list (default: 2)"
    )
    parser.add_argument("--territory", default="FR", help="the territory of the tax rates to read (default: FR)")
    parser.add_argument(
        "--date", type=date.fromisoformat, default=today, help="the day of the tax rates to read (default: today)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    write = parser.add_argument_group("an order, on a tenant for tests")
    write.add_argument("--write", action="store_true", help="play one small order, and report the answers")
    write.add_argument("--yes", action="store_true", help="agree to the order without a question")
    write.add_argument("--currency", default="EUR", help="the currency of the amount of 1.00 (default: EUR)")
    for name in _IDS:
        option = f"--{name.replace('_', '-')}"
        write.add_argument(option, type=int, metavar="ID", help="default: that of the newest purchase")
    return parser.parse_args(arguments)


def _pages(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000:
        raise argparse.ArgumentTypeError("from 1 to 1000")
    return int(text)
