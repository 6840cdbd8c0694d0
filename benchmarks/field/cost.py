"""The size of the clients: lines, installed packages, types, forms of a call. And the figures of the benchmarks."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from compiling import BUILD, CONTRACT
from field.clients import AZURE, BARE, CLIENTS, GENERATOR, GITHUBKIT, LOOP, OPENAI, OURS, STOCK, STRIPE, Client, library

ROOT = Path(__file__).parents[2]
README = ROOT / "benchmarks" / "README.md"
MODULES = {
    OURS: ("lucca_procurement", "lucca_procurement_api"),
    STOCK: ("stock_client",),
    GENERATOR: ("openapi_generator_client",),
    BARE: ("httpx",),
    STRIPE: ("stripe",),
    OPENAI: ("openai",),
    GITHUBKIT: ("githubkit", "githubkit_schemas"),
    AZURE: ("azure.core",),
}
COMPILED = (OURS, STOCK, GENERATOR)
_NEEDS = {
    # What a compiled client imports. Its package is the tool that compiles it, which no application needs.
    STOCK: ("httpx", "attrs", "python-dateutil"),
    GENERATOR: ("httpx", "pydantic", "python-dateutil", "typing-extensions"),
}
_OURS_LEFT_OUT = ("cli", "drift", "emulator", "stores", "rates.py", "procrastinate.py", "_pytest.py")


def sizes() -> dict[str, dict[str, str]]:
    """Return the rows about size: the results by the title of the row and the name of the client."""
    rows: dict[str, dict[str, str]] = {
        title: {} for title in ("lines", "packages", "python", "call", "sync", "tracing")
    }
    for client in CLIENTS:
        name = client.name
        rows["call"][name] = str(_lines(inspect.getsource(client.create)))
        if name == LOOP:
            continue
        files = _files(name)
        texts = [path.read_text(encoding="utf-8") for path in files]
        rows["lines"][name] = f"{sum(map(_lines, texts)):,}"
        rows["packages"][name] = str(len(_installed(_NEEDS.get(name, (client.package,)))))
        rows["python"][name] = _python(client)
        rows["tracing"][name] = (
            "yes" if any("import opentelemetry" in text or "from opentelemetry" in text for text in texts) else "no"
        )
        rows["sync"][name] = _sync(name)
    return rows


def _files(name: str) -> list[Path]:
    """Return the modules of a package. Ours leaves out the parts that need an extra, as an application may."""
    found: list[Path] = []
    for module in MODULES[name]:
        folder = Path(library(module).__path__[0])
        out = {folder / part for part in _OURS_LEFT_OUT} if module == "lucca_procurement" else set()
        found += [path for path in sorted(folder.rglob("*.py")) if not out & {path, *path.parents}]
    return found


def _lines(text: str) -> int:
    return sum(not line.strip().startswith("#") for line in text.splitlines() if line.strip())


def _installed(names: tuple[str, ...]) -> set[str]:
    """Return the distributions that come with some distributions, themselves included, without any extra."""
    from packaging.requirements import Requirement

    found: set[str] = set()
    pending = list(names)
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        if name in found:
            continue
        found.add(name)
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:
            raise RuntimeError(f"{name} is not installed: make comparison installs it") from None
        parsed = map(Requirement, needs)
        pending += [each.name for each in parsed if not each.marker or each.marker.evaluate({"extra": ""})]
    return found


def _python(client: Client) -> str:
    if client.name in (STOCK, GENERATOR):
        return ""
    return distribution(client.package).metadata["Requires-Python"] or ""


def _sync(name: str) -> str:
    """Return if a program without an event loop can call the client."""
    has: dict[str, Any] = {
        OURS: lambda: not inspect.iscoroutinefunction(library("lucca_procurement.orders").Orders.submit),
        STOCK: lambda: hasattr(library("stock_client.api.purchases.create_purchase"), "sync"),
        GENERATOR: lambda: (
            not inspect.iscoroutinefunction(library("openapi_generator_client").PurchasesApi.create_purchase)
        ),
        BARE: lambda: hasattr(library("httpx"), "Client"),
        STRIPE: lambda: True,  # `clients.stripe` runs it
        OPENAI: lambda: hasattr(library("openai"), "OpenAI"),
        GITHUBKIT: lambda: hasattr(library("githubkit").GitHub, "request"),
        AZURE: lambda: hasattr(library("azure.core"), "PipelineClient"),
    }
    return "yes" if has[name]() else "no"


def strict_errors() -> dict[str, str]:
    """Return the number of errors that mypy --strict finds in each client that was compiled from the contract."""
    paths = [str(BUILD), *(str(ROOT / name) for name in ("src", "generated"))]
    found = {}
    for name in COMPILED:
        print(f"mypy --strict: {name}", flush=True)
        command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file=", "--no-error-summary"]
        environment = {**os.environ, "MYPYPATH": os.pathsep.join(paths)}
        done = subprocess.run(
            [*command, *map(str, _files(name))], env=environment, cwd=BUILD, capture_output=True, text=True, check=False
        )
        if done.returncode > 1:
            raise RuntimeError(done.stdout + done.stderr)
        found[name] = str(sum(": error:" in line for line in done.stdout.splitlines()))
    return found


def operations() -> int:
    """Return the number of operations of the contract."""
    return len(re.findall(r"(?m)^ +operationId:", CONTRACT.read_text(encoding="utf-8")))


def figure(pattern: str) -> str:
    """Return the text in benchmarks/README.md that the group of a pattern matches. Raises ValueError if none does."""
    found = re.search(pattern, README.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"benchmarks/README.md has no {pattern}: run make bench, or correct the pattern")
    return found[1]
