"""The pytest plugin: `lucca_emulator`, a separate emulator for each test, and `lucca_client`, a client of it.

Every run of pytest loads this module. Therefore it imports the emulator only when a test requests it.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from . import LuccaProcurement
    from .emulator import Emulator

MARK = "lucca_emulator"
REGISTRY = f"{__package__}._ordering.registry"


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark that holds the settings of the emulator."""
    config.addinivalue_line("markers", f"{MARK}(**settings): settings of the Emulator of the fixture {MARK}.")


@pytest.fixture(autouse=True)
def _lucca_registry() -> Iterator[None]:
    """Clear the registry after each test, so that the next test can use the same references."""
    yield
    if REGISTRY in sys.modules:
        sys.modules[REGISTRY].Registry.forget_all()


@pytest.fixture
def lucca_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Serve an emulator on a free loopback port (its `url`), in a separate thread, without a rate limit.

    `@pytest.mark.lucca_emulator(approve="manual", rate=50)` passes other settings. Raises pytest.UsageError if the
    emulator is not installed, or if the mark has invalid settings.
    """
    try:
        from .emulator import Emulator
        from .emulator.server import in_thread
    except ImportError as error:
        raise pytest.UsageError(f"{error}: install lucca-procurement[emulator]") from None
    settings: dict[str, Any] = {"rate": None}
    # The nearest mark comes first, and its settings override the others.
    for mark in reversed([*request.node.iter_markers(MARK)]):
        if mark.args:
            raise pytest.UsageError(f"the mark {MARK} takes settings by name: {MARK}(approve='manual')")
        settings |= mark.kwargs
    try:
        emulator = Emulator(**settings)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"the mark {MARK}: {error}") from None
    with in_thread(emulator.serve()):
        yield emulator


def _async_fixture(function: Callable[..., Any]) -> Any:
    """Return an asynchronous fixture. Without pytest-asyncio, the fixture raises pytest.UsageError."""
    try:
        from pytest_asyncio import fixture
    except ImportError:

        def missing() -> None:
            raise pytest.UsageError(f"{function.__name__} is asynchronous: install pytest-asyncio")

        return pytest.fixture(missing, name=function.__name__)
    return fixture(function)


@_async_fixture
async def lucca_client(lucca_emulator: Emulator) -> AsyncIterator[LuccaProcurement]:
    """Yield a client of the emulator without a rate. The client is closed when the test ends."""
    from . import LuccaProcurement

    async with LuccaProcurement(lucca_emulator.url, lucca_emulator.key, rate=None) as client:
        yield client
