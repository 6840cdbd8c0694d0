"""`python -m lucca_procurement.drift`."""

import sys

from ._command import main

sys.exit(main())
