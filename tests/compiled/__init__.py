"""Tests of the compiled client."""
