"""A lock that the death of its holder releases: a Postgres session lock, gone with the connection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from models.database import UNAVAILABLE, rows

# Held by whoever persists what Meta tells: the drain, or a sweep that finds what two transactions did not see of each
# other. They lock the same rows, each in an order of its own.
DRAIN = 7106212
OVERDUE_EVENTS = 7106213


@contextlib.contextmanager
def exclusive(key: int) -> Iterator[bool]:
    """Yield whether this thread holds the lock; never waits for it.

    It lasts for several transactions on this thread's connection, so the database must be reached directly
    or through a pooler in session mode.
    """
    held = bool(rows("SELECT pg_try_advisory_lock(%s)", (key,))[0][0])
    try:
        yield held
    finally:
        if held:
            # A connection that broke has released it already.
            with contextlib.suppress(*UNAVAILABLE):
                rows("SELECT pg_advisory_unlock(%s)", (key,))
