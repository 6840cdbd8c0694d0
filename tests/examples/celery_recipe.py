"""The recipe `celery_jobs.py` with times for a test."""

from __future__ import annotations

from celery_jobs import app, place

__all__ = ("app", "place")

app.conf.broker_transport_options = {"visibility_timeout": 5}
