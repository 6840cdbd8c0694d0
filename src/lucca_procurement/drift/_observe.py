"""Record observations on JSON data that answer open questions. They need names and forms, and no model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ._findings import Findings, Question, kind, member_name, word

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+(?:[.,](\d+))?(Z|[+-][\d:]+)?")

_LONGEST_PATH = 300
"""In characters. The paths of the contract are shorter, and data of a thousand levels would end the survey."""


def observe(findings: Findings, raw: Any, path: str) -> None:
    """Record the observations on a value, at every depth."""
    match raw:
        case dict() if len(path) < _LONGEST_PATH:
            if path == "purchases.items[]":
                _observe_purchase(findings, raw)
            for name, each in raw.items():
                observe(findings, each, f"{path}.{name}")
        case list() if len(path) < _LONGEST_PATH:
            for each in raw:
                observe(findings, each, f"{path}[]")
        case str() if moment := _MOMENT.fullmatch(raw):
            zone = "no offset" if not moment[2] else "Z" if moment[2] == "Z" else "an offset as +00:00"
            findings.note(Question.MOMENT, f"{len(moment[1] or '') or 'no'} digits of fraction, {zone}")
    member = path.rpartition(".")[2]
    if "href" in member.lower() and isinstance(raw, str):
        findings.note(Question.HREF, "absolute" if "://" in raw else "relative to the host")
    elif path.endswith((".territory.id", ".rateType.territoryId")):
        findings.note(Question.TERRITORY, f"{kind(raw)} (`{'.'.join(path.split('.')[-2:])}`)")
    elif path == "tax_rates[].percentage" and isinstance(raw, int | Decimal):
        findings.note(Question.RATES, f"a percentage {'above' if raw > 1 else 'up to'} 1")
    elif path == "suppliers.items[].state":
        findings.note(Question.SUPPLIERS, word(raw))
    elif path == "purchases.items[].axisSections[]":
        members = raw.items() if isinstance(raw, dict) else ()
        shape = ", ".join(f"{member_name(name)}: {kind(each)}" for name, each in members)
        findings.note(Question.SHAPE, f"{path} is {kind(raw)}{f' ({shape})' if shape else ''}")


def _observe_purchase(findings: Findings, raw: Mapping[str, Any]) -> None:
    """Record the observations on a purchase and its commitment."""
    commitment = raw.get("commitment")
    if isinstance(commitment, dict):
        files = commitment.get("attachments")
        findings.note(Question.FILES, f"{min(len(files), 4) if isinstance(files, list) else 0}")
        for name in ("amountIncludingTaxes", "amountIncludingTaxesPerPeriod"):
            if isinstance(amount := commitment.get(name), dict):
                form = "in two, with `base`" if "base" in amount else "in one, without `base`"
                findings.note(Question.AMOUNT, f"{form} ({word(commitment.get('type'))}.{name})")
    else:
        findings.note(Question.BARE, kind(commitment) if "commitment" in raw else "absent")
        commitment = {}
    states = [word(each["state"]) if "state" in each else "none" for each in (raw, commitment)]
    findings.note(Question.STATES, " with ".join(states))
