"""Orders to submit, the requests that an order sends, and the helpers that every test of orders needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import evolve

from lucca_procurement import LuccaProcurement, Order, Step
from lucca_procurement._ordering.registry import Registry
from lucca_procurement.errors import OrderIncomplete
from support.samples import ONE_TIME, PURCHASE

CREATING = ("create_purchase", "create_commitment", "create_commitment_request")
"""The three requests of an order, in their order."""


def sample_order(reference: str = "PO-1", title: str = "Laptops", **members: Any) -> Order:
    """Return an order to submit."""
    return Order(reference, evolve(PURCHASE, title=title), **{"commitment": ONE_TIME, **members})


def numbered_orders(count: int) -> list[Order]:
    """Return this number of orders, with the references PO-0, PO-1 and so on."""
    return [sample_order(f"PO-{number}") for number in range(count)]


async def order_before(client: LuccaProcurement, step: Step) -> Order:
    """Return an order that stopped before a step. Its earlier steps are done."""
    order = sample_order(step=step)
    if step is not Step.PURCHASE:
        order.purchase_id = (await client.purchases.create(order.to_create())).id
    if step in (Step.REQUEST, Step.SUBMITTED):
        assert order.purchase_id is not None
        order.commitment_id = (await client.commitments.create(order.purchase_id, ONE_TIME)).id
    if step is Step.SUBMITTED:
        assert order.commitment_id is not None
        order.approval_request_id = (await client.requests.create(order.commitment_id)).id
    return order


def saved_to(stored: list[bytes]) -> Callable[[Order], None]:
    """Return a `save` that stores each state as JSON."""
    return lambda saved: stored.append(saved.to_json())


async def incomplete(call: Awaitable[object]) -> OrderIncomplete:
    """Return the error that an order stops with."""
    with pytest.raises(OrderIncomplete) as caught:
        await call
    return caught.value


def forget_orders() -> None:
    """Make the registry forget all orders. Clients that are opened from now on know none, as after a restart."""
    Registry.forget_all()
