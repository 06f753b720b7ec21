"""The two servers as docker-compose.yml sets them up, with its own scripts."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
import redis

from engines import account, binaries
from engines.formation import ROOT
from engines.ports import LOOPBACK, free_port
from engines.postgres import Postgres
from faults.expect import eventually
from tests.integration.deploy.composed import DATABASE_PASSWORD, QUEUE_PASSWORD, ROLE, Servers


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
