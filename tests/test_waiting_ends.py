"""Whoever stops waiting for a decision, by an error or by being cancelled, leaves the event loop free."""

from __future__ import annotations

import subprocess
import sys

import pytest

# In a process of its own: a loop that is not free can be ended by nothing in it.
PROGRAM = """
import asyncio, sys
from lucca_procurement import LuccaProcurement, errors
from lucca_procurement._ordering.decisions import Decisions

class Unreadable:
    def __init__(self):
        self.asked, self.answer = asyncio.Event(), asyncio.Event()
    async def get(self, id):
        self.asked.set()
        await self.answer.wait()
        raise errors.NotFound("it is not there", status=404)

async def main():
    async with LuccaProcurement("http://127.0.0.1:1", "key") as lucca:
        decisions = Decisions(lucca._session)
        purchases = decisions._purchases = Unreadable()
        waiting = [asyncio.ensure_future(decisions.of(number, None, [])) for number in (1, 2)]
        await purchases.asked.wait()
        if sys.argv[1] == "cancelled":
            asyncio.get_running_loop().call_soon(lambda: [task.cancel() for task in waiting])
        purchases.answer.set()
        print(*(type(each).__name__ for each in await asyncio.gather(*waiting, return_exceptions=True)))

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("how", "ended"), [("refused", "NotFound NotFound"), ("cancelled", "CancelledError CancelledError")]
)
def test_the_event_loop_stays_free(how: str, ended: str) -> None:
    command = [sys.executable, "-c", PROGRAM, how]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert (done.stdout, done.stderr) == (f"{ended}\n", "")
