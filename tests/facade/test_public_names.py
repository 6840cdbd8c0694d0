"""The public names, with their parameters. A change here is a change for every caller."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lucca_procurement
import lucca_procurement_api.models
from lucca_procurement import LuccaProcurement, Order, errors, events, files, orders, pages, purchases
from lucca_procurement import reference_data as reference
from support.client import client_at

FACADE = Path(lucca_procurement.__file__).parent
PAGED = "(page_size=100, start=None)"

METHODS: dict[str, tuple[type, dict[str, str]]] = {
    "purchases": (
        purchases.Purchases,
        {"create": "(body)", "get": "(id)", "close": "(id, *, comment, date)", "iterate": PAGED},
    ),
    "commitments": (purchases.Commitments, {"create": "(purchase_id, body)"}),
    "requests": (purchases.ApprovalRequests, {"create": "(commitment_id)", "cancel": "(id, *, comment)"}),
    "orders": (
        orders.Orders,
        {
            "submit": "(order, save=None, resubmit=False)",
            "check": "(order)",
            "find": "(reference)",
            "adopt": "(order, purchase_id, save=None, *, store=None)",
            "submit_many": "(orders, concurrency=8, save=None, resubmit=False, *, store=None)",
            "ensure": "(order, store, resubmit=False)",
            "refresh": "(store)",
            "wait": "(order, timeout=600.0)",
            "cancel": "(order, comment, save=None, *, store=None)",
        },
    ),
    "tax_rates": (
        reference.TaxRates,
        {"list": "(date, territory_id)", "find": "(date, territory_id, percentage, *, name=None)"},
    ),
    "suppliers": (
        reference.Suppliers,
        {"iterate": "(page_size=100, start=None, *, state=None, search=None)", "find": "(text)"},
    ),
    "natures": (reference.Natures, {"iterate": PAGED, "find": "(text)"}),
    "cost_centers": (reference.CostCenters, {"iterate": PAGED, "find": "(text)"}),
    "files": (files.Files, {"upload": "(file, filename=None)"}),
}
CLIENT = (
    "(base_url=None, api_key=None, *, timeout=30.0, retries=3, rate=50, settle=30.0, app=None, on_event=None, "
    "transport=None, commitment_path='auto', reference_at='front', clock=None)"
)
NAMES = {
    "": "Decision LuccaProcurement Order Result Step errors models taxed_amount",
    "cli": "main",
    "client": "Clock CommitmentPath Limiter LuccaProcurement ReferencePosition Transport",
    "drift": "main",
    "emulator": "Emulator Entry Pending Quirks Refused",
    "errors": "Attempt BadRequest ConfigurationError Conflict DecodeError Forbidden InvalidArgument NoMatch NoTaxRate "
    "NotFound NotSent OrderIncomplete OrderNotApproved OutcomeUnknown PageCycle ProcurementError RateLimited "
    "ResponseError ServerError StillPending StoreFailed StoreInUse Superseded Unauthorized",
    "events": "Event HeldBack OrderStep RequestAnswered RequestFailed RequestRetried RequestSent",
    "files": "Files",
    "models": " ".join(sorted([*lucca_procurement_api.models.__all__, "UNSET", "Unset"])),
    "order": "Decision Order PendingRequest Remaining Result Step",
    "orders": "Order Orders Result",
    "pages": "Page Paginator",
    "purchases": "ApprovalRequests Commitments Purchases",
    "procrastinate": "Tasks register",
    "rates": "PostgresRate RedisRate",
    "reference_data": "CostCenters Natures Suppliers TaxRates",
    "stores": "OrderStore PostgresOrders Record SQLiteOrders State",
    "taxes": "taxed_amount",
}
"""The names of each public module, by its name in the package. The contract decides the names of the models."""


def parameters(function: Any) -> str:
    signature = inspect.signature(function)
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return str(inspect.Signature([each for each in bare if each.name != "self"]))


def methods(kind: type) -> dict[str, str]:
    return {
        name: parameters(member)
        for name, member in vars(kind).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }


def test_public_modules_equal_listed_modules() -> None:
    found = {module.name for module in pkgutil.iter_modules([str(FACADE)]) if not module.name.startswith("_")}
    assert found == NAMES.keys() - {""}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name or "lucca_procurement")
def test_public_module_exports_listed_names(name: str) -> None:
    module = importlib.import_module(f"lucca_procurement.{name}" if name else "lucca_procurement")
    assert sorted(module.__all__) == NAMES[name].split()
    assert all(hasattr(module, each) for each in module.__all__)


async def test_client_has_listed_signature_and_resources() -> None:
    assert parameters(LuccaProcurement) == CLIENT
    assert methods(LuccaProcurement) == {"aclose": "()"}
    async with client_at("https://example.ilucca.net") as lucca:
        found = {name: type(value) for name, value in vars(lucca).items() if not name.startswith("_")}
    assert found == {name: kind for name, (kind, _) in METHODS.items()}


@pytest.mark.parametrize("name", METHODS)
def test_resource_has_listed_methods(name: str) -> None:
    kind, expected = METHODS[name]
    assert methods(kind) == expected


def test_paginator_and_order_have_listed_methods() -> None:
    assert methods(pages.Paginator) == {"pages": "()"}
    assert {"to_dict", "from_dict"} <= set(dir(Order))


def test_public_signatures_contain_no_httpx_type() -> None:
    public = [LuccaProcurement, pages.Paginator, Order, *(kind for kind, _ in METHODS.values())]
    public += [getattr(module, name) for module in (errors, events) for name in module.__all__]
    for kind in public:
        members = [member for member in vars(kind).values() if inspect.isfunction(member)] if type(kind) is type else []
        for member in [kind, *members]:
            assert "httpx" not in str(getattr(member, "__annotations__", "")), member


def imported(path: Path) -> set[str]:
    """Return the packages that a file imports, at the top or later."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def test_imports_of_httpx_and_compiled_client_are_confined() -> None:
    imports = {path.relative_to(FACADE): imported(path) for path in FACADE.rglob("*.py")}
    assert len(imports) > 20
    apart = {path for path in imports if path.parts[0] in ("emulator", "_pytest.py")}
    assert {str(path) for path in imports.keys() - apart if imports[path] & {"httpx", "httpcore"}} == {"_wire/http.py"}
    assert not [path for path in apart if "lucca_procurement_api" in imports[path]]


@pytest.mark.parametrize(
    ("statement", "most"),
    [("import lucca_procurement", 10), ("from lucca_procurement import LuccaProcurement, Order", 70)],
)
def test_import_of_facade_loads_few_modules(statement: str, most: int) -> None:
    # Every program that awaits a call has asyncio. httpx imports it late.
    code = f"import sys, asyncio, httpx; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    added = done.stdout.split()
    assert "lucca_procurement" in added
    assert len(added) <= most, sorted(added)
    apart = ("emulator", "pytest", "starlette", "sqlite", "stores")
    assert not [name for name in added if any(each in name for each in apart)]
