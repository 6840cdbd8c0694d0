"""Tests of the command `lucca-procurement`."""
