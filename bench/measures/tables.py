"""What is left of a run before the next: every run begins with empty tables and an empty history."""

from __future__ import annotations

import psycopg2.extensions
import redis

from realtime.bus import HISTORY, KEYS


def empty(connection: psycopg2.extensions.connection, client: redis.Redis) -> None:
    """The history then stands where the log does. The references write to both, and what ours did not find in the
    history it would publish again, at its own expense."""
    with connection, connection.cursor() as cursor:
        # Everything that hangs on a number or a contact goes with them.
        cursor.execute("TRUNCATE number, contact, event, event_outbox CASCADE")
        cursor.execute("SELECT last_value - (NOT is_called)::int FROM event_position")
        ((last,),) = cursor.fetchall()
    client.delete(*KEYS)
    client.xdel(HISTORY, client.xadd(HISTORY, {"c": "", "e": ""}, id=f"{last}-0"))


def count_messages(connection: psycopg2.extensions.connection) -> int:
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM message")
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])
