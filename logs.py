"""Structured logs for every process: one line an event, JSON for machines or plain for people.

Callers log an event name and fields; never tokens, message bodies or phone numbers, at any level. Line breaks
in values are escaped by both renderers, so nobody can forge a line. (OWASP ASVS 5.0, 16.4.1)
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from settings import Settings

_ROOMS = (
    *("actions", "api", "cli", "ground", "health", "logs", "models", "queues"),
    *("realtime", "storage", "tasks", "whatsapp", "wsgateway"),
)
# These log every request, command, task or tick at info, some with URLs that may carry tickets.
_NOISY = (
    *("websockets", "urllib3", "kombu"),
    *("celery.worker.strategy", "celery.app.trace", "celery.beat"),
)

_log = structlog.get_logger(__name__)
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
    if settings.logging.format == "console":
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
    _set_levels(settings.logging.level.upper())
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
    for doubt in settings.doubts:
        _log.warning("settings_doubted", found=doubt.text, mend=doubt.mend)


def _set_levels(level: str) -> None:
    """Debug is for our own rooms. Libraries log what they are given there: peewee every statement with its
    parameters, urllib3 every URL, redis every command; with texts, phone numbers and tokens in them."""
    root = logging.getLogger()
    root.setLevel(level)
    quietest = root.level
    root.setLevel(max(logging.INFO, quietest))
    for room in _ROOMS:
        logging.getLogger(room).setLevel(quietest)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, quietest))
