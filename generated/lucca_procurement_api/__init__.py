"""The compiled client of Lucca procurement API. `make generate` writes it from the contract: never edit it.

    import asyncio
    from lucca_procurement_api import Client
    from lucca_procurement_api.api import get_purchase

    async def main() -> None:
        async with Client("https://example.ilucca.net", api_key="...") as client:
            purchase = await get_purchase(client, 6655)
            print(purchase.id, purchase.title, purchase.state)

    asyncio.run(main())

`api` has one async function for each operation, `models` has their arguments and results, and `errors` their
exceptions. This package sends each request once. Retries, pacing and paging are the work of the facade.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import errors
from .types import UNSET, FilePart, OpenEnum, Request, Response, Sender, Unset

if TYPE_CHECKING:
    from . import api, models
    from .client import Client

__all__ = (
    "UNSET",
    "Client",
    "FilePart",
    "OpenEnum",
    "Request",
    "Response",
    "Sender",
    "Unset",
    "api",
    "errors",
    "models",
)


def __getattr__(name: str) -> Any:
    """Import `Client`, `api` and `models` when a program uses them: a facade has a client of its own."""
    match name:
        case "Client":
            return import_module(".client", __name__).Client
        case "api" | "models":
            return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
