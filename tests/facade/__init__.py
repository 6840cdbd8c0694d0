"""Tests of the resources, the settings, the errors and the public names."""
