"""The compiled client of Lucca procurement API. Made by `make generate` from the contract: never edit it.

    import asyncio
    from lucca_procurement_api import Client
    from lucca_procurement_api.api import get_purchase

    async def main():
        async with Client("https://example.ilucca.net", api_key="...") as client:
            purchase = await get_purchase(client, 6655)
            print(purchase.id, purchase.title, purchase.state)

    asyncio.run(main())

`api` has one async function for each operation, `models` what they take and give, `errors` what they raise. Nothing is sent
twice here, paced or followed: the facade does that.
"""

from . import api, errors, models
from .client import Client
from .types import UNSET, FilePart, OpenEnum, Request, Response, Sender, Unset

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
