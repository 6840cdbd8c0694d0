"""The report of a survey, as JSON data and as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import asdict

from .._version import __version__
from ._findings import Findings, Question


def as_data(findings: Findings, requests: int) -> dict[str, Any]:
    """Return the report as JSON data."""
    return {
        "version": __version__,
        "requests": requests,
        "read": dict(findings.items),
        "drift": [{**asdict(each), "times": times} for each, times in sorted(findings.drift.items())],
        "not_read": findings.not_read,
        "questions": {question.value: sorted(findings.observed[question]) for question in Question},
    }


def as_text(report: Mapping[str, Any]) -> str:
    """Return the report as text, from its JSON data."""
    read = ", ".join(f"{number} {name}" for name, number in report["read"].items())
    lines = [f"lucca-procurement {report['version']}, {report['requests']} requests. Read: {read or 'nothing'}."]
    lines += ["", f"Drift: {len(report['drift']) or 'none'}"]
    lines += [f"  {each['what']}: {each['path']}: {each['found']} ({each['times']}x)" for each in report["drift"]]
    if report["not_read"]:
        lines += ["", "Not read"]
        lines += [f"  {name}: {why}" for name, why in report["not_read"].items()]
    lines += ["", "Questions that the documentation leaves open"]
    for question, observations in report["questions"].items():
        lines += [f"  {question}", *(f"    -> {each}" for each in observations or ["not seen"])]
    return "\n".join(lines)
