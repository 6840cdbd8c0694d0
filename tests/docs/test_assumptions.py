"""Each assumption about Lucca is marked with the same sentence, is on the list, and has an answer or a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assumptions import PAGE, page
from lucca_procurement.drift._answers import EXPECTED, PlayQuestion
from lucca_procurement.drift._assumptions import ASSUMPTIONS, Assumption
from lucca_procurement.drift._findings import Question
from support.folders import ROOT

NAMES = {each.name for each in ASSUMPTIONS}
MARK = re.compile(
    r"Our assumption \((?:(?P<name>[a-z-]+)|\[(?P<text>[a-z-]+)\]\((?:docs/)?assumptions\.md#(?P<link>[a-z-]+)\))\)"
)
SENTENCE = "; Lucca does not document it."
OF_THE_LIST = {"docs/assumptions.md", "tools/assumptions.py", "tests/docs/test_assumptions.py"}
"""The files that are about the list itself, as is each folder `drift`."""
QUESTIONS_WITHOUT_ASSUMPTION = {
    Question.DEFAULT,
    Question.BARE,
    Question.SUPPLIERS,
    Question.HREF,
    Question.SHAPE,
    Question.ERROR,
    Question.REQUEST_ID,
}
"""The client does not rely on the answers to these."""


def files() -> Iterator[Path]:
    """Yield the files that state facts about Lucca."""
    yield from (ROOT / "README.md", ROOT / "SECURITY.md")
    for folder in ("docs", "openapi", "src", "tests", "tools"):
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT)
            is_text = path.suffix in (".md", ".py", ".yaml", ".jinja")
            if is_text and name.as_posix() not in OF_THE_LIST and "drift" not in name.parts:
                yield path


def text_of(path: Path) -> str:
    """Return the text of a file as one line, without the marks of comments."""
    return re.sub(r"\s+(?:# )?", " ", path.read_text())


def marks(text: str) -> Iterator[str]:
    for found in MARK.finditer(text):
        assert found["text"] == found["link"], found[0]
        assert text[found.end() :].startswith(SENTENCE), text[found.start() : found.end() + 40]
        yield found["name"] or found["link"]


def test_each_mark_names_assumption_of_list() -> None:
    unknown = {(path.name, name) for path in files() for name in marks(text_of(path)) if name not in NAMES}
    assert unknown == set()


def test_each_assumption_of_list_is_marked() -> None:
    assert {name for path in files() for name in marks(text_of(path))} == NAMES


def test_no_assumption_is_stated_in_other_words() -> None:
    # Hypothesis has a function `assume`. The contract and its page show the sentence, with a placeholder.
    other = re.compile(r"\bassum(?!ptions\.md|ptions\]|e\((?:[a-z]|not )|e, given)\w*", re.IGNORECASE)
    left = {
        (path.relative_to(ROOT).as_posix(), found[0])
        for path in files()
        for found in other.finditer(MARK.sub("", text_of(path)).replace("Our assumption (NAME)" + SENTENCE, ""))
    }
    assert left == set()


@pytest.mark.parametrize("assumption", ASSUMPTIONS, ids=lambda each: each.name)
def test_assumption_is_answered_or_has_reason_for_none(assumption: Assumption) -> None:
    assert bool(assumption.read or assumption.played) is not bool(assumption.unanswered)
    assert assumption.text.endswith(".")
    assert assumption.promise.endswith(".")


def test_each_name_is_used_once() -> None:
    assert len(NAMES) == len(ASSUMPTIONS)


def test_each_question_belongs_to_assumption() -> None:
    assert {question for each in ASSUMPTIONS for question in each.read} == {*Question} - QUESTIONS_WITHOUT_ASSUMPTION
    played = [question for each in ASSUMPTIONS for question in each.played]
    assert sorted(played) == sorted(PlayQuestion) == sorted(EXPECTED)


def test_page_is_what_list_says() -> None:
    assert PAGE.read_text() == page(), "run: python tools/assumptions.py"


def test_page_has_anchor_for_each_assumption() -> None:
    assert {*re.findall(r"(?m)^### (.+)$", PAGE.read_text())} == NAMES
