"""Messages on their way out, each to a customer of its own: as rows that wait for a sender, and as bodies for Graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg2.extensions
from psycopg2.extras import Json, execute_values

from bench.load.webhooks import NUMBER, TEXTS
from ground.clock import now
from ground.ids import new_id
from whatsapp.outbound.payloads import graph_body


def queue(connection: psycopg2.extensions.connection, count: int, rate: float) -> None:
    """Queue ``count`` texts of one number that may send ``rate`` a second. The tables must be empty."""
    contacts = [(new_id(), _phone(customer)) for customer in range(count)]
    conversations = [(new_id(), NUMBER, contact) for contact, _ in contacts]
    messages = [
        (new_id(), conversation, NUMBER, "outbound", "text", Json(_content(order)), "queued", now())
        for order, (conversation, _, _) in enumerate(conversations)
    ]
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO number (phone_number_id, send_rate) VALUES (%s, %s)", (NUMBER, rate))
        _insert(cursor, "contact (id, phone)", contacts)
        _insert(cursor, "conversation (id, phone_number_id, contact_id)", conversations)
        columns = "id, conversation_id, phone_number_id, direction, type, content, status, next_attempt_at"
        _insert(cursor, f"message ({columns})", messages)
        # As autovacuum would have long done for tables that live longer than a benchmark's.
        cursor.execute("ANALYZE")


def bodies(count: int) -> Iterator[dict[str, Any]]:
    """The same messages as Graph is asked to send them."""
    for order in range(count):
        yield graph_body(
            "text",
            _content(order),
            phone=_phone(order),
            user_id=None,
            reply_to_wamid=None,
            callback_id=new_id(),
        )


def accepted(connection: psycopg2.extensions.connection) -> int:
    """How many messages Meta took, by our record."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM message WHERE status = 'accepted' AND wamid IS NOT NULL")
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])


def _insert(cursor: Any, table: str, values: Sequence[tuple[Any, ...]]) -> None:
    execute_values(cursor, f"INSERT INTO {table} VALUES %s", values, page_size=1000)


def _phone(customer: int) -> str:
    return f"49151{customer:08d}"


def _content(order: int) -> dict[str, str]:
    return {"body": TEXTS[order % len(TEXTS)]}
