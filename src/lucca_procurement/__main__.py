"""`python -m lucca_procurement`: the same as the command `lucca-procurement`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
