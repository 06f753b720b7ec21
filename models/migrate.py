"""Migrations, run by peewee's own runner: ``up`` applies what is pending, ``down`` takes back the newest."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import peewee
from playhouse.migrations import Runner

from models.session import SERVER_KEPT_ALIVE

_LOCK = 7106211  # any number, the same for every process that migrates this database
_PAUSE_S = 0.2


def _runner(database: Any) -> Any:
    return Runner(database, str(Path(__file__).parent / "migrations"))


def up(database: Any) -> list[str]:
    """Apply pending migrations; returns their names. Two processes at once wait for each other."""
    with _alone(database), database.connection_context():
        return list(_runner(database).up())


def down(database: Any, target: str | None = None) -> list[str]:
    """Take back the newest migration, or every one back through ``target``; returns their names."""
    with _alone(database), database.connection_context():
        return list(_runner(database).down(target))


@contextlib.contextmanager
def _alone(database: Any) -> Iterator[None]:
    """Only one process is in here. The lock is a transaction's, on a connection aside, so that it lasts for the
    several transactions of a migration and a pooler may stand in between. It is asked for again and again: an index
    that is made while others write waits for every statement there is, and would for one that waits for the lock."""
    with database.aside() as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        while not _locked(cursor):
            time.sleep(_PAUSE_S)
        yield


def _locked(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,))
    return bool(cursor.fetchone()[0])


class Loss(NamedTuple):
    """A table that would go, or those of its columns that would, and how many rows it has."""

    table: str
    columns: tuple[str, ...]
    rows: int


def loss(database: Any) -> tuple[str | None, list[Loss]]:
    """What taking back the newest migration would delete: its name, and the tables. None where none is applied.

    It is taken back in a transaction that is not committed, which locks what the migration touches for a moment.
    """
    with _alone(database), database.connection_context():
        with database.atomic() as trial:
            before = _columns(database)
            names = _runner(database).down()
            after = _columns(database)
            trial.rollback()
        gone = [(table, tuple(sorted(had - after.get(table, set())))) for table, had in before.items()]
        losses = [
            Loss(table, columns if table in after else (), _count(database, table))
            for table, columns in gone
            if columns
        ]
    return (names[0] if names else None), losses


def keep_sessions_alive(database: Any) -> bool:
    """Have the server notice clients that vanished, in the sessions that this role opens in this database from now on.

    Returns whether it could be set: some managed servers let nobody.
    """
    with database.connection_context():
        name = database.execute_sql("SELECT quote_ident(current_database())").fetchone()[0]
        try:
            for parameter, value in SERVER_KEPT_ALIVE.items():
                database.execute_sql(f"ALTER ROLE CURRENT_USER IN DATABASE {name} SET {parameter} = {value}")
        except peewee.ProgrammingError:
            return False
    return True


def _columns(database: Any) -> dict[str, set[str]]:
    """The columns of every table of ours."""
    columns: dict[str, set[str]] = {}
    sql = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    )
    for table, column in database.execute_sql(f"{sql} ORDER BY 1").fetchall():
        columns.setdefault(table, set()).add(column)
    return columns


def _count(database: Any, table: str) -> int:
    return int(database.execute_sql(f'SELECT count(*) FROM "{table}"').fetchone()[0])


def pending(database: Any) -> list[str]:
    """Names of migrations that are not applied."""
    return [migration.name for migration in _runner(database).status() if migration.applied is None]
