"""The operations of Lucca procurement API. Each is an async function."""

from .commitments import create_commitment, create_commitment_for_purchase
from .cost_centers import list_cost_centers
from .files import upload_file
from .natures import list_natures
from .purchases import close_purchase, create_purchase, get_purchase, list_purchases
from .requests import cancel_request, create_commitment_request
from .suppliers import list_suppliers
from .taxes import list_tax_rates

__all__ = (
    "cancel_request",
    "close_purchase",
    "create_commitment",
    "create_commitment_for_purchase",
    "create_commitment_request",
    "create_purchase",
    "get_purchase",
    "list_cost_centers",
    "list_natures",
    "list_purchases",
    "list_suppliers",
    "list_tax_rates",
    "upload_file",
)
