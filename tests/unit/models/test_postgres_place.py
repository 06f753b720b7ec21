"""Where Postgres is and why it cannot be used, in words for a person; never the password."""

from __future__ import annotations

import pytest

from models.startup import postgres_place, postgres_trouble

SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            'connection to server at "127.0.0.1", port 5433 failed: Connection refused\n\tIs the server running?',
            "connection refused",
        ),
        (
            'connection to server at "db", port 5432 failed: FATAL:  the database system is starting up\n',
            "the database system is starting up",
        ),
        ('could not translate host name "db" to address: Name or service not known', None),
        ("Postgres did not answer within 5 s", "postgres did not answer within 5 s"),
        ("", "no answer"),
    ],
)
def test_postgres_says_why_without_its_address_and_advice(said: str, words: str | None) -> None:
    assert postgres_trouble(said) == (words or said)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (f"postgresql://parley:{SECRET}@db.example:6543/parley", "db.example:6543"),
        (f"postgres://parley:{SECRET}@db/parley", "db:5432"),
        (f"postgresql:///parley?host=/run/postgresql&password={SECRET}", "/run/postgresql:5432"),
    ],
)
def test_where_postgres_is_without_the_password(url: str, place: str) -> None:
    assert postgres_place(url) == place
