"""Order through Lucca: a thin facade over the compiled client of the procurement API."""

from . import errors, models
from ._version import __version__ as __version__
from .client import LuccaProcurement
from .order import Order
from .taxes import taxed_amount

__all__ = ["LuccaProcurement", "Order", "errors", "models", "taxed_amount"]
