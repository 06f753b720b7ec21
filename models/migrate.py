"""Migrations, run by peewee's own runner: ``up`` applies what is pending, ``down`` takes back the newest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

_LOCK = 7106211  # any number, the same for every process that migrates this database


def _runner(database: Any) -> Any:
    return Runner(database, str(Path(__file__).parent / "migrations"))


def up(database: Any) -> list[str]:
    """Apply pending migrations; returns their names. Two processes at once wait for each other."""
    with database.connection_context():
        database.execute_sql("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            return list(_runner(database).up())
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def down(database: Any, target: str | None = None) -> list[str]:
    """Take back the newest migration, or every one back through ``target``; returns their names."""
    with database.connection_context():
        return list(_runner(database).down(target))


def pending(database: Any) -> list[str]:
    """Names of migrations that are not applied."""
    return [each.name for each in _runner(database).status() if each.applied is None]
