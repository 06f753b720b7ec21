"""What the web processes have done so far, counted together in Redis whatever their number.

A request only adds to a number in this process; every other second the sums go to Redis in one call. A process
that is killed takes what it counted since then along.

Key: ``parley:web:counts`` hash of ``<counter> <label>`` -> count.
"""

from __future__ import annotations

import atexit
import threading
from collections import Counter
from typing import Any

import redis

COUNTS = "parley:web:counts"
REQUESTS, WEBHOOKS = "requests", "webhooks"
ACCEPTED = "accepted"
_FLUSH_S = 2.0


class Tally:
    """The counters of this process on their way to those of all. Threads may share it."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def count(self, counter: str, label: str) -> None:
        key = f"{counter} {label}"
        with self._lock:
            self._counts[key] += 1

    def flush(self) -> None:
        """Add to the sums in Redis. Where it is away the counts stay for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            with self._client.pipeline(transaction=True) as pipe:
                for key, count in counts.items():
                    pipe.hincrby(COUNTS, key, count)
                pipe.execute()
        except redis.RedisError:
            with self._lock:
                self._counts += counts

    def totals(self, counter: str) -> dict[str, int]:
        """The sums of all web processes by label. Raises redis.RedisError."""
        self.flush()
        counts: Any = self._client.hgetall(COUNTS)
        split = [(key.decode().split(" ", 1), int(count)) for key, count in counts.items()]
        return {label: count for (name, label), count in sorted(split) if name == counter}

    def start(self) -> None:
        """Flush from now on, and once more when the process ends."""
        atexit.register(self.flush)
        threading.Thread(target=self._run, name="tally", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(_FLUSH_S):
            self.flush()
