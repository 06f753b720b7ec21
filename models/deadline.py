"""A time limit for every statement, kept on this side of the connection.

Postgres has a ``statement_timeout``, but a server that is frozen, or whose machine has vanished from the
network, obeys none of its own, and libpq waits for ever. So psycopg2 waits here, in its wait callback, which it
has for coroutines: a statement that is not answered in time fails, and its connection is closed. It costs 1.4 us
a statement (docs/decisions/0011).
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, connection, set_wait_callback

CONNECT_S = 5.0


class NoAnswer(psycopg2.OperationalError):
    """Postgres did not answer in time. Whether the statement was carried out is not known."""


class LimitedConnection(connection):
    """A connection whose statements take at most ``limit_s`` seconds each; first of all, its making."""

    limit_s = CONNECT_S


def limited(seconds: float) -> Callable[..., LimitedConnection]:
    """A ``connection_factory`` for psycopg2.connect: statements that take longer raise NoAnswer.

    From here on psycopg2 waits in Python in this process, for every connection; those of other makes wait as
    long as it takes.
    """
    set_wait_callback(_wait)

    def make(dsn: str, *rest: Any) -> LimitedConnection:
        made = LimitedConnection(dsn, *rest)
        made.limit_s = seconds
        return made

    return make


def _wait(waiting: connection) -> None:
    limit_s: float | None = getattr(waiting, "limit_s", None)
    ends = None if limit_s is None else time.monotonic() + limit_s
    while (state := waiting.poll()) != POLL_OK:
        poll = select.poll()
        poll.register(waiting.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        left_ms = None if ends is None else max(0.0, (ends - time.monotonic()) * 1000)
        if not poll.poll(left_ms):
            raise NoAnswer(f"Postgres did not answer within {limit_s:g} s")
