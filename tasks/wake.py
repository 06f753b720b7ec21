"""Wake-up calls: worth making, never worth failing for. The sweep makes those that were lost."""

from __future__ import annotations

import redis
import structlog
from kombu.exceptions import KombuError, OperationalError

from tasks.app import app

_log = structlog.get_logger(__name__)


def wake(task: str, *ids: str) -> bool:
    """Ask Celery to run the task of this name (tasks/app.py); returns whether the call was made."""
    try:
        app.send_task(task, ids, retry=False)
    except (KombuError, OperationalError, redis.RedisError, OSError) as error:
        _log.warning("wake_lost", task=task, error=type(error).__name__)
        return False
    return True
