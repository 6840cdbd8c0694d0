"""The compiled models and enums, and `UNSET`, the value of an absent member."""

from lucca_procurement_api.models import *  # noqa: F403 - every compiled name, whatever the contract adds
from lucca_procurement_api.models import __all__ as _names
from lucca_procurement_api.types import UNSET as UNSET
from lucca_procurement_api.types import Unset as Unset

# Pyright cannot follow the names of another module's __all__. It finds each name by the import above.
__all__ = [*_names, "UNSET", "Unset"]  # pyright: ignore[reportUnsupportedDunderAll]
