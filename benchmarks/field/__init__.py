"""The field: what other clients do where this library makes a promise. `comparison.py` runs it and writes the page."""
