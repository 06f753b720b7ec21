"""One Postgres for these tests, a database of its own for each module, and empty tables for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from engines.postgres import Postgres
from models import database, migrate
from tests.integration.models.tables import empty

settings.register_profile(
    "real tables", deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    # No crash is tested here, and nothing is kept.
    server = Postgres(tmp_path_factory.mktemp("postgres"), options={"fsync": "off"})
    server.start()
    yield server
    server.erase()


@pytest.fixture(scope="module")
def bound(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database, bound to the tables; its URL."""
    url = postgres.create_database(request.module.__name__.rpartition(".")[2])
    database.bind(url, 60)
    migrate.up(database.database)
    yield url
    database.dispose()


@pytest.fixture
def tables(bound: str) -> Iterator[None]:
    empty()
    yield
    database.release()
