"""When the drain stops burying: many deliveries in a row that cannot be stored are no bad deliveries, but a bad house.

What would be buried is counted, by what it holds, since the last delivery that was stored. At ``MOST`` of them, out of
two batches or more, nothing is buried and nothing taken any more; deliveries wait in the inbox. Every minute it is
tried whether one of them could be stored, and where one could, all go on in their order. All of it stands in Redis,
beside the inbox, for whichever worker drains.

Keys: ``parley:inbox:unstored`` hash, digest of each delivery that would be or was buried since the last success -> its
batch; ``parley:inbox:stopped`` hash of ``Stopped``'s fields, while it stands; ``parley:inbox:probed`` until the next
try.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import redis

MOST = 20
PROBE_S = 60
UNSTORED, STOPPED, PROBED = "parley:inbox:unstored", "parley:inbox:stopped", "parley:inbox:probed"


class Stopped(NamedTuple):
    """Since when nothing is buried, and why the last delivery could not be stored, in a word."""

    since: datetime
    reason: str


class Burying:
    """Raises redis.RedisError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def may(self, digest: str, batch: str, reason: str) -> bool:
        """Whether a delivery that cannot be stored may be buried. Where it is one too many, burying stops."""
        with self._client.pipeline(transaction=True) as pipe:
            pipe.exists(STOPPED)
            pipe.hset(UNSTORED, digest, batch)
            pipe.hvals(UNSTORED)
            stopped, _, batches = pipe.execute()
        if not stopped and (len(batches) < MOST or len(set(batches)) < 2):
            return True
        if not stopped:
            self._stop(reason)
        return False

    def _stop(self, reason: str) -> None:
        with self._client.pipeline(transaction=True) as pipe:
            pipe.hset(STOPPED, mapping={"since": datetime.now(UTC).isoformat(), "reason": reason})
            pipe.set(PROBED, "1", ex=PROBE_S)
            pipe.execute()

    def stopped(self) -> Stopped | None:
        """Whether it stands, and why."""
        fields: Any = self._client.hgetall(STOPPED)
        if not fields:
            return None
        return Stopped(datetime.fromisoformat(fields[b"since"].decode()), fields[b"reason"].decode())

    def probe_due(self) -> bool:
        """Whether it is to be tried now. Whoever asks tries it: the next try is due in a minute."""
        return bool(self._client.set(PROBED, "1", nx=True, ex=PROBE_S))

    def resume(self) -> None:
        """One could be stored: go on."""
        self._client.delete(STOPPED, UNSTORED, PROBED)
