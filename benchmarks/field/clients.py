"""The compared clients. Each creates one object as its documentation shows it, with its default settings."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx

from compiling import BUILD
from lucca_procurement import LuccaProcurement, Order
from support.clock import HurriedClock

KEY = "canary-5f0c"
"""The key of every client. No other text contains it."""
PURCHASES = "/cleemy-procurement/api/purchases"
BODY = json.loads((Path(__file__).parents[2] / "tests/samples/create-purchase.request.json").read_bytes())
HEADERS = {"Authorization": f"lucca application={KEY}"}
OURS, STOCK, GENERATOR, BARE, LOOP = "lucca-procurement", "openapi-python-client", "openapi-generator", "httpx", "loop"
STRIPE, OPENAI, GITHUBKIT, AZURE = "stripe", "openai", "githubkit", "azure-core"

ISSUE: dict[str, Any] = {
    **dict.fromkeys(
        ("repository_url", "labels_url", "comments_url", "events_url", "html_url", "url"), "http://127.0.0.1/"
    ),
    **dict.fromkeys(("user", "milestone", "closed_at", "assignee")),
    **dict.fromkeys(("created_at", "updated_at"), "2026-12-01T10:00:00Z"),
    "id": 1,
    "node_id": "I_1",
    "number": 1,
    "title": "Laptops",
    "state": "open",
    "state_reason": None,
    "labels": [],
    "locked": False,
    "comments": 0,
}
"""The answer that githubkit reads after it creates an issue. Its model requires most of these members."""

Create = Callable[[str, float | None], Awaitable[Any]]
"""Creates one object at a URL. The second argument is the time limit in seconds, None for the default."""


@dataclass(frozen=True)
class Client:
    """A client. `answer` is what its own server answers to its create, None if it is a client of Lucca."""

    name: str
    package: str
    shown: str
    create: Create
    answer: dict[str, Any] | None = None

    @property
    def is_of_lucca(self) -> bool:
        """True if the client calls the API of Lucca. The others call a small server with their own API."""
        return self.answer is None

    def __str__(self) -> str:
        return f"{self.shown} {version(self.package)}".strip()


def library(name: str) -> Any:
    """Import a library of the extra `comparison`, or a client that was compiled. The type checkers run without them."""
    if str(BUILD) not in sys.path:
        sys.path.append(str(BUILD))
    return importlib.import_module(name)


def sample_order() -> Order:
    """Return an order to submit."""
    return Order.one_time(
        "ERP-4711",
        title="Laptops",
        supplier=6,
        owner=35,
        nature=1,
        cost_center=3,
        establishment=1,
        department=14,
        amount="1250.00",
        cost_date="2026-12-01",
        invoice_date="2026-12-15",
    )


# ---- Clients of Lucca


# This one submits an order. Its pauses move a clock on, instead of taking time.
async def ours(url: str, timeout: float | None) -> Any:
    clock = HurriedClock()
    settings: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
    async with LuccaProcurement(url, KEY, rate=None, clock=clock, **settings) as lucca:
        order = await lucca.orders.submit(sample_order())
        return order.purchase_id


async def stock(url: str, timeout: float | None) -> Any:
    client = library("stock_client").AuthenticatedClient(
        url, f"application={KEY}", prefix="lucca", timeout=timeout and httpx.Timeout(timeout)
    )
    body = library("stock_client.models").PurchaseCreation.from_dict(BODY)
    async with client:
        return await library("stock_client.api.purchases.create_purchase").asyncio(client=client, body=body)


async def generator(url: str, timeout: float | None) -> Any:
    package = library("openapi_generator_client")
    configuration = package.Configuration(url, api_key={"apiKey": f"lucca application={KEY}"})
    async with package.ApiClient(configuration) as client:
        body = package.PurchaseCreation.from_dict(BODY)
        return await package.PurchasesApi(client).create_purchase(body, _request_timeout=timeout)


async def bare(url: str, timeout: float | None) -> Any:
    async with httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=timeout or 5.0) as client:
        response = await client.post(PURCHASES, json=BODY)
        response.raise_for_status()
        return response.json()


# Up to three tries of whatever is no clear refusal: a loop that is often written by hand.
async def loop(url: str, timeout: float | None) -> Any:
    async with httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=timeout or 5.0) as client:
        for left in (2, 1, 0):
            try:
                response = await client.post(PURCHASES, json=BODY)
                response.raise_for_status()
                return response.json()
            except (httpx.TransportError, httpx.HTTPStatusError) as error:
                is_final = isinstance(error, httpx.HTTPStatusError) and error.response.status_code in (400, 401, 403)
                if is_final or not left:
                    raise
    raise AssertionError


# ---- Clients of other APIs


async def stripe(url: str, timeout: float | None) -> Any:
    module = library("stripe")
    settings = {} if timeout is None else {"http_client": module.RequestsClient(timeout=timeout)}
    # Without this setting, a StripeClient sends nothing twice. Its documentation shows it with this value.
    client = module.StripeClient(KEY, base_addresses={"api": url}, max_network_retries=2, **settings)
    return await asyncio.to_thread(client.v1.customers.create, {"name": "Laptops"})


async def openai(url: str, timeout: float | None) -> Any:
    settings = {} if timeout is None else {"timeout": timeout}
    async with library("openai").AsyncOpenAI(api_key=KEY, base_url=url, **settings) as client:
        return await client.responses.create(model="laptops", input="Laptops")


async def githubkit(url: str, timeout: float | None) -> Any:
    async with library("githubkit").GitHub(KEY, base_url=url, timeout=timeout) as client:
        response = await client.rest.issues.async_create("owner", "repository", title="Laptops")
        return response.parsed_data


async def azure(url: str, timeout: float | None) -> Any:
    core, policies, rest = library("azure.core"), library("azure.core.pipeline.policies"), library("azure.core.rest")
    used = [
        policies.HeadersPolicy(HEADERS),
        policies.UserAgentPolicy(),
        policies.ContentDecodePolicy(),
        policies.AsyncRedirectPolicy(),
        policies.AsyncRetryPolicy(),
        policies.NetworkTraceLoggingPolicy(),
    ]
    limits = {} if timeout is None else {"read_timeout": timeout, "connection_timeout": timeout}
    async with core.AsyncPipelineClient(url, policies=used) as client:
        response = await client.send_request(
            rest.HttpRequest("POST", f"{url}/orders", json={"name": "Laptops"}), **limits
        )
        response.raise_for_status()
        return response.json()


CLIENTS = [
    Client(OURS, "lucca-procurement", "this library", ours),
    Client(STOCK, "openapi-python-client", "openapi-python-client", stock),
    Client(GENERATOR, "openapi-generator-cli", "openapi-generator", generator),
    Client(BARE, "httpx", "httpx by hand", bare),
    Client(LOOP, "httpx", "httpx in a loop", loop),
    Client(STRIPE, "stripe", "stripe", stripe, {"id": "cus_1", "object": "customer", "name": "Laptops"}),
    Client(
        OPENAI, "openai", "openai", openai, {"id": "resp_1", "object": "response", "status": "completed", "output": []}
    ),
    Client(GITHUBKIT, "githubkit", "githubkit", githubkit, ISSUE),
    Client(AZURE, "azure-core", "azure-core", azure, {"id": 1, "name": "Laptops"}),
]
