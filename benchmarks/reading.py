"""Reading a page of 1,000 purchases and writing the body of a create, against other libraries and bare JSON."""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from compiling import BUILD
from contenders import CONTENDERS, OURS, PYDANTIC, STOCK, Library
from facts import count, facts
from report import Bar, Panel, Section, Threshold, number, span, table
from rounds import Figures, Spread, figures, interleaved, ratio, resident, run

SAMPLES = Path(__file__).parent.parent / "tests" / "samples"
BODY = SAMPLES / "create-commitment-subscription.request.json"
PAGE = BUILD / "page.json"
ITEMS = 1000
ROUNDS = 5
READS, WRITES = 3, 2000
MEGABYTE = 1_000_000


def measure() -> Section:
    """Measure all contenders, each in a fresh process for each round."""
    _write_page()
    found: dict[str, dict[str, Any]] = {name: run(Path(__file__), name, "check") for name in CONTENDERS}
    if "error" in found[OURS]:
        raise RuntimeError(f"{CONTENDERS[OURS]}: {found[OURS]['error']}")
    able = [name for name in CONTENDERS if "error" not in found[name]]
    rounds = interleaved(Path(__file__), able, ROUNDS, "time")
    parts = [_reading(rounds, found), _writing(rounds, found)]
    panels = [
        _panel(f"CPU time of reading a page of {ITEMS:,} purchases", rounds, "read", 1000, "ms"),
        _panel("Peak memory of reading it", rounds, "memory", 1 / MEGABYTE, "MB"),
        _panel("CPU time of writing the body of a create", rounds, "write", 1_000_000, "µs"),
    ]
    return Section("\n\n".join(parts), panels, _thresholds(rounds))


def _write_page() -> None:
    page = json.loads((SAMPLES / "list-purchases.response.json").read_bytes())
    item = page["items"][0]
    commitment = item["commitment"]
    page["items"] = [
        {**item, "id": number, "title": f"Purchase {number}", "commitment": {**commitment, "id": ITEMS + number}}
        for number in range(1, ITEMS + 1)
    ]
    PAGE.write_text(json.dumps(page, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


# ---- In a process of its own -----------------------------------------------------------------------------------------


def _check(library: Library) -> dict[str, Any]:
    # Every error of a library is a result.
    try:
        return dict(facts(library, PAGE.read_bytes(), BODY.read_bytes()))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}


def _time(library: Library) -> Figures:
    page = PAGE.read_bytes()
    body = library.read_body(BODY.read_bytes())
    gc.collect()
    before, _ = resident()
    # The first reading measures the memory, and is the warm-up for the other readings.
    found = library.read_page(page)
    _, peak = resident()
    reads = []
    for _ in range(READS):
        if count(found) != ITEMS:
            raise RuntimeError(f"{count(found)} of {ITEMS} purchases were read")
        # Collect the garbage first, so that no reading pays for the one before it.
        del found
        gc.collect()
        start = time.process_time()
        found = library.read_page(page)
        reads.append(time.process_time() - start)
    del found
    writes = []
    for _ in range(READS):
        gc.collect()
        start = time.process_time()
        for _ in range(WRITES):
            library.write(body)
        writes.append((time.process_time() - start) / WRITES)
    return {"memory": peak - before, "read": statistics.median(reads), "write": statistics.median(writes)}


# ---- What it amounts to ----------------------------------------------------------------------------------------------


def _thresholds(rounds: dict[str, list[Figures]]) -> list[Threshold]:
    limits = [
        ("Reading a page", "read", "the stock output", [STOCK], 0.45),
        ("Reading a page", "read", "the faster form of pydantic", PYDANTIC, 0.75),
        ("Writing a body", "write", "the faster form of pydantic", PYDANTIC, 1.5),
    ]
    found = []
    for title, key, whose, names, limit in limits:
        able = {name: figures(rounds[name], key).median for name in names if name in rounds}
        if able:
            fastest = min(able, key=able.__getitem__)
            found.append(Threshold(f"{title}, of {whose}", ratio(rounds[OURS], rounds[fastest], key), limit))
    return found


def _reading(rounds: dict[str, list[Figures]], found: dict[str, dict[str, Any]]) -> str:
    header = [
        f"Reading {PAGE.stat().st_size / MEGABYTE:.2f} MB",
        "CPU time",
        "ours / it",
        "peak memory",
        "ours / it",
        "models",
        "decimals exact",
        "unnamed members kept",
        "unlisted values kept",
    ]
    rows = [
        [
            f"{CONTENDERS[name]}",
            *_measured(rounds, name, "read", 1000, "ms"),
            *_measured(rounds, name, "memory", 1 / MEGABYTE, "MB"),
            *(_yes(found[name].get(key)) for key in ("models", "exact", "unnamed", "unlisted")),
        ]
        for name in CONTENDERS
    ]
    errors = {name: each["error"] for name, each in found.items() if "error" in each}
    failed = [f"{CONTENDERS[name]} cannot read it: `{error}`" for name, error in errors.items()]
    return "\n\n".join([table(header, rows), *failed])


def _writing(rounds: dict[str, list[Figures]], found: dict[str, dict[str, Any]]) -> str:
    rows = [
        [f"{CONTENDERS[name]}", *_measured(rounds, name, "write", 1_000_000, "µs"), _yes(found[name]["written"])]
        for name in rounds
    ]
    return table(["Writing a body", "CPU time", "ours / it", "decimals exact"], rows)


def _measured(rounds: dict[str, list[Figures]], name: str, key: str, scale: float, unit: str) -> list[str]:
    if name not in rounds:
        return ["-", "-"]
    against = "1" if name == OURS else span(ratio(rounds[OURS], rounds[name], key))
    return [_scaled(figures(rounds[name], key), scale, unit), against]


def _panel(title: str, rounds: dict[str, list[Figures]], key: str, scale: float, unit: str) -> Panel:
    bars = []
    for name, each in rounds.items():
        value = figures(each, key)
        note = _scaled(value, scale, unit)
        if name != OURS:
            note += f" (ours: {number(ratio(rounds[OURS], each, key).median)}×)"  # noqa: RUF001 - read by people, as a factor
        bars.append(Bar(f"{CONTENDERS[name]}", value, note, name == OURS))
    return Panel(title, bars)


def _scaled(found: Spread, scale: float, unit: str) -> str:
    value = found.median * scale
    return f"{value:.0f} {unit}" if value >= 20 else f"{value:.1f} {unit}"


def _yes(fact: bool | None) -> str:
    return {True: "yes", False: "no", None: "-"}[fact]


if __name__ == "__main__":
    library = CONTENDERS[sys.argv[1]].load()
    print(json.dumps(_check(library) if sys.argv[2] == "check" else _time(library)))
