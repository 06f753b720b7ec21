"""Checks of Postgres: that it answers, is new enough, and has the tables this version expects."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cli.doctor.findings import Finding, fail, ok, warning
from cli.doctor.patient import Patient
from models import migrate
from models.actors import agents
from models.database import database, is_read_only, rows
from models.ledger import dead_letters

OLDEST = 15
_PRIMARY = "Point DATABASE_URL at the primary, or promote this one; webhooks wait meanwhile."


def check_postgres(patient: Patient) -> Iterator[Finding]:
    """Reachable, new enough, in UTF-8."""
    name = "postgres"
    began = time.monotonic()
    try:
        number, encoding, at = rows(
            "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
            " extract(epoch FROM clock_timestamp())::float8"
        )[0]
        patient.note_time("Postgres", at)
    except Exception as error:
        yield fail(name, _first_line(error), "Start it, or mend DATABASE_URL; webhooks wait meanwhile.")
        return
    took = time.monotonic() - began
    if number // 10_000 < OLDEST:
        yield fail(name, f"PostgreSQL {number // 10_000}", f"Use PostgreSQL {OLDEST} or later.")
    elif is_read_only():
        yield fail(name, "it is read-only: a standby, or default_transaction_read_only is on", _PRIMARY)
    elif encoding != "UTF8":
        yield fail(name, f"its encoding is {encoding}", "Make the database anew with ENCODING 'UTF8'.")
    else:
        patient.migrated = bool(rows("SELECT to_regclass('drain_lease') IS NOT NULL")[0][0])
        yield ok(name, f"PostgreSQL {number // 10_000}.{number % 10_000}, answers in {took * 1000:.0f} ms")


def check_migrations(patient: Patient) -> Iterator[Finding]:
    """The tables are those of this version."""
    name, waiting = "migrations", migrate.pending(database)
    if waiting:
        yield fail(name, f"{len(waiting)} pending: {', '.join(waiting)}", "Run: parley migrate")
        return
    yield ok(name, "none pending")
    yield from _dead_letters()
    if not patient.settings.development and not agents.count():
        yield warning(
            "agents", "there is nobody who could log in", "Run: parley agent create ada@example.com"
        )


def _dead_letters() -> Iterator[Finding]:
    name = "dead letters"
    count, newest = dead_letters.waiting()
    if count:
        assert newest is not None
        yield warning(
            name,
            f"{count}, the newest of {newest:%Y-%m-%d %H:%M:%S} UTC",
            "See them with: parley dead-letters list; try them again with: parley dead-letters replay --all",
        )
    else:
        yield ok(name, "none")


def _first_line(error: Exception) -> str:
    """psycopg2's own words, which name host, port and user and no password."""
    line = str(error).strip().split("\n")[0]
    return f"it cannot be used: {line[:200] or type(error).__name__}"
