"""Wake-up calls: worth making, never worth failing for. The sweep makes those that were lost."""

from __future__ import annotations

import redis
import structlog
from kombu.exceptions import KombuError, OperationalError

from queues.app import app

_log = structlog.get_logger(__name__)


def wake(task: str, *ids: str, after_s: float = 0.0) -> bool:
    """Ask Celery to run the task of this name (queues/app.py), not before ``after_s`` seconds from now.

    Returns whether the call was made.
    """
    try:
        app.send_task(task, ids, retry=False, countdown=after_s or None)
    except (KombuError, OperationalError, redis.RedisError, OSError) as error:
        _log.warning("wake_lost", task=task, error=type(error).__name__)
        return False
    return True
