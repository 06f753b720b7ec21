"""The servers as docker-compose.yml sets them up: ordinary users, and passwords of any characters."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg2
import pytest
import redis

from engines.formation import ROOT
from faults.house import PRODUCTION
from tests.integration.deploy.composed import DATABASE_PASSWORD, QUEUE_PASSWORD, Servers

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.houses import StartHouse

pytestmark = [pytest.mark.integration, pytest.mark.long]


@pytest.fixture(scope="module")
def deployed(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse
) -> Iterator[House]:
    given = {
        "DATABASE_URL": servers.database_url,
        "DATABASE_PASSWORD": DATABASE_PASSWORD,
        "REDIS_URL": servers.redis_url,
        "REDIS_PASSWORD": QUEUE_PASSWORD,
    }
    with start_house(tmp_path_factory.mktemp("deployed"), "production", **PRODUCTION, **given) as house:
        yield house


@pytest.fixture
def seen(deployed: House, servers: Servers) -> Iterator[House]:
    """The same, looked into from below by somebody else than its processes."""
    own = dict(deployed.formation.env)
    deployed.formation.env |= {"DATABASE_URL": servers.superuser_url, "REDIS_URL": servers.redis_whole_url}
    yield deployed
    deployed.formation.env.update(own)


def test_the_main_job_is_done_by_ordinary_users_with_any_password(seen: House, phone: str) -> None:
    assert seen.converse(phone)
    logs = "".join(path.read_text() for path in seen.formation.logs.glob("*.log"))
    for password in (DATABASE_PASSWORD, QUEUE_PASSWORD, quote(QUEUE_PASSWORD, safe="")):
        assert password not in logs


def test_doctor_finds_the_servers_well(deployed: House) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "cli.main", "doctor", "--json"],
        env=deployed.formation.env,
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    results = {line["check"]: line["result"] for line in json.loads(ran.stdout)["checks"]}
    for check in ("postgres", "redis", "migrations", "worker", "beat", "gateways"):
        assert results[check] == "ok", ran.stdout


def test_the_role_is_no_superuser_and_may_make_nothing_but_tables(deployed: House, servers: Servers) -> None:
    with (
        contextlib.closing(psycopg2.connect(servers.database_url, password=DATABASE_PASSWORD)) as own,
        own.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles"
            " WHERE rolname = current_user"
        )
        assert cursor.fetchall() == [(False,) * 5]


def test_without_its_password_nobody_gets_in(servers: Servers) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(servers.database_url, password="wrong")
    with (
        redis.Redis.from_url(servers.redis_url.replace("parley@", "")) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


@pytest.mark.parametrize("command", ["FLUSHALL", "CONFIG SET maxmemory 1", "KEYS *", "SHUTDOWN"])
def test_the_user_of_the_queue_may_do_nothing_dangerous(servers: Servers, command: str) -> None:
    with (
        redis.Redis.from_url(servers.redis_whole_url) as client,
        pytest.raises(redis.exceptions.NoPermissionError),
    ):
        client.execute_command(*command.split())
