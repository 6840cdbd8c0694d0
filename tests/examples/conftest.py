"""Fixtures that the tests of the examples share."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.example_programs import Runner


@pytest.fixture
def run(tmp_path: Path) -> Runner:
    return Runner(tmp_path)
