"""What beat does before its first tick. It needs Redis alone: its calls are all it has to do."""

from __future__ import annotations

from typing import Any

from celery.signals import beat_init

from ground import waiting
from realtime.startup import redis_server
from settings import BUCKET_SECRETS, WEBHOOK_SECRETS, Settings


@beat_init.connect
def _wait(**_: Any) -> None:
    waiting.wait_for(
        [redis_server(Settings.from_env(without=WEBHOOK_SECRETS | BUCKET_SECRETS).redis.url)],
        waiting.log,
    )
