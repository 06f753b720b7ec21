"""The tables between two runs: every run begins with empty ones."""

from __future__ import annotations

import psycopg2.extensions


def empty(connection: psycopg2.extensions.connection) -> None:
    with connection, connection.cursor() as cursor:
        # Everything that hangs on a number or a contact goes with them.
        cursor.execute("TRUNCATE number, contact CASCADE")


def count_messages(connection: psycopg2.extensions.connection) -> int:
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM message")
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])
