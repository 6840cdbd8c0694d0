"""The packages as they are imported and shipped."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import lucca_procurement
import lucca_procurement_api
from lucca_procurement_api import models

GENERATED = Path(lucca_procurement_api.__file__).parent


@pytest.mark.parametrize("package", ["lucca_procurement", "lucca_procurement_api"])
def test_package_contains_py_typed(package: str) -> None:
    spec = find_spec(package)
    assert spec
    assert spec.origin
    assert (Path(spec.origin).parent / "py.typed").is_file()


def test_facade_models_include_each_compiled_model() -> None:
    assert set(models.__all__) <= set(lucca_procurement.models.__all__)
    assert lucca_procurement.models.Purchase is models.Purchase
    assert lucca_procurement.models.UNSET is lucca_procurement_api.UNSET


@pytest.mark.parametrize("package", ["lucca_procurement", "lucca_procurement_api"])
def test_package_imports_its_names_late_and_lists_them(package: str) -> None:
    code = (
        f"import sys, {package} as package; names = package.__all__; assert set(names) <= set(dir(package));"
        f"assert '{package}.models' not in sys.modules; values = [getattr(package, name) for name in names];"
        "print(*(name for name in (*names, 'Unknown') if not hasattr(package, name)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Unknown"]


def test_compiled_client_has_only_relative_own_imports() -> None:
    for path in GENERATED.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert not any(name.startswith("lucca") for name in names), path


def test_import_of_compiled_client_loads_few_modules() -> None:
    # A program that calls an async function has asyncio already.
    code = (
        "import sys, asyncio, httpx, attrs, msgspec; before = set(sys.modules); import lucca_procurement_api;"
        "print(*(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    added = done.stdout.split()
    assert len(added) <= 20, sorted(added)
