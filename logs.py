"""Structured logs for every process: one line an event, JSON for machines or plain for people.

Callers log an event name and fields; never tokens, message bodies or phone numbers above debug. Line breaks
in values are escaped by both renderers, so nobody can forge a line. (OWASP ASVS 5.0, 16.4.1)
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from settings import Settings

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def configure(settings: Settings) -> None:
    """Send this process's logs, structlog's and the standard library's alike, to stdout. Call once at start."""
    renderer: Any = structlog.processors.JSONRenderer()
    if settings.log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    # These log every request, command, task or tick at info, some with URLs that may carry tickets.
    for noisy in (
        "websockets",
        "urllib3",
        "celery.worker.strategy",
        "celery.app.trace",
        "celery.beat",
        "kombu",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
