"""What the gateway itself publishes, typing and presence: live only, so lost rather than waited for."""

from __future__ import annotations

import asyncio
from collections import deque

import redis
import redis.asyncio
import structlog

from realtime.bus import TRANSIENT_CHANNEL

_MOST = 1000
_log = structlog.get_logger(__name__)


class Outbox:
    """Publishes payloads of transient events to all gateways, several in one round trip."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._waiting: deque[bytes] = deque(maxlen=_MOST)
        self._filled = asyncio.Event()

    def put(self, payload: bytes) -> None:
        """Publish soon. With Redis away the oldest go first."""
        self._waiting.append(payload)
        self._filled.set()

    async def flush(self) -> None:
        """Publish what waits. Raises redis.RedisError, and then it is lost."""
        self._filled.clear()
        if self._waiting:
            lines = b"\n".join(self._waiting)
            self._waiting.clear()
            await self._client.publish(TRANSIENT_CHANNEL, lines)

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            await self._filled.wait()
            try:
                await self.flush()
            except redis.RedisError as error:
                _log.warning("transient_events_lost", error=str(error))
