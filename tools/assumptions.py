"""Write docs/assumptions.md from the list of `lucca_procurement.drift`: `python tools/assumptions.py`."""

from __future__ import annotations

from pathlib import Path

from lucca_procurement.drift._answers import EXPECTED
from lucca_procurement.drift._assumptions import GROUPS, Assumption

PAGE = Path(__file__).parent.parent / "docs" / "assumptions.md"
_INTRODUCTION = """\
# Our assumptions

Lucca's documentation has gaps. In each gap, this library builds on an assumption. The contract, the docstrings and
these pages mark each assumption with the same sentence: "Our assumption (NAME); Lucca does not document it." This
page lists all of them. For each one, it shows what rests on it, and how [`drift`](drift.md) answers it on your own
Lucca:

- **drift** only reads.
- **drift --write** plays [one small order](drift.md#one-small-order) on a tenant for tests.

If `drift` does not answer an assumption, the page states the reason.
"""


def page() -> str:
    """Return the page."""
    sections = [_INTRODUCTION]
    for title, group in GROUPS.items():
        sections += [f"## {title}\n", *(_entry(each) for each in group)]
    return "\n".join(sections)


def _entry(assumption: Assumption) -> str:
    lines = [f"### {assumption.name}", "", assumption.text, "", f"- **Rests on it:** {assumption.promise}"]
    lines += [f"- **drift:** {question.value}" for question in assumption.read]
    lines += [
        f"- **drift --write:** {question.value} Expected: {EXPECTED[question]}." for question in assumption.played
    ]
    if assumption.unanswered:
        lines.append(f"- **No answer:** {assumption.unanswered}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
