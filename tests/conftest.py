"""Fixtures that the tests share: copies of the contract, and documents compiled during a test."""

from __future__ import annotations

import copy
import importlib
import os
import ssl
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from hypothesis import settings
from ruamel.yaml import YAML

from generate import CONTRACT, compile_contract

# A machine under load is slow, and that is no fault of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

Compile = Callable[[str, dict[str, Any]], ModuleType]


@pytest.fixture(scope="session", autouse=True)
def _shared_tls() -> Iterator[None]:
    """Let the clients of all tests share a TLS context. One takes 20 ms, and the tests make thousands of clients."""

    create = httpx.create_ssl_context

    @cache
    def shared(*_: str | None) -> ssl.SSLContext:
        return create()

    with pytest.MonkeyPatch.context() as patch:
        authorities = ("SSL_CERT_FILE", "SSL_CERT_DIR")
        patch.setattr(httpx, "create_ssl_context", lambda: shared(*map(os.environ.get, authorities)))
        yield


@pytest.fixture(scope="session")
def _contract() -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(CONTRACT)
    return document


@pytest.fixture
def contract(_contract: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the contract that a test may change."""
    return copy.deepcopy(_contract)


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Compile]:
    """Compile a document into a package of its own name, and import it."""
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []

    def compile_and_import(name: str, document: dict[str, Any]) -> ModuleType:
        path = tmp_path / f"{name}.yaml"
        YAML(typ="safe").dump(document, path)
        compile_contract(path, tmp_path / name)
        names.append(name)
        return importlib.import_module(name)

    yield compile_and_import
    for module in [module for module in sys.modules if module.split(".")[0] in names]:
        del sys.modules[module]
