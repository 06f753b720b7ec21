"""The usual way's Celery, configured as its guide advises for short tasks whose results nobody reads.

Results ignored, rate limits off, and many calls prefetched ("Optimizing > Prefetch Limits": 50 to 150 for
short tasks). Acknowledged early, which is Celery's default and its fastest, though a worker that dies loses
what it had prefetched.
"""

from __future__ import annotations

from typing import Any

from celery import Celery

from settings import Settings


def _from_env() -> dict[str, Any]:
    return {
        "broker_url": Settings.from_env().redis.url,
        "broker_connection_retry_on_startup": True,
        "task_default_queue": "reference",
        "task_ignore_result": True,
        "worker_disable_rate_limits": True,
        "worker_prefetch_multiplier": 64,
    }


app = Celery("reference", include=["bench.references.persist"])
app.add_defaults(_from_env)
