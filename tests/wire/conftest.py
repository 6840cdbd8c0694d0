"""Fixtures that the tests of the wire share: a clock without real pauses, and an authority of certificates."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from support.clock import HurriedClock


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the client trust the authority."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
