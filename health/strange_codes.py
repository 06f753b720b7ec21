"""Codes of Meta's errors that Parley's table (whatsapp/errors.py) does not have: counted, so that somebody hears of one
that comes often.

One by itself is treated by its HTTP status. Many of a kind mean that Meta says something new, about the number perhaps,
and messages may be failing for nothing. Key: ``parley:codes:<hour by Redis' clock>`` hash of code -> count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import redis
import structlog

from whatsapp.errors import GraphProblem

OFTEN = 5
_HOUR_S = 3600
_log = structlog.get_logger(__name__)


class StrangeCodes:
    """What the processes of the house counted. Counting is worth doing, never worth failing for."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def note(self, problems: Iterable[GraphProblem | None]) -> None:
        """Count those whose code is not in the table."""
        counts = Counter(problem.code for problem in problems if problem is not None and problem.unlisted)
        if not counts:
            return
        try:
            key = _key(self._hour())
            with self._client.pipeline() as pipe:
                for code, count in counts.items():
                    pipe.hincrby(key, str(code), count)
                pipe.expire(key, 2 * _HOUR_S)
                pipe.execute()
        except redis.RedisError as error:
            _log.warning("codes_not_counted", error=type(error).__name__)

    def frequent(self) -> dict[int, int]:
        """Those that came often in this hour and the one before, and how often. Raises redis.RedisError."""
        hour, total = self._hour(), Counter[int]()
        for key in (_key(hour), _key(hour - 1)):
            counted: Any = self._client.hgetall(key)
            total.update({int(code): int(count) for code, count in counted.items()})
        return {code: count for code, count in sorted(total.items()) if count >= OFTEN}

    def _hour(self) -> int:
        seconds, _ = self._client.time()
        return int(seconds) // _HOUR_S


def _key(hour: int) -> str:
    return f"parley:codes:{hour}"
