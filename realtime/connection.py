"""How the house connects to Redis: bounded waits, so that a frozen server is an error and not a hang."""

from __future__ import annotations

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

WEB_TIMEOUT_S = 1.0
WORKER_TIMEOUT_S = 5.0


def connect(url: str, timeout_s: float = WORKER_TIMEOUT_S) -> redis.Redis:
    """A pooled, thread-safe client that opens its first connection at the first command.

    A command fails with redis.RedisError after ``timeout_s`` seconds. It is repeated once, at once, on a
    connection that turned out to be dead (a restarted server), and never otherwise.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.exceptions.ConnectionError,)),
        health_check_interval=0,
    )


def connect_async(url: str, timeout_s: float = WORKER_TIMEOUT_S) -> redis.asyncio.Redis:
    """The same for asyncio, for the gateway."""
    return redis.asyncio.Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
