"""Tests of the comparison with a tenant."""
