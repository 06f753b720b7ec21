"""Where Postgres is and why it cannot be used, in words for a person; never the password."""

from __future__ import annotations

import pytest
from psycopg2.extensions import parse_dsn

from models.database import dsn
from models.startup import postgres_place, postgres_trouble
from settings import Settings

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


def test_what_is_asked_of_tls_reaches_libpq_with_the_password_that_stands_apart() -> None:
    url = "postgresql://parley@db/parley?sslmode=verify-full&sslrootcert=/etc/db.pem"
    settings = Settings.from_env(
        {"APP_ENV": "development", "DATABASE_URL": url, "DATABASE_PASSWORD": f"{SECRET}?/@"}
    )
    given = parse_dsn(dsn(settings.database.url))
    assert (given["sslmode"], given["sslrootcert"]) == ("verify-full", "/etc/db.pem")
    assert (given["host"], given["password"]) == ("db", f"{SECRET}?/@")
