"""Tests of the stores of orders."""
