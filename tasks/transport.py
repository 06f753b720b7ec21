"""Celery's way to Redis, which forgets at once what it had taken and not begun when a connection ends, and asks often
whether Redis is back.

kombu would put such calls back into their queue while it closes the connection. Where Redis is away that fails,
in kombu 5.7 with an error that ends the worker (``restore_unacked`` on a connection that is closed already). A call
only wakes: the sweep makes it again.
"""

from __future__ import annotations

from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection as KombuConnection
from kombu.transport import redis

# kombu waits longer and longer, up to half a minute: after a long outage all would wait for it.
_AGAIN_S = 1


class Channel(redis.Channel):
    """A channel that puts nothing back."""

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
