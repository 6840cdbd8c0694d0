"""Order through Lucca: a thin facade over the compiled client of the procurement API."""

from . import errors, models
from ._version import __version__ as __version__
from .client import LuccaProcurement
from .order import Decision, Order, Result, Step
from .taxes import taxed_amount

__all__ = ["Decision", "LuccaProcurement", "Order", "Result", "Step", "errors", "models", "taxed_amount"]
