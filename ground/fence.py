"""Who drains a shard of the inbox, as a number that rises: who has a lower one has lost it, and may do nothing more.

models/drain_leases.py gives fences out; Postgres and Redis (queues/fence.py) both refuse a lower one.
"""

from __future__ import annotations

from typing import NamedTuple


class Fence(NamedTuple):
    """Which shard's drain is held, and with which fence: 0 is nobody's, and is never refused."""

    shard: int = 0
    number: int = 0


UNFENCED = Fence()


class Fenced(Exception):
    """Another holds the drain now: nothing was done, and nothing of ours may be done any more."""
