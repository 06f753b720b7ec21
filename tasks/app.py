"""The Celery application as worker, sender, beat and Flower are started with it: ``celery --app tasks.app``."""

from __future__ import annotations

from queues.app import app as app
