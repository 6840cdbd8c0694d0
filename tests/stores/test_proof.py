"""Imports that are disturbed, on real stores and over HTTP: nothing is created twice, and nothing is lost."""

from __future__ import annotations

import asyncio
import re

import pytest
from attrs import evolve

from stores.proof import imports, signals
from stores.proof.__main__ import run
from stores.proof.imports import SCENES, Story
from stores.proof.long_import import Measured, Sample, counted_wrong, measure
from stores.proof.page import PAGE, Results, page
from stores.proof.signals import TRIALS, Figures
from support.databases import PostgresServer, serving

SHORT_TRIALS = [evolve(trial, orders=trial.orders // 5, blows=trial.blows // 5) for trial in TRIALS]
SHORT_SCENES = [evolve(scene, orders=60) for scene in SCENES]


@pytest.fixture(scope="module")
def results() -> tuple[list[Figures], list[Story]]:
    with serving(PostgresServer) as server:
        return asyncio.run(run(SHORT_TRIALS, SHORT_SCENES, server))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SHORT_TRIALS)), ids=[trial.name for trial in SHORT_TRIALS])
def test_import_under_signals_creates_each_order_once(results: tuple[list[Figures], list[Story]], number: int) -> None:
    assert signals.failures(results[0][number]) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SHORT_SCENES)), ids=[scene.name for scene in SHORT_SCENES])
def test_disturbed_command_creates_each_order_once(results: tuple[list[Figures], list[Story]], number: int) -> None:
    found = results[1][number]
    assert imports.failures(found) == []
    assert found.disturbances


@pytest.mark.slow
async def test_command_held_back_by_rate_creates_each_order_once() -> None:
    measured = await measure(rows=150, rate=300)
    assert counted_wrong(measured) == []
    assert measured.samples[-1].submitted == 150


def without_figures(text: str) -> str:
    return re.sub(r"\d[\d.,]*", "N", text)


def test_imports_proof_page_has_text_of_program() -> None:
    made_up = Results(
        [Figures(trial=trial, take_overs=[1.0] if trial.blows else []) for trial in TRIALS],
        [Story(scene=scene, figures=dict.fromkeys(scene.figures, 1.0)) for scene in SCENES],
        Measured(4, 1, [Sample(60.0 * at, at, 4.0 - at, 1) for at in range(5)]),
    )
    assert without_figures(PAGE.read_text(encoding="utf-8")) == without_figures(page(made_up)), (
        "run `make imports-proof`"
    )
