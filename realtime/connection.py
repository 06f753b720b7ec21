"""How the house connects to Redis: bounded waits, so that a frozen server is an error and not a hang."""

from __future__ import annotations

from typing import Any

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


class HeldConnection:
    """One connection of a client's pool, kept for a hot path: without the pool's and the client's bookkeeping a
    command costs half. For one caller at a time; whoever shares it takes turns."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._connection: Any = None
        self._answered = False

    def execute(self, *command: Any) -> Any:
        """Send a command and read its answer. Raises redis.RedisError.

        Repeated once, at once, where the connection turns out to be dead since the last command.
        """
        answered_before = self._answered
        try:
            return self._execute(command)
        except redis.ConnectionError:
            if not answered_before:
                raise
            return self._execute(command)

    def _execute(self, command: tuple[Any, ...]) -> Any:
        # Made once and connected again after an outage: the pool counts what it makes, and has an end.
        self._connection = self._connection or self._pool.make_connection()
        try:
            self._connection.connect()  # does nothing where it is connected
            self._connection.send_command(*command, check_health=False)
            answer = self._connection.read_response()
        except redis.ResponseError:
            raise  # an answer all the same: the next command starts afresh
        except BaseException:
            # The answer may still come, and must not be taken for that of the next command.
            self._answered = False
            self._connection.disconnect()
            raise
        self._answered = True
        return answer


def connect_async(url: str, timeout_s: float = WORKER_TIMEOUT_S) -> redis.asyncio.Redis:
    """The same for asyncio, for the gateway."""
    return redis.asyncio.Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
