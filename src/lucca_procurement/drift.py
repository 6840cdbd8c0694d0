"""Hold a tenant's answers against the contract: `python -m lucca_procurement.drift`. It reads, and changes nothing.

The key comes from `LUCCA_API_KEY` alone. The report holds no data of the tenant: see docs/drift.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from datetime import date as _date
from decimal import Decimal
from typing import Any

from attrs import asdict, define, field, frozen

from lucca_procurement_api import api
from lucca_procurement_api.types import Response

from . import models
from ._drift import Course, Findings, Questions, form_of_next, kind, parsed, response_of
from ._version import __version__
from .client import LuccaProcurement
from .errors import ConfigurationError, NotSent, ProcurementError
from .events import Event, RequestSent

__all__ = ("Survey", "main")

PAGE_SIZE = 100
RETRIES = 1
_IMPOSSIBLE = "a purchase that cannot exist"
_DOCUMENTED = frozenset({200, 400, 401, 403, 404, 405, 408, 413, 429, 431, 500, 503})
_MEMBERS = [models.PagingMember.NEXT, models.PagingMember.PREV, models.PagingMember.COUNT]


@frozen
class _List:
    name: str
    operation: Callable[..., Awaitable[Any]]
    page: type[Any]
    item: type[Any]


_LISTS = (
    _List("purchases", api.list_purchases, models.PurchasePage, models.Purchase),
    _List("suppliers", api.list_suppliers, models.SupplierPage, models.Supplier),
    _List("natures", api.list_natures, models.NaturePage, models.Nature),
    _List("cost_centers", api.list_cost_centers, models.CostCenterPage, models.CostCenter),
)


class _Stopped(Exception):
    """Nothing else can be read either."""


def _today() -> _date:
    return datetime.now(UTC).date()


@define
class Survey:
    """Some reads, and what was found by them. `not_read` has what could not be, and why."""

    lucca: LuccaProcurement
    pages: int = 2
    territory: str = "FR"
    date: _date = field(factory=_today)
    findings: Findings = field(factory=Findings, init=False)
    not_read: dict[str, str] = field(factory=dict, init=False)
    items: Counter[str] = field(factory=Counter, init=False)

    @property
    def requests(self) -> int:
        """How many requests there will be at most, if none has to be sent again."""
        return len(_LISTS) * self.pages + 5

    async def run(self) -> None:
        """Read. Whatever cannot be read is told, and the rest is read all the same."""
        try:
            for each in _LISTS:
                await self._list(each)
            await self._tax_rates()
            await self._fetch(_IMPOSSIBLE, api.get_purchase, 2**31 - 1)
        except _Stopped:
            self.not_read.setdefault("the rest", "not tried after that")

    # ---- One answer

    async def _fetch(self, name: str, operation: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """Give the parsed body of a success, None for anything else, which is told."""
        try:
            response = await self.lucca._session(response_of, operation, *args, **kwargs)
        except ProcurementError as error:
            # The words of other errors may quote what the server said.
            why = error.reason if isinstance(error, NotSent) else f"no whole answer ({type(error).__name__})"
            self.not_read[name] = why
            if isinstance(error, NotSent):
                raise _Stopped from None
            return None
        self.findings.note(Questions.DATE, "yes" if "date" in response.headers else "no")
        if response.status not in _DOCUMENTED:
            self.findings.tell("status", name, f"{response.status}, which is not documented")
        body = parsed(response)
        if response.status != 200:
            self._refused(name, response, body)
            return None
        if name == _IMPOSSIBLE:
            self.findings.tell("status", name, "200")
        elif body is None:
            self.not_read[name] = "answered 200 with no JSON, or null"
        return body

    def _refused(self, name: str, response: Response, body: Any) -> None:
        media = response.headers.get("content-type", "").partition(";")[0].strip()
        shown = media if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,40}", media) else "another media type or none"
        what = kind(body) if body is not None else "no JSON" if response.content else "an empty body"
        self.findings.note(Questions.REFUSAL, f"{response.status}: {shown}, {what}")
        if isinstance(body, dict):
            self.findings.read(models.Problem, body, f"problem({response.status})")
        if name != _IMPOSSIBLE or response.status not in (400, 403, 404):
            self.not_read[name] = f"answered {response.status}"
        # After two minutes of throttling, others need what is left of the rate.
        if response.status in (401, 429):
            raise _Stopped

    # ---- Lists

    async def _list(self, one: _List) -> None:
        course, count = Course(PAGE_SIZE), None
        page: dict[str, str | int] = {}
        ordered: list[Any] = []
        for _ in range(self.pages):
            body = await self._fetch(one.name, one.operation, fields_root=_MEMBERS, limit=PAGE_SIZE, **page)
            if not isinstance(body, dict | list):
                if body is not None:
                    self.findings.tell("another type", one.name, f"expected an object or an array, found {kind(body)}")
                break
            envelope, items = self._envelope(one, body)
            count = envelope.get("count", count)
            ordered += [each.get("id") for each in items if isinstance(each, dict) and each.get("commitment")]
            try:
                following = course.after(body, items)
            except ValueError as error:
                self.findings.tell("another type", f"{one.name}.next", str(error))
                break
            self._items(one, items, "[]" if isinstance(body, list) else ".items[]")
            if following is None:
                self.findings.note(Questions.LAST, f"{form_of_next(body)} ({one.name})")
                break
            page = {"page": following}
        if course.by:
            self.findings.note(Questions.PAGING, f"{course.by} ({one.name})")
            self.findings.note(Questions.COUNT, f"{'yes' if isinstance(count, int) else 'no'} ({one.name})")
            self.findings.note(Questions.ORDER, f"{course.order} ({one.name})")
            if one.item is models.Purchase:
                await self._purchases(one, ordered, count if course.by == "by token" else None)

    def _envelope(self, one: _List, body: Any) -> tuple[dict[str, Any], list[Any]]:
        """Hold what is around the items against the contract, and give it and them."""
        if isinstance(body, list):
            return {}, body
        if not isinstance(body, dict):
            return {}, []
        items = body.get("items")
        is_list = isinstance(items, list)
        self.findings.read(one.page, {**body, "items": []} if is_list else dict(body), one.name)
        return body, items if isinstance(items, list) else []

    def _items(self, one: _List, items: list[Any], path: str) -> None:
        self.items[one.name] += len(items)
        for item in items:
            if one.item is models.Purchase and isinstance(item, dict):
                self.findings.purchase(item)
            self.findings.read(one.item, item, one.name + path)

    async def _purchases(self, one: _List, ordered: list[Any], count: Any) -> None:
        """Ask what only the list of purchases is asked for. `count` is None where it goes by number anyway."""
        if isinstance(count, int) and count > PAGE_SIZE:
            last = -(-count // PAGE_SIZE)
            asked = {"fields_root": _MEMBERS, "limit": PAGE_SIZE, "page": last}
            body = await self._fetch("the last page by its number", one.operation, **asked)
            if body is not None:
                _, items = self._envelope(one, body)
                fits = len(items) == count - (last - 1) * PAGE_SIZE
                self.findings.note(Questions.NUMBER, "yes" if fits else "no: the last page is another one")
                if fits:
                    self.findings.note(Questions.LAST, f"{form_of_next(body)} ({one.name})")
                if last > self.pages:
                    self._items(one, items, ".items[]")
        body = await self._fetch("purchases without limit", one.operation)
        if body is not None:
            envelope, items = self._envelope(one, body)
            unasked = [name for name in ("next", "prev", "count") if name in envelope]
            self.findings.note(Questions.DEFAULT, f"{len(items)}, {' and '.join(unasked) or 'nothing'} unasked")
        if ordered and isinstance(ordered[0], int):
            body = await self._fetch("one purchase", api.get_purchase, ordered[0])
            if body is not None:
                self.findings.read(models.Purchase, body, "purchase")

    async def _tax_rates(self) -> None:
        body = await self._fetch("tax_rates", api.list_tax_rates, date=self.date, territory_id=self.territory)
        if body is None:
            return
        if not isinstance(body, list):
            self.findings.tell("another type", "tax_rates", f"expected an array, found {kind(body)}")
            return
        form = "a number" if self.territory.isdecimal() else "a code"
        rates = [each.get("percentage") for each in body if isinstance(each, dict)]
        numbers = [each for each in rates if isinstance(each, int | Decimal)]
        scale = "none has a percentage" if not numbers else "up to 1" if max(numbers) <= 1 else "above 1"
        self.findings.note(Questions.RATES, f"as {form}: {scale if body else 'none'}")
        self.items["tax_rates"] += len(body)
        for rate in body:
            self.findings.read(models.TaxRate, rate, "tax_rates[]")


# ---- The report


def _report(survey: Survey, requests: int) -> dict[str, Any]:
    findings = survey.findings
    return {
        "version": __version__,
        "requests": requests,
        "read": dict(survey.items),
        "drift": [{**asdict(each), "times": times} for each, times in sorted(findings.drift.items())],
        "not_read": survey.not_read,
        "questions": {question.value: sorted(findings.seen.get(question, ())) for question in Questions},
    }


def _text(report: Mapping[str, Any]) -> str:
    read = ", ".join(f"{number} {name}" for name, number in report["read"].items())
    lines = [f"lucca-procurement {report['version']}, {report['requests']} requests. Read: {read or 'nothing'}."]
    lines += ["", f"Drift: {len(report['drift']) or 'none'}"]
    lines += [f"  {each['what']}: {each['path']}: {each['found']} ({each['times']}x)" for each in report["drift"]]
    if report["not_read"]:
        lines += ["", "Not read"]
        lines += [f"  {name}: {why}" for name, why in report["not_read"].items()]
    lines += ["", "Questions that the documentation leaves open"]
    for question, seen in report["questions"].items():
        lines += [f"  {question}", *(f"    -> {each}" for each in seen or ["not seen"])]
    return "\n".join(lines)


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000:
        raise argparse.ArgumentTypeError("from 1 to 1000")
    return int(text)


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}.drift",
        description="Hold a tenant's answers against the contract. It only reads. The key is that of LUCCA_API_KEY.",
        epilog="Ends with 0 if nothing is new, 1 if something is, 2 if something could not be read and nothing is new.",
    )
    parser.add_argument("--base-url", help="as https://example.ilucca.net (default: LUCCA_BASE_URL)")
    parser.add_argument("--pages", type=_number, default=2, help=f"of {PAGE_SIZE}, of each list at most (default: 2)")
    parser.add_argument("--territory", default="FR", help="whose tax rates to read (default: FR)")
    parser.add_argument("--date", type=_date.fromisoformat, default=_today(), help="of the tax rates (default: today)")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    return parser.parse_args(given)


async def _run(options: argparse.Namespace) -> tuple[Survey, int]:
    sent: list[Event] = []
    async with LuccaProcurement(
        options.base_url,
        retries=RETRIES,
        app=f"drift/{__version__}",
        on_event=lambda event: sent.append(event) if isinstance(event, RequestSent) else None,
    ) as lucca:
        survey = Survey(lucca, pages=options.pages, territory=options.territory, date=options.date)
        most, tries = survey.requests, survey.requests * (RETRIES + 1)
        print(f"At most {most} requests, all of them GET ({tries} if each had to be sent again).", file=sys.stderr)
        await survey.run()
    return survey, len(sent)


def main(given: Sequence[str] | None = None) -> int:
    """Run the command. Gives 1 for drift, 2 where something could not be read and no drift was found, else 0."""
    options = _arguments(given)
    try:
        survey, requests = asyncio.run(_run(options))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    report = _report(survey, requests)
    print(json.dumps(report, indent=2) if options.json else _text(report))
    return 1 if survey.findings.drift else 2 if survey.not_read else 0


if __name__ == "__main__":
    sys.exit(main())
