"""Call every compiled operation on Prism, a mock of the contract that knows nothing of us, and say what cannot be read.

`make prism` runs it. It is no part of `make check`, because what Prism makes of a contract is another's reading of it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from ruamel.yaml import YAML

from compiled.test_operations import OPERATIONS, Call
from generate import CONTRACT
from lucca_procurement_api import Client, FilePart, api, models
from lucca_procurement_api.errors import ApiError, UnexpectedStatus
from lucca_procurement_api.types import Request, Response
from support.samples import exact_json, meaning

UPLOAD = models.FileUpload(form=FilePart(content=b"%PDF-1.7", file_name="quote.pdf", content_type="application/pdf"))
CALLS: dict[str, Call] = {
    **{name: operation[0] for name, operation in OPERATIONS.items()},
    "upload_file": lambda client: api.upload_file(client, body=UPLOAD),
}
REFUSALS = ("400", "404", "429", "503")


class Keeping:
    """A sender that keeps the last response."""

    def __init__(self, sender: Client) -> None:
        self._sender = sender
        self.content = b""

    async def send(self, request: Request, /) -> Response:
        response = await self._sender.send(request)
        self.content = response.content
        return response


def written(value: Any) -> Any:
    """Return the JSON data that the models are written back as."""
    return [written(item) for item in value] if isinstance(value, list) else exact_json(value.to_json())


async def complaint(call: Call, client: Client, preference: str, *, is_success: bool) -> str | None:
    """Call an operation, and return what is wrong with the response. None if nothing is wrong."""
    sender = Keeping(client.with_headers({"Prefer": preference}))
    try:
        found = await call(sender)
    except UnexpectedStatus as error:
        if is_success or error.problem is None:
            return f"{error.headers.get('sl-violations', '')} {error}".strip()
        return None
    except ApiError as error:
        return str(error)
    if not is_success:
        return "a refusal was taken for a success"
    if found is not None and meaning(written(found)) != meaning(exact_json(sender.content)):
        return f"what is written back is not what came: {sender.content!r}"
    return None


def preferences(operation: dict[str, Any], seeds: range) -> list[tuple[str, bool]]:
    """Return the preferences to send to Prism. For each status, they ask for the example and one answer per seed."""
    found = []
    for status in [*(status for status in operation["responses"] if status.isdigit()), *REFUSALS]:
        ways = [f"code={status}", *(f"code={status}, dynamic=true, seed={seed}" for seed in seeds)]
        found += [(way, status not in REFUSALS) for way in ways]
    return found


@asynccontextmanager
async def mocking(command: list[str]) -> AsyncIterator[str]:
    """Run Prism on a free port until the block ends. The block receives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # With --errors, Prism also refuses a request that does not match the contract.
    options = ["mock", "--errors", "--port", str(port), str(CONTRACT)]
    # A session of its own, because the command may start another process for it.
    process = await asyncio.create_subprocess_exec(
        *command, *options, stdout=asyncio.subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as http:
            while process.returncode is None:
                try:
                    await http.get(url)
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.1)
        yield url
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def main(command: list[str], seeds: range) -> int:
    contract = YAML(typ="safe").load(CONTRACT)
    operations = {each["operationId"]: each for item in contract["paths"].values() for each in item.values()}
    failed = 0
    async with mocking(command) as url, Client(url, "key") as client:
        for name, call in CALLS.items():
            tries = preferences(operations[name], seeds)
            complaints: Counter[str] = Counter()
            examples: dict[str, str] = {}
            for preference, is_success in tries:
                if wrong := await complaint(call, client, preference, is_success=is_success):
                    kind = wrong[:100]
                    complaints[kind] += 1
                    examples.setdefault(kind, f"{preference}: {wrong[:1_000]}")
            failed += complaints.total()
            print(f"{name}: {len(tries) - complaints.total()} of {len(tries)} answers were read", flush=True)
            for kind, count in complaints.most_common(5):
                print(f"  {count} times, as with {examples[kind]}")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many answers are made up for each status")
    parser.add_argument("command", nargs="+", help="the command that runs Prism")
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.command, range(given.seeds))))
