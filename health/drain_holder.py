"""Who drains, in words: for alarms and doctor."""

from __future__ import annotations

from datetime import UTC
from typing import NamedTuple

from models.drain_leases import Standing


class Words(NamedTuple):
    """What is to be said of a drain, and what to do where deliveries wait for it."""

    text: str
    mend: str


UNKNOWN = Words("", "See whether the worker and Postgres run; the worker's log names deliveries that fail.")
"""Where Postgres could not be asked."""
_NOBODY = Words(
    "nobody holds the drain",
    "Start a worker, the Procfile's line of that name; where one runs, see that it reaches Redis and Postgres.",
)


def words(leases: tuple[Standing, ...] | None) -> Words:
    """Of the drain that needs looking at most: one that is late, else the one that works, else none; None where
    Postgres could not be asked."""
    if leases is None:
        return UNKNOWN
    current = sorted((lease for lease in leases if lease.is_held), key=lambda lease: lease.beat_s)
    return _of(current[-1]) if current else _NOBODY


def _of(lease: Standing) -> Words:
    holder = f"process {lease.pid} on {lease.host}"
    if lease.late:
        return Words(
            f"the drain is held by {holder}, which has not renewed it for {lease.beat_s:.0f} s",
            "It hangs or is cut off, and any other worker takes over within 10 s: start one, and see to that host.",
        )
    since = lease.since.astimezone(UTC)
    return Words(
        f"the drain is held by {holder} since {since:%H:%M:%S} UTC, renewed {lease.beat_s:.0f} s ago",
        "It works: the log of that worker names deliveries that fail; where none does, more comes than it can store.",
    )
