"""Celery's way to Redis, which forgets at once what it had taken and not begun when a connection ends, and asks often
whether Redis is back.

kombu would put such calls back into their queue while it closes the connection. Where Redis is away that fails,
in kombu 5.7 with an error that ends the worker (``restore_unacked`` on a connection that is closed already). A call
only wakes: the sweep makes it again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection as KombuConnection
from kombu.transport import redis
from redis.exceptions import ConnectionError as Disconnected

# kombu waits longer and longer, up to half a minute: after a long outage all would wait for it.
_AGAIN_S = 1


class QoS(redis.QoS):
    """Notes of what was taken, for as long as the channel is open.

    A call that was begun just before is ticked off just after; kombu 5.7 then has an AttributeError, which ends the
    worker. This one everybody expects of a connection that ended.
    """

    @contextlib.contextmanager
    def pipe_or_acquire(self, pipe: Any = None, client: Any = None) -> Iterator[Any]:
        if pipe is None and client is None and self.channel.connection is None:
            raise Disconnected("the channel was closed")
        with super().pipe_or_acquire(pipe, client) as pipeline:
            yield pipeline


class Channel(redis.Channel):
    """A channel that puts nothing back."""

    QoS = QoS
    do_restore = False


class Transport(redis.Transport):
    """Redis, with such channels."""

    Channel = Channel


class Connection(KombuConnection):
    """A connection that is tried again every second, however long the outage."""

    def _ensure_connection(self, *arguments: Any, **options: Any) -> Any:
        pauses = {"interval_start": _AGAIN_S, "interval_step": 0, "interval_max": _AGAIN_S}
        return super()._ensure_connection(*arguments, **(options | pauses))  # type: ignore[no-untyped-call]


class Amqp(AMQP):  # type: ignore[misc]
    """What a Celery app takes its connections from."""

    Connection = Connection
