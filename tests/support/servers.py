"""One Postgres and one Valkey for the tests of several rooms, a database for each module, all empty for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from engines.postgres import Postgres
from engines.valkey import Valkey
from models import database, migrate
from queues.inbox import Inbox
from realtime.connection import connect
from tests.support.telling import TellingBus


@pytest.fixture(scope="session")
def shared_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    # No crash is tested here, and nothing is kept.
    server = Postgres(tmp_path_factory.mktemp("postgres"), options={"fsync": "off"})
    server.start()
    yield server
    server.erase()


@pytest.fixture(scope="session")
def shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.erase()


@pytest.fixture(scope="module")
def bound(shared_postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database, bound to the tables; its URL."""
    url = shared_postgres.create_database(f"{request.module.__name__.rpartition('.')[2]} {id(request)}")
    database.bind(url, 40)
    migrate.up(database.database)
    yield url
    database.dispose()


@pytest.fixture
def tables(bound: str) -> Iterator[None]:
    records = database.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ 'migration'"
    )
    database.rows(f"TRUNCATE {', '.join(row[0] for row in records)} CASCADE")
    yield
    database.release()


@pytest.fixture
def client(shared_valkey: Valkey) -> Iterator[redis.Redis]:
    with connect(shared_valkey.url) as made:
        made.flushall()
        yield made


@pytest.fixture
def inbox(client: redis.Redis) -> Inbox:
    return Inbox(client, max_entries=100_000)


@pytest.fixture
def bus(client: redis.Redis) -> TellingBus:
    return TellingBus(client, history=100_000)
