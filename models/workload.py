"""What waits in Postgres, in one statement that is cheap whatever the history: partial indexes hold what waits."""

from __future__ import annotations

from typing import NamedTuple

from models.database import rows
from models.drain_leases import Standing, standings
from models.ledger.other_updates import UNREAD


class Workload(NamedTuple):
    """Counts of what waits, and ages in seconds, 0 where nothing does.

    ``due_s`` is how long the longest due message might have been sent already: one behind another of its
    conversation is not due. ``dead_inbound`` and ``dead_outbound`` are letters nobody has replayed,
    ``held_numbers`` may not send for now, ``unread`` are updates that may have been messages and that nobody could
    read or has noted, ``drains`` who drains each shard, or did last. ``events`` have no position yet, and ``position``
    is the last in the log.
    """

    queued: int = 0
    sending: int = 0
    unsent_s: float = 0.0
    due_s: float = 0.0
    unconfirmed: int = 0
    dead_inbound: int = 0
    dead_outbound: int = 0
    parked: int = 0
    files: int = 0
    events: int = 0
    held_numbers: int = 0
    unread: int = 0
    position: int = 0
    drains: tuple[Standing, ...] = ()


_MEASURE = f"""
WITH unsent AS MATERIALIZED (
    SELECT conversation_id, id, status, created_at, next_attempt_at FROM message
    WHERE direction = 'outbound' AND status IN ('queued', 'sending')
), head AS (
    SELECT DISTINCT ON (conversation_id) status, next_attempt_at FROM unsent ORDER BY conversation_id, id
), dead AS (
    SELECT count(*) FILTER (WHERE journey = 'inbound') AS inbound,
           count(*) FILTER (WHERE journey = 'outbound') AS outbound FROM dead_letter WHERE replayed_at IS NULL
)
SELECT (SELECT count(*) FROM unsent WHERE status = 'queued'),
       (SELECT count(*) FROM unsent WHERE status = 'sending'),
       (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM unsent),
       (SELECT coalesce(greatest(0, extract(epoch FROM now() - min(next_attempt_at))), 0)::float8
        FROM head WHERE status = 'queued'),
       (SELECT count(*) FROM message WHERE status = 'unconfirmed'),
       dead.inbound, dead.outbound,
       (SELECT count(*) FROM parked_update),
       (SELECT count(*) FROM media WHERE status = 'pending'),
       (SELECT count(*) FROM event_outbox) + (SELECT count(*) FROM pending_event),
       (SELECT count(*) FROM number_hold),
       (SELECT count(*) FROM other_update WHERE {UNREAD}),
       coalesce((SELECT position FROM event ORDER BY position DESC LIMIT 1), 0)
FROM dead
"""


def measure() -> Workload:
    """Look now."""
    return Workload(*rows(_MEASURE)[0])._replace(drains=standings())
