"""What stands between Parley and Postgres: whether each transaction may get another session there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg2

from cli.doctor.findings import Finding, fail, ok
from cli.doctor.patient import Patient
from models.database import database

NAME = "pooler"
_WHOSE = "SELECT pg_backend_pid()"
# One round missed it in up to one of six beside clients that never pause, and the next where they kept step: they took
# the session and gave it back in time, so that nothing was seen to change. Some hundred rounds do not, and where
# Postgres is far away one has to do.
_LOOK_S = 0.5


def check_pooler(patient: Patient) -> Iterator[Finding]:
    """Compare the sessions of two transactions of one connection, between which another has one open; some times."""
    try:
        shared = is_shared(database)
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


def is_shared(pool: Any) -> bool:
    """Whether sessions change hands: a pooler in transaction mode gives one that is given back to the next who asks.

    Without one they never do, so a single change is believed, and who sees none asks again: where the house is busy,
    somebody else may have been the next. Raises psycopg2.Error.
    """
    with pool.aside() as one, pool.aside() as other:
        ends = time.monotonic() + _LOOK_S
        while not (shared := _changes_hands(one, other) or _changes_hands(other, one)):
            if time.monotonic() > ends:
                break
        return shared


def _changes_hands(one: Any, other: Any) -> bool:
    first = _session(one)
    one.rollback()
    second, third = _session(other), _session(one)
    one.rollback()
    other.rollback()
    return second == first or third != first


def _session(connection: Any) -> int:
    """The session of this connection's transaction, which stays open."""
    with connection.cursor() as cursor:
        cursor.execute(_WHOSE)
        return int(cursor.fetchone()[0])
