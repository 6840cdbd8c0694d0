"""Imports that are disturbed in every way that can be arranged, over HTTP: `make imports-proof` writes the page.

`signals` kills and pauses workers. `imports` disturbs the command. `long_import` measures it on 5,000 rows. `page` has
the text of `docs/imports-proof.md`. `test_proof` repeats the trials with fewer orders.
"""
