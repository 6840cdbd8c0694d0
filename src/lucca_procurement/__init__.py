"""Order through Lucca: a thin facade over the compiled client of the procurement API."""

from . import errors, models
from ._version import __version__ as __version__
from .client import LuccaProcurement
from .taxes import taxed_amount

__all__ = ["LuccaProcurement", "errors", "models", "taxed_amount"]
