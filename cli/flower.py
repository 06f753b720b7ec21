"""Celery's dashboard, each page of which asks for the password: Flower itself leaves /metrics open, which names
workers and tasks. ``python -m cli.flower`` is ``celery --app tasks.app flower``; bin/flower runs it.
"""

from __future__ import annotations

import sys

from celery.__main__ import main as celery
from flower import urls
from flower.views.monitor import Metrics
from tornado.web import authenticated


class GuardedMetrics(Metrics):  # type: ignore[misc]  # Flower carries no types
    """Figures for Prometheus, which sends the password as ``basic_auth``."""

    get = authenticated(Metrics.get)


def guard() -> None:
    """Put the guarded page in the place of the open one."""
    urls.handlers[:] = [
        (route[0], GuardedMetrics) if isinstance(route, tuple) and route[1] is Metrics else route
        for route in urls.handlers
    ]


if __name__ == "__main__":
    guard()
    sys.argv = ["celery", "--app", "tasks.app", "flower", *sys.argv[1:]]
    celery()
