"""Imports that are killed and paused, on real stores and over HTTP: nothing is created twice, and nothing is lost."""

from __future__ import annotations

import re

import pytest
from attrs import evolve

from stores.proof import PAGE, TRIALS, Figures, page, run

SHORT = [evolve(trial, orders=trial.orders // 5, blows=trial.blows // 5) for trial in TRIALS]


@pytest.fixture(scope="module")
def results() -> list[Figures]:
    return run(SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SHORT)), ids=[trial.name for trial in SHORT])
def test_import_under_signals_creates_each_order_once(results: list[Figures], number: int) -> None:
    found = results[number]
    if found.trial.is_control:
        assert found.duplicates, "the control has no duplicates, so that the trials prove nothing"
    else:
        assert (found.duplicates, found.lost, found.problems) == (0, 0, [])
        assert found.blows == found.trial.blows


def without_figures(text: str) -> str:
    return re.sub(r"\d[\d.,]*", "N", text)


def test_imports_proof_page_has_text_of_program() -> None:
    made_up = [Figures(trial, take_overs=[1.0]) for trial in TRIALS]
    assert without_figures(PAGE.read_text(encoding="utf-8")) == without_figures(page(made_up)), (
        "run `make imports-proof`"
    )
