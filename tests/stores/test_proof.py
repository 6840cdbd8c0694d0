"""Imports that are killed and paused, on real stores and over HTTP: nothing is created twice, and nothing is lost."""

from __future__ import annotations

import re

import pytest

from stores.proof import PAGE, TRIALS, Figures, failures, page, run


@pytest.fixture(scope="module")
def results() -> list[Figures]:
    return run()


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(TRIALS)), ids=[trial.name for trial in TRIALS])
def test_import_under_signals_creates_each_order_once(results: list[Figures], number: int) -> None:
    assert not failures(results[number])


def without_figures(text: str) -> str:
    """Return the page without its figures: they depend on the moments of the signals."""
    return re.sub(r"\d[\d.,]*", "N", text)


@pytest.mark.slow
def test_imports_proof_page_has_text_of_run(results: list[Figures]) -> None:
    assert without_figures(PAGE.read_text(encoding="utf-8")) == without_figures(page(results)), (
        "run `make imports-proof`"
    )
