"""How the house connects to Redis: bounded waits, so that a frozen server is an error and not a hang."""

from __future__ import annotations

import socket
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

WEB_TIMEOUT_S = 1.0
WORKER_TIMEOUT_S = 5.0
# An idle connection to a host that vanished is found dead 14 s later; by the kernel's own settings after two hours.
KEEPALIVE = {
    getattr(socket, name): value
    for name, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 3), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
}


def connect(url: str, timeout_s: float = WORKER_TIMEOUT_S) -> redis.Redis:
    """A pooled, thread-safe client that opens its first connection at the first command.

    A command fails with redis.RedisError after ``timeout_s`` seconds. It is repeated once, at once, on a
    connection that turned out to be dead (a restarted server), and never otherwise.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        **_keepalive(url),
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.exceptions.ConnectionError,)),
        health_check_interval=0,
    )


def _keepalive(url: str) -> dict[str, Any]:
    """For a client of this URL; a socket of this machine's has no such thing."""
    return {} if url.startswith("unix:") else {"socket_keepalive_options": KEEPALIVE}


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


def connect_async(url: str, connections: int = 32, retries: int = 0) -> redis.asyncio.Redis:
    """The same for asyncio, for the gateway: at most so many connections, for one of which a command waits.

    ``retries`` is how often a command is repeated, at once, on a connection that turned out to be dead.
    """
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=WORKER_TIMEOUT_S,
        socket_timeout=WORKER_TIMEOUT_S,
        socket_connect_timeout=WORKER_TIMEOUT_S,
        **_keepalive(url),
        retry=AsyncRetry(NoBackoff(), retries, (redis.exceptions.ConnectionError,)),
    )
    pool.connection_class = _noticing_the_end(pool.connection_class)
    return redis.asyncio.Redis.from_pool(pool)


def _noticing_the_end(plain: type[Any]) -> type[Any]:
    """Connections of this class, but for one thing: redis-py takes one that ended by an error while it was idle (a
    reset, a host that vanished) for alive, and then raises uvloop's RuntimeError, which nobody takes for an outage."""

    class Connection(plain):  # type: ignore[misc]
        async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
            try:
                await super().send_packed_command(command, check_health)
            except RuntimeError as error:
                raise redis.ConnectionError("the connection ended while it was idle") from error

    return Connection
