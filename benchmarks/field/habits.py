"""The habits of the clients: the key in errors, the time limit, lists, the rate, and a process that is killed."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from field import clients
from field.clients import (
    AZURE,
    BARE,
    BODY,
    CLIENTS,
    GENERATOR,
    GITHUBKIT,
    HEADERS,
    KEY,
    LOOP,
    OPENAI,
    OURS,
    PURCHASES,
    STOCK,
    STRIPE,
    Client,
    library,
)
from field.faults import connections
from field.server import serving
from lucca_procurement import LuccaProcurement
from lucca_procurement.emulator import Emulator
from lucca_procurement.emulator.seed import FIRST_PURCHASE
from support.clock import HurriedClock

CALLS = 200
MOST_REQUESTS = 50
"""A list that sends more requests than this for four items does not end."""
BENCHMARKS = Path(__file__).parents[1]


# ---- The key


async def key_seen(client: Client) -> str:
    """Return the places that contain the key after a create failed because no server listened."""
    text: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text.append(self.format(record))

    handler, root = Listening(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    error: Exception | None = None
    try:
        # Fewer than the connections of any client that repeats.
        with connections(refused=1000):
            await client.create("http://127.0.0.1:9", None)
    except Exception as raised:  # each client has its own errors
        error = raised
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert error
    local = [repr(value) for value in _locals(error, client) if not isinstance(value, (str, dict))]
    places = {
        "its repr": local,
        "the text of the error": traceback.format_exception(error),
        "the attributes of the error": _reached(error),
        "the log at DEBUG": text,
    }
    return ", ".join(place for place, texts in places.items() if any(KEY in each for each in texts)) or "nowhere"


def _locals(error: BaseException, client: Client) -> Iterator[Any]:
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code is client.create.__code__:
            yield from frame.f_locals.values()


def _reached(error: BaseException) -> Iterator[str]:
    """Return the texts that an error holds: its attributes, its causes, and theirs."""
    pending: list[tuple[Any, int]] = [(error, 0)]
    seen = set()
    while pending:
        value, depth = pending.pop()
        if (
            id(value) in seen
            or depth > 6
            or inspect.isroutine(value)
            or inspect.isclass(value)
            or inspect.ismodule(value)
        ):
            continue
        seen.add(id(value))
        if isinstance(value, (str, bytes)):
            yield value if isinstance(value, str) else value.decode("latin-1")
        elif isinstance(value, dict):
            pending += ((each, depth + 1) for pair in value.items() for each in pair)
        elif isinstance(value, (list, tuple, set)):
            pending += ((each, depth + 1) for each in value)
        else:
            pending += ((each, depth + 1) for each in vars(value).values()) if hasattr(value, "__dict__") else ()
            if isinstance(value, BaseException):
                pending += ((each, depth) for each in (value.args, value.__cause__, value.__context__))


# ---- Time limits


def time_limits() -> dict[str, str]:
    """Return the time limit of a call by default in seconds, as the settings of each client have it."""
    azure = library("azure.core.configuration").ConnectionConfiguration()
    generated = inspect.getsource(library("openapi_generator_client.rest").RESTClientObject.request)
    found = {
        OURS: inspect.signature(LuccaProcurement).parameters["timeout"].default,
        STOCK: library("stock_client").Client("http://127.0.0.1")._timeout,
        GENERATOR: 300 if "_request_timeout or 5 * 60" in generated else "?",
        BARE: httpx.AsyncClient().timeout.read,
        STRIPE: library("stripe").RequestsClient()._timeout,
        OPENAI: library("openai").OpenAI(api_key=KEY).timeout.read,
        GITHUBKIT: library("githubkit").GitHub(KEY).config.timeout.read,
        AZURE: azure.read_timeout,
    }
    found[LOOP] = found[BARE]
    return {name: "none" if value is None else f"{value:g} s" for name, value in found.items()}


# ---- The rate


async def throttled() -> dict[str, str]:
    """Return how many of 200 reads in a row meet a 429, if the server accepts 50 a minute."""
    found = {}
    for name in (OURS, STOCK, GENERATOR, BARE):
        clock = HurriedClock()
        emulator = Emulator(key=KEY, rate=50, purchases=1, clock=clock, sleep=clock.sleep)
        async with emulator.serve() as url, _reading(name, url, clock) as read:
            for _ in range(CALLS):
                await read(FIRST_PURCHASE)
        refused = sum(entry.status == 429 for entry in emulator.log)
        done = sum(entry.status == 200 for entry in emulator.log)
        found[name] = f"{refused} times 429, {done} answers"
    return found


@asynccontextmanager
async def _reading(name: str, url: str, clock: HurriedClock) -> AsyncIterator[Any]:
    if name == OURS:
        async with LuccaProcurement(url, KEY, clock=clock) as lucca:
            yield lucca.purchases.get
    elif name == STOCK:
        async with library("stock_client").AuthenticatedClient(url, f"application={KEY}", prefix="lucca") as client:
            operation = library("stock_client.api.purchases.get_purchase").asyncio
            yield lambda number: operation(number, client=client)
    elif name == GENERATOR:
        package = library("openapi_generator_client")
        configuration = package.Configuration(url, api_key={"apiKey": f"lucca application={KEY}"})
        async with package.ApiClient(configuration) as client:
            yield package.PurchasesApi(client).get_purchase_without_preload_content
    else:
        async with httpx.AsyncClient(base_url=url, headers=HEADERS) as client:
            yield lambda number: client.get(f"{PURCHASES}/{number}")


# ---- Lists


async def lists() -> dict[str, dict[str, str]]:
    """Return the ends of lists: one with an empty page in the middle, and one whose pages repeat."""
    rows: dict[str, dict[str, str]] = {
        "A list of 4 with an empty page in the middle": {},
        "A list whose pages repeat": {},
    }
    for title, fault in zip(rows, ("empty-page", "repeated-token"), strict=True):
        rows[title][OURS] = await our_list(fault)
        for name in (STRIPE, OPENAI, GITHUBKIT, AZURE):
            rows[title][name] = await asyncio.to_thread(_their_list, name, fault == "repeated-token")
    return rows


async def our_list(fault: str) -> str:
    """Return the end of a list of this library that meets a fault of the emulator at its second page."""
    emulator = Emulator(key=KEY, rate=None, purchases=4)
    async with emulator.serve() as url, LuccaProcurement(url, KEY, rate=None) as lucca:
        emulator.faults.add("list_purchases", fault, times=None if fault == "repeated-token" else 1, skip=1)
        items: list[Any] = []
        try:
            async for item in lucca.purchases.iterate(page_size=2):
                items.append(item)
        except Exception as error:  # an error is a result
            return f"{len(items)} items, then {type(error).__name__}"
        return f"{len(items)} items"


_Item = dict[str, Any]
_SHAPES: dict[str, Any] = {
    STRIPE: lambda items, more: {"object": "list", "url": "/v1/customers", "has_more": more, "data": items},
    OPENAI: lambda items, more: {"object": "list", "has_more": more, "data": items},
    GITHUBKIT: lambda items, more: items,
    AZURE: lambda items, more: {"value": items, "next": "more" if more else None},
}


def _their_list(name: str, repeats: bool) -> str:
    samples: dict[str, _Item] = {client.name: client.answer or {} for client in CLIENTS}
    file = {"object": "file", "bytes": 1, "created_at": 1, "filename": "a", "purpose": "batch", "status": "processed"}

    def item(number: int) -> _Item:
        return {
            **samples[name],
            **(file if name == OPENAI else {}),
            "id": number if name in (GITHUBKIT, AZURE) else str(number),
        }

    def page(number: int) -> tuple[Any, bool]:
        numbers = [1, 2] if repeats or number == 1 else [] if number == 2 else [3, 4] if number == 3 else []
        has_next = repeats or number < 3
        return _SHAPES[name]([item(each) for each in numbers], has_next), has_next

    with serving(samples[name]) as server:
        server.page = page
        # Two items a page, and one more for what is read ahead.
        items: list[Any] = []
        try:
            for each in islice(_iterated(name, server.url), 2 * MOST_REQUESTS):
                items.append(each)
        except Exception as error:  # an error is a result
            return f"{len(items)} items, then {type(error).__name__}"
        return f"no end after {server.gets} requests" if len(items) == 2 * MOST_REQUESTS else f"{len(items)} items"


def _iterated(name: str, url: str) -> Iterator[Any]:
    if name == STRIPE:
        yield from (
            library("stripe").StripeClient(KEY, base_addresses={"api": url}).v1.customers.list().auto_paging_iter()
        )
    elif name == OPENAI:
        yield from library("openai").OpenAI(api_key=KEY, base_url=url).files.list()
    elif name == GITHUBKIT:
        github = library("githubkit").GitHub(KEY, base_url=url, http_cache=False)
        operation = github.rest.issues.list_for_repo
        yield from github.rest.paginate(operation, owner="owner", repo="repository", per_page=2)
    else:
        yield from _azure_items(url)


def _azure_items(url: str) -> Iterable[Any]:
    core, rest = library("azure.core"), library("azure.core.rest")
    client = core.PipelineClient(url, policies=[library("azure.core.pipeline.policies").ContentDecodePolicy()])

    def get_next(token: str | None) -> Any:
        return client.send_request(rest.HttpRequest("GET", f"{url}/orders", params={"token": token or ""})).json()

    # The checkers do not see the packages of the other clients, so that everything from `library` is Any.
    return library("azure.core.paging").ItemPaged(get_next, lambda answer: (answer["next"], iter(answer["value"])))  # type: ignore[no-any-return]


# ---- A killed process


async def killed(client: Client, *, stored: bool = True) -> str:
    """Kill a process whose create is done and whose answer has not come. Run it again. Count the objects.

    Without `stored`, this library keeps the order nowhere.
    """
    print(f"{client}: killed", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder, "orders.sqlite")) if stored else ""
        if client.is_of_lucca:
            emulator = Emulator(key=KEY, rate=None, purchases=12, approve="manual")
            emulator.faults.add("create_purchase", "commit-then-hang")
            async with emulator.serve() as url:
                await _killed_and_run_again(client.name, url, database, lambda: len(emulator.created()))
            return str(len(emulator.created()))
        with serving(client.answer, "commit-then-hang") as server:
            await _killed_and_run_again(client.name, server.url, database, lambda: server.made)
            keys = {key for key in server.keys if key}
            return str(server.made) + (f", with {len(keys)} keys" if keys else "")


async def _killed_and_run_again(name: str, url: str, database: str, made: Any) -> None:
    paths = [str(BENCHMARKS), *sys.path]
    command = [sys.executable, "-m", "field.killed", name, url, database]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    first = await asyncio.create_subprocess_exec(*command, env=environment)
    async with asyncio.timeout(300):
        while not made():  # noqa: ASYNC110  # the server is a thread or an emulator, which has no event for it
            await asyncio.sleep(0.05)
    first.kill()
    await first.wait()
    second = await asyncio.create_subprocess_exec(*command, env=environment)
    assert await second.wait() == 0, name


# ---- What an order costs


async def costs() -> dict[str, str]:
    """Return what one order takes: its connections, and its wait after a request that was not done."""
    clock = HurriedClock()
    emulator = Emulator(key=KEY, rate=None, clock=clock, sleep=clock.sleep)
    async with emulator.serve() as url, LuccaProcurement(url, KEY, rate=None, clock=clock) as lucca:
        with connections() as ours:
            await lucca.orders.submit(clients.sample_order())
    async with emulator.serve() as url, httpx.AsyncClient(base_url=url, headers=HEADERS) as client:
        with connections() as theirs:
            for _ in range(3):
                (await client.post(PURCHASES, json=BODY)).raise_for_status()
    clock = HurriedClock()
    emulator = Emulator(key=KEY, rate=None, clock=clock, sleep=clock.sleep)
    emulator.faults.add("create_commitment", "500")
    async with emulator.serve() as url, LuccaProcurement(url, KEY, rate=None, clock=clock) as lucca:
        start = clock.now
        await lucca.orders.submit(clients.sample_order())
    return {
        "connections": f"{len(ours)}",
        "httpx": f"{len(theirs)}",
        "waited": f"{clock.now - start:.0f}",
        "requests": f"{len(emulator.log)}",
    }
