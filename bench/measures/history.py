"""How many events the bus has ever published: an event enters its history after its commit."""

from __future__ import annotations

from typing import Any

import redis

from realtime.bus import HISTORY


def published(client: redis.Redis) -> int:
    try:
        info: Any = client.xinfo_stream(HISTORY)
    except redis.ResponseError:  # none yet
        return 0
    return int(info["entries-added"])
