"""The reports of a survey and of an order, as JSON data and as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import asdict

from .._version import __version__
from ._answers import EXPECTED, PlayQuestion, Verdict
from ._assumptions import ASSUMPTIONS
from ._findings import Findings, Question
from ._play import Play


def as_data(findings: Findings, requests: int) -> dict[str, Any]:
    """Return the report as JSON data."""
    return {
        "version": __version__,
        "requests": requests,
        "read": dict(findings.items),
        "drift": _drift(findings),
        "not_read": findings.not_read,
        "questions": {question.value: sorted(findings.observed[question]) for question in Question},
    }


def as_text(report: Mapping[str, Any]) -> str:
    """Return the report as text, from its JSON data."""
    read = ", ".join(f"{number} {name}" for name, number in report["read"].items())
    lines = [f"lucca-procurement {report['version']}, {report['requests']} requests. Read: {read or 'nothing'}."]
    lines += _shared_lines(report)
    lines += ["", "Questions that the documentation leaves open"]
    for question, observations in report["questions"].items():
        lines += [f"  {question}", *(f"    -> {each}" for each in observations or ["not seen"])]
    return "\n".join(lines)


def play_as_data(play: Play, requests: int) -> dict[str, Any]:
    """Return the report of an order as JSON data."""
    answers = [_answer(play, question) for question in PlayQuestion]
    differing = {each["assumption"] for each in answers if each["verdict"] == Verdict.DIFFERS}
    observed = play.findings.observed
    return {
        "version": __version__,
        "requests": requests,
        "answers": answers,
        "promises": [
            {"assumption": each.name, "promise": each.promise} for each in ASSUMPTIONS if each.name in differing
        ],
        "drift": _drift(play.findings),
        "not_read": play.findings.not_read,
        "questions": {each.value: sorted(observed[each]) for each in Question if each in observed},
        "stopped": play.stopped,
        "left": play.left,
    }


def play_as_text(report: Mapping[str, Any]) -> str:
    """Return the report of an order as text, from its JSON data."""
    lines = [f"lucca-procurement {report['version']}, {report['requests']} requests, one order.", ""]
    for each in report["answers"]:
        lines += [f"{each['verdict']}: {each['question']}", f"  expected: {each['expected']} ({each['assumption']})"]
        lines += [f"  seen: {seen}" for seen in each["seen"] or [each["why"]]]
    if report["promises"]:
        lines += ["", "The promises that rest on the answers that differ"]
        lines += [f"  {each['assumption']}: {each['promise']}" for each in report["promises"]]
    lines += _shared_lines(report)
    lines += ["", "Also seen"]
    for question, observations in report["questions"].items():
        lines += [f"  {question}", *(f"    -> {each}" for each in observations)]
    if report["stopped"]:
        lines += ["", f"The order ended early: {report['stopped']}."]
    lines += ["", "Left behind", *(f"  {each}" for each in report["left"] or ["nothing"])]
    return "\n".join(lines)


def _answer(play: Play, question: PlayQuestion) -> dict[str, Any]:
    verdict = play.answers.verdict(question)
    why = play.answers.open.get(question, "the order ended before" if play.stopped else "nothing")
    return {
        "question": question.value,
        "assumption": next(each.name for each in ASSUMPTIONS if question in each.played),
        "expected": EXPECTED[question],
        "seen": play.answers.seen.get(question, []),
        "verdict": verdict.value,
        "why": why if verdict is Verdict.NOT_ANSWERED else None,
    }


def _drift(findings: Findings) -> list[dict[str, Any]]:
    return [{**asdict(each), "times": times} for each, times in sorted(findings.drift.items())]


def _shared_lines(report: Mapping[str, Any]) -> list[str]:
    """Return the lines that both reports have: the drift, and the reads that failed."""
    lines = ["", f"Drift: {len(report['drift']) or 'none'}"]
    lines += [f"  {each['what']}: {each['path']}: {each['found']} ({each['times']}x)" for each in report["drift"]]
    if report["not_read"]:
        lines += ["", "Not read", *(f"  {name}: {why}" for name, why in report["not_read"].items())]
    return lines
