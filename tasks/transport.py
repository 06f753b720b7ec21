"""Celery's way to Redis, which forgets at once what it had taken and not begun when a connection ends.

kombu would put such calls back into their queue while it closes the connection. Where Redis is away that fails,
in kombu 5.7 with an error that ends the worker (``restore_unacked`` on a connection that is closed already). A call
only wakes: the sweep makes it again.
"""

from __future__ import annotations

from kombu.transport import redis


class Channel(redis.Channel):
    """A channel that puts nothing back."""

    do_restore = False


class Transport(redis.Transport):
    """Redis, with such channels."""

    Channel = Channel
