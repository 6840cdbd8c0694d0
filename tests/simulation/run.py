"""One run: the world of a seed from its beginning to its end, and the invariants that it broke."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Literal, get_args
from unittest import mock

import httpx

from .story import Story
from .world_of_imports import WorldOfImports
from .world_of_orders import WorldOfOrders

__all__ = ("WORLDS", "Kind", "run")

Kind = Literal["orders", "imports"]
"""The kind of a world: programs store their orders by `save`, or by a store of the product."""
WORLDS: tuple[Kind, ...] = get_args(Kind)

_runs = count()
_tls = httpx.create_ssl_context()


def run(seed: int, kind: Kind = "orders") -> Story:
    """Run a seed in a world of a kind, and return its story."""
    with _settled(seed):
        made = WorldOfOrders if kind == "orders" else WorldOfImports
        return made(seed, next(_runs)).run()


@contextmanager
def _settled(seed: int) -> Iterator[None]:
    """Make a run depend on its seed alone: not on chance, another run or the time when memory is freed."""
    state, collects = random.getstate(), gc.isenabled()
    gc.disable()
    random.seed(seed)
    # No client in a run uses TLS, and the creation of a context takes as long as a run.
    with mock.patch.object(httpx, "create_ssl_context", return_value=_tls):
        try:
            yield
        finally:
            random.setstate(state)
            if collects:
                gc.enable()
