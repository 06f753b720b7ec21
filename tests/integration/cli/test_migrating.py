"""``parley migrate``: up at once, down only for somebody who was told what it deletes."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Iterator

import psycopg2
import pytest

from engines.formation import ROOT, Formation

pytestmark = [pytest.mark.integration, pytest.mark.long]


class Database:
    """A migrated database, and ``parley migrate`` run on it."""

    def __init__(self, house: Formation, url: str) -> None:
        self.url = url
        self._env = house.env | {"DATABASE_URL": url}

    def migrate(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli.main", "migrate", *arguments]
        return subprocess.run(
            command,
            env=self._env,
            cwd=ROOT,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with contextlib.closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []

    def newest(self) -> str:
        return str(self.ask("SELECT name FROM schema_migration ORDER BY name DESC LIMIT 1")[0][0])


@pytest.fixture(scope="module")
def database(house: Formation) -> Database:
    assert house.postgres is not None
    made = Database(house, house.postgres.create_database("migrating"))
    # Back to the first migrations, whatever came after them: these tests know what is in those.
    ran = made.migrate()
    assert ran.returncode == 0, ran.stderr
    while made.newest() > "0002_drain_lease":
        assert made.migrate("--down", "--yes").returncode == 0
    return made


@pytest.fixture(autouse=True)
def _a_row(database: Database) -> Iterator[None]:
    database.ask(
        "INSERT INTO drain_lease VALUES (0, 1, false, 'host', 1, now(), now(), now()) ON CONFLICT DO NOTHING"
    )
    return


def test_down_where_nobody_can_be_asked_says_what_would_go_and_changes_nothing(database: Database) -> None:
    ran = database.migrate("--down")
    assert ran.returncode == 1
    assert ran.stdout.splitlines() == [
        "Taking back 0002_drain_lease deletes for good:",
        "  table drain_lease, 1 row",
    ]
    assert "--yes" in ran.stderr
    assert database.newest() == "0002_drain_lease"
    assert database.ask("SELECT count(*) FROM drain_lease") == [(1,)]


@pytest.mark.parametrize("answer", ["no", "", "y"])
def test_who_is_asked_and_does_not_say_yes_keeps_everything(database: Database, answer: str) -> None:
    assert answered(database, answer) == 1
    assert database.ask("SELECT count(*) FROM drain_lease") == [(1,)]


def test_who_says_yes_has_it_taken_back_and_up_brings_it_again(database: Database) -> None:
    assert answered(database, "yes") == 0
    assert database.newest() == "0001_first_tables"
    assert database.ask("SELECT to_regclass('drain_lease')") == [(None,)]
    tables = database.migrate("--down").stdout
    assert "  table message, 0 rows" in tables
    assert database.newest() == "0001_first_tables"
    assert database.migrate().returncode == 0
    while database.newest() > "0002_drain_lease":
        assert database.migrate("--down", "--yes").returncode == 0
    assert database.ask("SELECT to_regclass('drain_lease')::text") == [("drain_lease",)]


def answered(database: Database, answer: str) -> int:
    """The exit status for a person at a terminal who types this."""
    person, terminal = pty.openpty()
    try:
        os.write(person, f"{answer}\n".encode())
        return database.migrate("--down", stdin=terminal).returncode
    finally:
        os.close(person)
        os.close(terminal)
