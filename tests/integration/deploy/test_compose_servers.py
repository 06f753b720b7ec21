"""The servers as docker-compose.yml sets them up: ordinary users, and passwords of any characters."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import psycopg2
import pytest
import redis

from engines import account, binaries
from engines.formation import ROOT
from engines.ports import LOOPBACK, free_port
from engines.postgres import Postgres
from faults.expect import eventually
from faults.house import PRODUCTION

if TYPE_CHECKING:
    from tests.conftest import House, StartHouse

pytestmark = [pytest.mark.integration, pytest.mark.long]

ROLE = "house"
DATABASE_PASSWORD = "p@ss/w0rd#%41?x=+1 'q\"\\:"
QUEUE_PASSWORD = "ab+c/d@e#f%41?=g&h:i$(j)"


class Servers(NamedTuple):
    """Where the two servers are, with and without their passwords, and Postgres' superuser."""

    database_url: str
    redis_url: str
    superuser_url: str
    redis_whole_url: str


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Postgres after docker/database.sh, where the role needs its password."""
    server = Postgres(tmp_path_factory.mktemp("database"))
    server.start()
    programs = binaries.postgres_programs(account.unprivileged())
    environment = {
        "PATH": f"{programs}:{os.defpath}",
        "PGHOST": LOOPBACK,
        "PGPORT": str(server.port),
        "POSTGRES_USER": "parley",
        "PARLEY_ROLE": ROLE,
        "PARLEY_PASSWORD": DATABASE_PASSWORD,
    }
    subprocess.run(["sh", ROOT / "docker" / "database.sh"], env=environment, check=True, capture_output=True)
    ask_password(server)
    yield server
    server.erase()


def ask_password(server: Postgres) -> None:
    """Development trusts this machine; a deployment does not."""
    with contextlib.closing(psycopg2.connect(server.url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SHOW hba_file")
        rules = Path(cursor.fetchall()[0][0])
        rules.write_text(f"host all {ROLE} {LOOPBACK}/32 scram-sha-256\n{rules.read_text()}")
        cursor.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Valkey that docker/queue.sh started."""
    directory, port = tmp_path_factory.mktemp("queue"), free_port()
    environment = {
        "PATH": f"{binaries.valkey_server().parent}:{os.defpath}",
        "TMPDIR": str(directory),
        "QUEUE_DIR": str(directory),
        "VALKEY_PASSWORD": QUEUE_PASSWORD,
    }
    command = ["sh", ROOT / "docker" / "queue.sh", "--port", str(port), "--bind", LOOPBACK]
    with subprocess.Popen(command, env=environment) as server:
        with redis.Redis(port=port, username="parley", password=QUEUE_PASSWORD) as client:
            eventually(lambda: answers(client), what="Valkey with its user")
        yield port
        server.terminate()


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture(scope="module")
def servers(database: Postgres, queue: int) -> Servers:
    return Servers(
        f"postgresql://{ROLE}@{LOOPBACK}:{database.port}/{ROLE}",
        f"redis://parley@{LOOPBACK}:{queue}/0",
        database.database_url(ROLE),
        f"redis://parley:{quote(QUEUE_PASSWORD, safe='')}@{LOOPBACK}:{queue}/0",
    )


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
    found = {each["check"]: each["result"] for each in json.loads(ran.stdout)["checks"]}
    for check in ("postgres", "redis", "migrations", "worker", "beat", "gateways"):
        assert found[check] == "ok", ran.stdout


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
