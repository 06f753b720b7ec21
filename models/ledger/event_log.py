"""The event log: every event in the transaction of what it tells, and in one order for everybody who reads.

An event's **position** is given under one lock of the transaction, which is held until the commit can be seen: so
positions rise in commit order, and whoever reads ``position > after`` skips nothing. Where the lock is free, a
transaction numbers its own events; where another has it, nobody waits: the events go to the outbox, and ``move``
numbers them after the commit, all that are there at once. Rows of the outbox come before any that is numbered after
them, so what is told of one row, which its transactions lock in turn, keeps its order.

Positions come from a sequence, and are told to nobody before the commit that gave them is on disk. So a crash gives
none of them twice; a log that was restored from a backup goes on behind what was told (``skip_to``).
"""

from __future__ import annotations

from collections.abc import Sequence

import peewee

from ground.clock import now
from models.database import IdField, Table, TimeField, database, rows
from schema.audiences import ALL
from schema.events import Event, Logged, encode, number_of, type_of

LOCK = 7106213  # the version before sweeps under it
# Whoever has it commits within milliseconds; where they hang, the sweep numbers.
WAIT_MS = 500
_MOVED_AT_ONCE = 1000


class _Columns(Table):
    type = peewee.TextField()
    conversation_id = IdField(null=True)
    phone_number_id = peewee.TextField(null=True)
    audience = peewee.TextField()
    body = peewee.TextField()
    at = TimeField(default=now)


class LogEvent(_Columns):
    """Partitioned by days (models/ledger/event_days.py)."""

    position = peewee.BigIntegerField()

    class Meta:
        table_name = "event"
        primary_key = peewee.CompositeKey("position", "at")


class OutboxEvent(_Columns):
    """An event that waits for its position, mostly for milliseconds."""

    id = peewee.BigAutoField()

    class Meta:
        table_name = "event_outbox"


_FIELDS = "type, conversation_id, phone_number_id, audience, body"
_WRITE = f"""
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock({LOCK}) AND NOT EXISTS (SELECT FROM event_outbox) AS ours
), mine AS MATERIALIZED (
    SELECT n, type, conversation_id, coalesce(phone_number_id, (
        SELECT v.phone_number_id FROM conversation v WHERE v.id = given.conversation_id
    )) AS phone_number_id, %s AS audience, body
    FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::text[]) WITH ORDINALITY
        AS given (type, conversation_id, phone_number_id, body, n)
), numbered AS (
    INSERT INTO event (position, {_FIELDS})
    SELECT nextval('event_position'), {_FIELDS} FROM mine, turn WHERE turn.ours ORDER BY n RETURNING position
), aside AS (
    INSERT INTO event_outbox ({_FIELDS}) SELECT {_FIELDS} FROM mine, turn WHERE NOT turn.ours ORDER BY n
)
SELECT position FROM numbered ORDER BY position
"""
_MOVE = f"""
WITH waiting AS (
    DELETE FROM event_outbox WHERE id IN (SELECT id FROM event_outbox ORDER BY id LIMIT {_MOVED_AT_ONCE})
    RETURNING id, {_FIELDS}, at
), numbered AS (
    INSERT INTO event (position, {_FIELDS}, at)
    SELECT nextval('event_position'), {_FIELDS}, at FROM (SELECT * FROM waiting ORDER BY id) AS ordered
    RETURNING position
)
SELECT count(*), max(position) FROM numbered
"""
_RENUMBER = f"""
WITH old AS (DELETE FROM event WHERE position BETWEEN %s AND %s RETURNING position, {_FIELDS}, at)
INSERT INTO event (position, {_FIELDS}, at)
SELECT nextval('event_position'), {_FIELDS}, at FROM (SELECT * FROM old ORDER BY position) AS ordered
"""


def write(events: Sequence[Event], audience: str = ALL) -> list[Logged]:
    """Write events into the running transaction; returns them as they stand in the log then, in order.

    Empty where another transaction gives positions just now: they wait in the outbox, and whoever wrote them calls
    ``move`` after the commit.
    """
    bodies = [encode(event) for event in events]
    threads = [event.conversation_id for event in events]
    types, numbers = [type_of(event) for event in events], [number_of(event) for event in events]
    written = rows(_WRITE, (audience, types, threads, numbers, [body.decode() for body in bodies]))
    return [
        Logged(row[0], key, audience, body) for row, key, body in zip(written, threads, bodies, strict=False)
    ]


def move() -> int:
    """Give what waits in the outbox its positions, and commit that; returns the last of them, 0 where nothing waited.

    Raises one of database.UNAVAILABLE where whoever has the lock does not let it go.
    """
    last = 0
    while True:
        with database.atomic():
            _take_turn()
            count, newest = rows(_MOVE)[0]
        last = newest or last
        if count < _MOVED_AT_ONCE:
            return last


def read(after: int, upto: int, most: int) -> list[Logged]:
    """The first events behind one position, up to another."""
    records = rows(
        "SELECT position, conversation_id, audience, body FROM event WHERE position > %s AND position <= %s"
        " ORDER BY position LIMIT %s",
        (after, upto, most),
    )
    return [Logged(position, key, audience, body.encode()) for position, key, audience, body in records]


def last_given() -> int:
    """The highest position that was ever given, perhaps by a transaction that is not committed or was rolled back."""
    return int(rows("SELECT last_value - (NOT is_called)::int FROM event_position")[0][0])


def skip_to(position: int) -> None:
    """Give none up to this one any more: they were told before this database was restored to an older state."""
    with database.atomic():
        _take_turn()
        rows("SELECT setval('event_position', greatest(last_value, %s)) FROM event_position", (position,))


def renumber(first: int, last: int) -> None:
    """Have these events told under positions of now: under their own something else was told before."""
    with database.atomic():
        _take_turn()
        rows(_RENUMBER, (first, last))


def forget(message_ids: Sequence[str]) -> None:
    """Delete what events say of these messages. Must run in the transaction that empties those.

    The outbox first: what is moved meanwhile is waited for, and found in the log then.
    """
    patterns = [f'%message":{{"id":"{message_id}"%' for message_id in message_ids]
    rows("DELETE FROM event_outbox WHERE body LIKE ANY(%s)", (patterns,))
    rows(
        "WITH gone AS (SELECT conversation_id, created_at FROM message WHERE id = ANY(%s::uuid[]))"
        " DELETE FROM event WHERE body LIKE ANY(%s)"
        " AND at >= (SELECT min(created_at) FROM gone) - interval '10 minutes' AND conversation_id IN ("
        "SELECT conversation_id FROM gone UNION SELECT r.id FROM conversation_removed r"
        " WHERE r.merged_into IN (SELECT conversation_id FROM gone))",
        (list(message_ids), patterns),
    )


def _take_turn() -> None:
    rows(f"SELECT set_config('lock_timeout', '{WAIT_MS}', true), pg_advisory_xact_lock({LOCK})")
