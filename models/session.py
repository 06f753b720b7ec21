"""What Parley asks of its sessions in Postgres, said together with the statements themselves.

PgBouncer refuses startup options, and where it gives each transaction another session, a plain SET is lost, or found
by somebody else. So a limit is a SET LOCAL in the message that carries the statement, or the BEGIN: no round trip
more. The time zone is UTC by the one startup parameter every pooler knows and keeps apart (docs/decisions/0014).
"""

from __future__ import annotations

import os
from typing import Any

from psycopg2.extensions import TRANSACTION_STATUS_IDLE, cursor

_BEGIN = "BEGIN"
KEPT_ALIVE = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""libpq's parameters: a server whose machine has vanished is given up after 15 s."""
SERVER_KEPT_ALIVE = {
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 3,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""The server's parameters for the other direction, which migrate sets for the role in the database."""


def speak_utc() -> None:
    """Have libpq ask for UTC in every connection this process makes from here on."""
    os.environ["PGTZ"] = "UTC"


def limiting(statement_s: float, idle_s: float) -> type[cursor]:
    """A ``cursor_factory`` for psycopg2.connect, in autocommit: the server ends a statement after ``statement_s``
    seconds, and a session that leaves its transaction open, and its locks held, for ``idle_s``."""
    alone = f"SET LOCAL statement_timeout = {int(statement_s * 1000)}"
    begun = f"{alone}; SET LOCAL idle_in_transaction_session_timeout = {int(idle_s * 1000)}"

    class Limiting(cursor):
        def execute(self, query: Any, vars: Any = None) -> None:
            if self.connection.get_transaction_status() == TRANSACTION_STATUS_IDLE:
                query = f"{_BEGIN}; {begun}" if query == _BEGIN else _behind(alone, query)
            super().execute(query, vars)

    return Limiting


def _behind(first: str, query: str | bytes) -> str | bytes:
    """Both in one message, which is one transaction."""
    return first.encode() + b"; " + query if isinstance(query, bytes) else f"{first}; {query}"
