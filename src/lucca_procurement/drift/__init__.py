"""Compare a tenant's responses with the contract: `python -m lucca_procurement.drift`.

Without `--write`, the command only reads. With it, the command plays one small order after a question. The key comes
from `LUCCA_API_KEY` alone. The report holds no data of the tenant: see docs/drift.md.
"""

from ._command import main

__all__ = ("main",)
