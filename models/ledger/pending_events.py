"""Events written in the transaction they tell of, so that one is published even if the process dies or Redis
is away right after the commit. A row lives from its commit to its publication, mostly milliseconds."""

from __future__ import annotations

from collections.abc import Sequence

import peewee

from ground.clock import now
from models.database import IdField, Table, TimeField, bulk, rows
from schema.events import Event, encode

_LOCK = 7106213  # any number, the same for every sweep


class PendingEvent(Table):
    id = peewee.BigAutoField()
    conversation_id = IdField(null=True)
    body = peewee.TextField()
    created_at = TimeField(default=now)

    class Meta:
        table_name = "pending_event"


def add(events: Sequence[Event]) -> list[int]:
    """Write events beside what they tell; returns their row ids."""
    found = bulk(
        "INSERT INTO pending_event (conversation_id, body, created_at) VALUES %s RETURNING id",
        [(each.conversation_id, encode(each).decode(), each.at) for each in events],
        "(%s::uuid, %s, %s)",
    )
    return [row[0] for row in found]


def remove(ids: Sequence[int]) -> None:
    """Forget events that were published. The transaction that does so does not wait for the disk: after a crash of
    Postgres an event may be published again, as it may be anyway."""
    rows(
        "DELETE FROM pending_event USING set_config('synchronous_commit', 'off', true) AS relaxed WHERE id = ANY(%s)",
        (list(ids),),
    )


def overdue(older_than_s: float, limit: int = 500) -> list[tuple[int, str | None, bytes]]:
    """Events whose publication did not happen, oldest first: (row id, conversation id, JSON).

    Must run in a transaction. One sweep at a time gets any, the others none: two that share the rows out would
    publish them out of order.
    """
    if not rows("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,))[0][0]:
        return []
    found = rows(
        "SELECT id, conversation_id, body FROM pending_event"
        " WHERE created_at < now() - make_interval(secs => %s) ORDER BY id LIMIT %s FOR UPDATE",
        (older_than_s, limit),
    )
    return [(key, conversation, body.encode()) for key, conversation, body in found]
