"""Tests of the contract and of the compiler."""
