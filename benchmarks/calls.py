"""The cost of a call compared with bare httpx, and of each of many calls at once compared with a few."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from lucca_procurement import LuccaProcurement, models
from report import Section, Threshold, span, table
from rounds import Figures, figures, run, spread
from serving import KEY, SAMPLES, minimal

BODY = (SAMPLES / "create-purchase.request.json").read_bytes()
PURCHASE = json.loads((SAMPLES / "create-purchase.response.json").read_bytes())["id"]
"""The purchase that the server answers with. The client refuses another one."""
ROUNDS = 5
TURNS, CALLS = 20, 25
FEW, MANY = 50, 1500


def measure() -> Section:
    """Measure calls in a fresh process for each round."""
    with minimal() as url:
        rounds = [run(Path(__file__), "compare", url) for _ in range(ROUNDS)]
        crowds = [run(Path(__file__), "crowd", url) for _ in range(ROUNDS)]
    get, post, reopened = (
        spread(found[ours] / found[theirs] for found in rounds)
        for ours, theirs in (("get", "bare_get"), ("post", "bare_post"), ("post", "kept_post"))
    )
    crowd = spread(found["many"] / found["few"] for found in crowds)
    lines = [
        f"- A call takes **{span(get)}** of the CPU time of bare httpx (a read), and **{span(post)}** (a create).",
        "- Each create has a connection of its own, here in both clients, so that no idle connection closes under it. "
        f"Against httpx with a connection that is open already, it takes **{span(reopened)}**.",
        f"- Of {MANY:,} calls at once each takes **{span(crowd)}** of the time of one of {FEW} at once.",
    ]
    rows = [
        ["`purchases.get`", _micro(rounds, "get"), _micro(rounds, "bare_get"), span(get)],
        ["`purchases.create`", _micro(rounds, "post"), _micro(rounds, "bare_post"), span(post)],
    ]
    header = ["CPU time of a call", "lucca-procurement", f"httpx {httpx.__version__}, `.json()`", "ours / it"]
    return Section(
        "\n".join(lines) + "\n\n" + table(header, rows),
        [],
        [
            Threshold("A call that reads, of bare httpx", get, 1.15),
            Threshold("A call that creates, of bare httpx", post, 1.15),
            Threshold(f"One of {MANY:,} calls at once, of one of {FEW}", crowd, 1.1),
        ],
    )


def _micro(rounds: list[Figures], key: str) -> str:
    return f"{figures(rounds, key).median * 1e6:.0f} µs"


# ---- In a process of its own -----------------------------------------------------------------------------------------


async def _compare(url: str) -> dict[str, float]:
    """Return the CPU seconds of one call by each client. They take turns, so that a slow machine slows both."""
    body, plain = models.PurchaseCreation.from_json(BODY), json.loads(BODY)
    purchases = f"{url}/cleemy-procurement/api/purchases"
    headers = {"authorization": f"lucca application={KEY}", "accept": "application/json"}
    async with (
        LuccaProcurement(url, KEY, rate=None) as lucca,
        httpx.AsyncClient(headers=headers, timeout=30.0, limits=httpx.Limits(keepalive_expiry=2.0)) as bare,
        httpx.AsyncClient(headers=headers, timeout=30.0, limits=httpx.Limits(max_keepalive_connections=0)) as fresh,
    ):

        async def bare_get() -> Any:
            return (await bare.get(f"{purchases}/{PURCHASE}")).json()

        async def bare_post() -> Any:
            return (await fresh.post(purchases, json=plain)).json()

        async def kept_post() -> Any:
            return (await bare.post(purchases, json=plain)).json()

        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "get": lambda: lucca.purchases.get(PURCHASE),
            "bare_get": bare_get,
            "post": lambda: lucca.purchases.create(body),
            "bare_post": bare_post,
            "kept_post": kept_post,
        }
        spent = dict.fromkeys(calls, 0.0)
        for turn in range(TURNS + 1):
            for name, call in calls.items():
                start = time.process_time()
                for _ in range(CALLS):
                    await call()
                # The first turn is a warm-up.
                spent[name] += time.process_time() - start if turn else 0.0
    return {name: seconds / (TURNS * CALLS) for name, seconds in spent.items()}


async def _crowd(url: str) -> dict[str, float]:
    """Return the seconds of one call among few and among many. Both figures are from the same number of calls."""
    async with LuccaProcurement(url, KEY, rate=None) as lucca:

        async def call() -> None:
            # Keep no answer, because the garbage collector would have to walk through it.
            await lucca.purchases.get(PURCHASE)

        async def at_once(number: int) -> float:
            start = time.perf_counter()
            await asyncio.gather(*(call() for _ in range(number)))
            return time.perf_counter() - start

        await at_once(FEW)
        few = sum([await at_once(FEW) for _ in range(MANY // FEW)])
        return {"few": few / MANY, "many": await at_once(MANY) / MANY}


if __name__ == "__main__":
    measured = {"compare": _compare, "crowd": _crowd}[sys.argv[1]]
    print(json.dumps(asyncio.run(measured(sys.argv[2]))))
