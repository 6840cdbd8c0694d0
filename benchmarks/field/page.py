"""The page `docs/comparison.md`: `template.md` with the stored results and the figures of the benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template
from typing import Any

from field.clients import AZURE, BARE, GENERATOR, GITHUBKIT, LOOP, OPENAI, OURS, STOCK, STRIPE
from field.cost import figure, operations
from field.faults import FAULTS, Fault

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "comparison.md"
RESULTS = ROOT / "benchmarks" / "comparison.json"
TEMPLATE = Path(__file__).parent / "template.md"

Row = tuple[str, Mapping[str, str], str]
"""The first cell, the cells of the clients by their names, and the source."""
Played = Mapping[str, Any]

_CREATES = {
    OURS: "`orders.submit` on the emulator",
    STOCK: "`create_purchase.asyncio` of its output, on the emulator",
    GENERATOR: "`PurchasesApi.create_purchase` of its output (library httpx), on the emulator",
    BARE: "`client.post` and `raise_for_status`, on the emulator",
    LOOP: "the same, up to three times unless the status is 400, 401 or 403",
    STRIPE: "`customers.create` with `max_network_retries=2`, as its documentation shows it",
    OPENAI: "`responses.create`",
    GITHUBKIT: "`rest.issues.async_create`",
    AZURE: "a POST through a pipeline with its policies for headers, redirects, retries and logging",
}
_MEASURED = {OURS: OURS, STOCK: "openapi-python-client", GENERATOR: "openapi-generator-cli", BARE: "json"}
"""The names of the clients in the tables of the benchmarks."""
_SIZES = {
    "lines": "lines of Python, without blank lines and comments",
    "packages": "packages that its installation brings, itself included",
    "python": "versions of Python",
    "call": "lines of its create in `clients.py`",
    "sync": "can be called without asyncio",
    "tracing": "imports OpenTelemetry",
}


def page(results: Mapping[str, Any]) -> str:
    """Return the text of the page."""
    names = list(results["clients"])
    sizes, costs = results["sizes"], results["costs"]
    played = [(fault, results["faults"][str(number)]) for number, fault in enumerate(FAULTS)]
    undone = [each for fault, each in played if not fault.is_done]
    values = {
        "clients": _clients(results["clients"]),
        "undone": _table(names, _faults(results, is_done=False), "fault"),
        "done": _table(names, _faults(results, is_done=True), "fault"),
        "totals": _table(names, _totals(results)),
        "habits": _table(names, _habits(results)),
        "data": _table(list(next(iter(results["data"].values()))), _data(results)),
        "sizes": _table(names, [(shown, sizes[key], _source("cost.py", "sizes")) for key, shown in _SIZES.items()]),
        "stripe": results["clients"][STRIPE],
        "count": len(FAULTS),
        "stops": sum(each[OURS]["end"] == "person" for _, each in played),
        "nothing": len(undone),
        "finished": sum(_is_ok(each[OURS]) for each in undone),
        "resent": sum(_is_ok(each[OPENAI]) for each in undone),
        "waited": costs["waited"],
        "requests": costs["requests"],
        "unstored": results["killed without a store"],
        "connections": costs["connections"],
        "httpx_connections": costs["httpx"],
        "sync": _those(sizes["sync"]),
        "operations": operations(),
        "tracing": _those(sizes["tracing"]),
        "writing": figure(r"at its fastest \| [^|]+ µs \| ([\d.]+) \("),
        "reading": figure(r"msgspec [\d.]+, no models \| [^|]+ ms \| ([\d.]+) \("),
        "modules": figure(r"`Order`: modules \| (\d+)"),
        "milliseconds": figure(r"`Order`: CPU time \| (\d+)"),
        "read": figure(r"`purchases\.get`[^\n]*\| ([\d.]+) \("),
        "create": figure(r"`purchases\.create`[^\n]*\| ([\d.]+) \("),
        "bare_lines": sizes["call"][BARE],
        "bare_packages": sizes["packages"][BARE],
        "our_lines": sizes["lines"][OURS],
        "our_packages": sizes["packages"][OURS],
        "python": sizes["python"][OURS],
        "lowest": min(filter(None, sizes["python"].values()), key=_lowest),
    }
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(values)


def _clients(shown: Mapping[str, str]) -> str:
    rows = [f"| {each} | {_CREATES[name]} | {_source('clients.py', 'CLIENTS')} |" for name, each in shown.items()]
    return "\n".join(["| client | its create | source |", "| --- | --- | --- |", *rows])


def _faults(results: Mapping[str, Any], *, is_done: bool) -> list[Row]:
    return [
        (
            fault.shown,
            {name: _cell(name, played) for name, played in results["faults"][str(number)].items()},
            _fault_source(fault),
        )
        for number, fault in enumerate(FAULTS)
        if fault.is_done is is_done
    ]


def _cell(name: str, played: Played) -> str:
    made = f"**{played['made']}**" if played["made"] > 1 else str(played["made"])
    known = name == OURS or played["end"] == "no end"
    end = "" if _is_ok(played) else f", {played['end']}" if known else ", error"
    return f"{played['sent']} / {made}{end}"


def _is_ok(played: Played) -> bool:
    return bool(played["end"] == "ok")


def _totals(results: Mapping[str, Any]) -> list[Row]:
    def total(has: Callable[[Played], bool]) -> dict[str, str]:
        return {name: str(sum(has(each[name]) for each in results["faults"].values())) for name in results["clients"]}

    source = _source("faults.py", "play")
    keys = {name: str(max(each[name]["keys"] for each in results["faults"].values())) for name in results["clients"]}
    return [
        ("one object, and the caller has it", total(lambda each: each["made"] == 1 and _is_ok(each)), source),
        ("two objects", total(lambda each: each["made"] > 1), source),
        (
            "one object, but no object for the caller",
            total(lambda each: each["made"] == 1 and not _is_ok(each)),
            source,
        ),
        ("no object", total(lambda each: not each["made"]), source),
        ("idempotency keys of a create", keys, source),
    ]


def _habits(results: Mapping[str, Any]) -> list[Row]:
    return [
        ("objects after a kill and a second run", results["killed"], _source("habits.py", "killed")),
        ("time limit of a call", results["limits"], _source("habits.py", "time_limits")),
        ("200 reads in a row, with 50 a minute", results["throttled"], _source("habits.py", "throttled")),
        *((title, found, _source("habits.py", "lists")) for title, found in results["lists"].items()),
        ("places with the key if no server listens", results["key"], _source("habits.py", "key_seen")),
        _ends(results, "the caller's result of a 500", "500"),
        _ends(results, "the caller's result of a 529", "529"),
        _ends(results, "the caller's result of a 200 with HTML", "html"),
    ]


def _ends(results: Mapping[str, Any], shown: str, fault_name: str) -> Row:
    number, fault = next((number, fault) for number, fault in enumerate(FAULTS) if fault.name == fault_name)
    ends = {name: played["end"] for name, played in results["faults"][str(number)].items()}
    return shown, ends, _fault_source(fault)


def _data(results: Mapping[str, Any]) -> list[Row]:
    strict = {name: f"{number} error{'s' * (number != '1')}" for name, number in results["strict"].items()}
    bench = "[benchmarks](../benchmarks/README.md)"
    return [
        *((title, found, _source("data.py", "read_all")) for title, found in results["data"].items()),
        ("mypy --strict on the package", strict, _source("cost.py", "strict_errors")),
        ("CPU time of reading 1,000 purchases", _benchmark(r"([\d.]+ ms)"), bench),
        ("peak memory of reading them", _benchmark(r"[\d.]+ ms \| [^|]+ \| ([\d.]+ MB)"), bench),
        ("CPU time of writing the body of a create", _benchmark(r"([\d.]+ µs)"), bench),
    ]


def _benchmark(cell: str) -> dict[str, str]:
    """Return a figure of the benchmarks for each client whose models they measure."""
    return {name: figure(rf"\| {shown} [^|]*\| {cell} \|") for name, shown in _MEASURED.items()}


def _those(found: Mapping[str, str]) -> str:
    return ", ".join(name for name, value in found.items() if value == "yes")


def _lowest(versions: str) -> tuple[int, ...]:
    return tuple(map(int, versions.partition(",")[0].removeprefix(">=").split(".")))


def _source(module: str, name: str) -> str:
    return f"[`{module}`](../benchmarks/field/{module}), `{name}`"


def _fault_source(fault: Fault) -> str:
    return _source("faults.py", fault.name or "connections")


def _table(names: list[str], rows: list[Row], first: str = "") -> str:
    shown = ["httpx, loop" if name == LOOP else name for name in names]
    lines = [[first, *shown, "source"], ["---"] * (len(names) + 2)]
    lines += [[title, *(found.get(name, "") for name in names), source] for title, found, source in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
