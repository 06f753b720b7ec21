"""The Redis a process waits for when it starts."""

from __future__ import annotations

from urllib.parse import urlsplit

import redis

from ground.waiting import Server
from realtime import trouble
from realtime.connection import connect

_ASK_S = 2.0
_UNREACHABLE = "cannot be used: "


def redis_server(url: str) -> Server:
    """The Redis of this URL, asked for a PING."""
    client = connect(url, _ASK_S)

    def why_not() -> str | None:
        try:
            client.ping()
        except redis.RedisError as error:
            return redis_trouble(error)
        return None

    return Server("Redis", redis_place(url), why_not)


def redis_place(url: str) -> str:
    """Host and port, or the path of its socket; never the password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


def redis_trouble(error: BaseException) -> str:
    """Why it cannot be used, in few words."""
    text = trouble.of_redis(error).text
    return text.removeprefix(_UNREACHABLE) if text.startswith(_UNREACHABLE) else f"it {text}"
