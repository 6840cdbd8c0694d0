"""Tests of the execution of one call."""
