"""What stands between Parley and Postgres: whether each transaction may get another session there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2

from cli.doctor_findings import Finding, fail, ok
from cli.doctor_patient import Patient
from models.database import database

NAME = "pooler"
_WHOSE = "SELECT pg_backend_pid()"


def check_pooler(patient: Patient) -> Iterator[Finding]:
    """Compare the sessions of two transactions of one connection, between which another has one open."""
    try:
        shared = _is_shared()
    except psycopg2.Error as error:
        said = str(error).strip().split("\n")[0]
        yield fail(
            NAME,
            f"two connections with a transaction each do not work: {said[:200]}",
            "Give a pooler in between session or transaction mode, not statement mode, and room for more connections.",
        )
        return
    if shared:
        yield ok(NAME, "one in transaction mode is in between, which is fine: nothing is left in a session")
    else:
        yield ok(NAME, "none in transaction mode is in between")


def _is_shared() -> bool:
    """A pooler in transaction mode hands the session that the first transaction gave back to the next who asks."""
    with database.aside() as one, database.aside() as other:
        first = _session(one)
        one.rollback()
        second = _session(other)
        third = _session(one)
    return second == first or third != first


def _session(connection: Any) -> int:
    """The session of this connection's transaction, which stays open."""
    with connection.cursor() as cursor:
        cursor.execute(_WHOSE)
        return int(cursor.fetchone()[0])
