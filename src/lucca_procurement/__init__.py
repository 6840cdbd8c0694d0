"""Order through Lucca: a thin facade over the compiled client of the procurement API."""

from . import models

__all__ = ["models"]
__version__ = "0.1.0"
