"""Order through Lucca: a thin facade over the compiled client of the procurement API."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from . import errors, models
    from .client import LuccaProcurement
    from .order import Decision, Order, Result, Step
    from .taxes import taxed_amount

__all__ = ["Decision", "LuccaProcurement", "Order", "Result", "Step", "errors", "models", "taxed_amount"]

_MODULES = {
    "LuccaProcurement": "client",
    **dict.fromkeys(("Decision", "Order", "Result", "Step"), "order"),
    "taxed_amount": "taxes",
}


def __getattr__(name: str) -> Any:
    """Import a public name when a program uses it: the models alone take half of the time of all imports."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in _MODULES:
        return import_module(f".{name}", __name__)
    found = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
