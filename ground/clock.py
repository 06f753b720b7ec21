"""The house's clock: Postgres', as this process read it last, carried on by the monotonic clock.

What is stored, compared with what is stored, or put into an order is timed by this, so that a host whose own clock is
wrong disturbs nothing. Each connection to Postgres that is opened reads it (models/pool.py), and so does each batch of
messages and each send (``models.database.moment``). A process that has no Postgres goes by its host's clock.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# A reading that took longer to come says little: it is off by half of that at most.
_GOOD_WITHIN_S = 0.05
# The monotonic clock strays from the true one by some seconds a day.
_FRESH_S = 60.0


class _Reading(NamedTuple):
    at: datetime
    read_at: float
    took_s: float


class Clock:
    """A clock that somebody else's is read into. Before its first reading it is the host's."""

    def __init__(self) -> None:
        self._last: _Reading | None = None

    def read(self, at: datetime, asked_at: float, answered_at: float) -> None:
        """Postgres said that it is ``at``; it was asked and answered at these moments of ``time.monotonic``.

        An answer that was long in coming does not replace a good one that is fresh.
        """
        reading = _Reading(at.astimezone(UTC), (asked_at + answered_at) / 2, answered_at - asked_at)
        if self._last is None or _is_better(reading, self._last):
            self._last = reading

    def now(self) -> datetime:
        """This moment in UTC."""
        last = self._last
        if last is None:
            return datetime.now(UTC)
        return last.at + timedelta(seconds=time.monotonic() - last.read_at)


def _is_better(reading: _Reading, last: _Reading) -> bool:
    stale = reading.read_at - last.read_at > _FRESH_S
    return stale or reading.took_s <= max(_GOOD_WITHIN_S, last.took_s)


_house = Clock()
read = _house.read
now = _house.now
