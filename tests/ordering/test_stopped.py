"""The error of an order that stopped, and the error that stopped it."""

from __future__ import annotations

import pickle

from lucca_procurement import errors
from lucca_procurement._ordering.stopped import cause_of, incomplete
from support.orders import sample_order


def test_cause_of_stopped_order_is_the_error_that_stopped_it() -> None:
    cause = errors.NotSent("no connection")
    error = incomplete(sample_order(), cause, "time")
    assert cause_of(error) is cause
    assert str(cause_of(pickle.loads(pickle.dumps(error)))) == str(cause)


def test_cause_of_stopped_order_without_cause_is_its_own_error() -> None:
    error = incomplete(sample_order(), None, "person", "look")
    assert cause_of(error) is error


def test_cause_of_another_error_is_that_error() -> None:
    error = errors.StoreFailed("the disk is full")
    error.__cause__ = errors.NotSent("no connection")
    assert cause_of(error) is error
