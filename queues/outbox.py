"""How a sender hears that a message is due: by a Celery call, or by a note where one looks for notes anyway.

Keys: ``parley:outbox:called`` set while nobody has looked since the last message; ``parley:outbox:open`` set while
a sender with hands free looks many times a second, so that a call would only cost. Losing them costs at most the
time to the next sweep.
"""

from __future__ import annotations

import redis
import structlog

from queues.app import DELIVER
from queues.wake import wake

CALLED, OPEN = "parley:outbox:called", "parley:outbox:open"
_CALLED_S, _OPEN_S = 60, 5

_log = structlog.get_logger(__name__)


class Outbox:
    """Both sides of it. Threads may share it."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def call(self) -> None:
        """A message is committed and due. Never fails: the sweep finds what was not told."""
        try:
            with self._client.pipeline(transaction=False) as pipe:
                pipe.set(CALLED, "1", ex=_CALLED_S)
                pipe.exists(OPEN)
                somebody_looks = bool(pipe.execute()[1])
        except redis.RedisError as error:
            _log.warning("wake_lost", task=DELIVER, error=type(error).__name__)
            return
        if not somebody_looks:
            wake(DELIVER)

    def called(self) -> bool:
        """Whether anything was told since the last look. Raises redis.RedisError."""
        return self._client.getdel(CALLED) is not None

    def open(self) -> None:
        """This sender looks by itself, for the next seconds. Raises redis.RedisError."""
        self._client.set(OPEN, "1", ex=_OPEN_S)

    def close(self) -> None:
        """It does not any more: look once again after this. Raises redis.RedisError."""
        self._client.delete(OPEN)
