"""The whole house with PgBouncer before Postgres: migrate, web, worker, sender, in transaction and in session mode."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from cli.doctor.pooler import is_shared
from engines.formation import ROOT
from engines.postgres import Postgres
from models import migrate
from models.database import open_pool
from tests.integration.operations.bouncer import PROGRAM, PgBouncer

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.houses import StartHouse

pytestmark = [
    pytest.mark.integration,
    pytest.mark.long,
    pytest.mark.skipif(
        PROGRAM is None, reason="PgBouncer is not installed, so NOTHING was tried behind a pooler"
    ),
]
TRANSACTION, SESSION = "transaction", "session"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("pooled"), options={"fsync": "off", "timezone": "Asia/Tokyo"})
    server.start()
    yield server
    server.erase()


@pytest.fixture(scope="module")
def bouncer(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgBouncer]:
    made = PgBouncer(tmp_path_factory.mktemp("bouncer"), postgres.port, TRANSACTION)
    made.start()
    yield made
    made.erase()


@pytest.fixture(scope="module")
def pooled(
    bouncer: PgBouncer, start_house: StartHouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with start_house(tmp_path_factory.mktemp("house"), DATABASE_URL=bouncer.url) as house:
        yield house


def examined(house: House) -> dict[str, dict[str, str]]:
    """Doctor's findings by check."""
    ran = subprocess.run(
        [sys.executable, "-m", "cli.main", "doctor", "--json"],
        env=house.formation.env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    return {check["check"]: check for check in json.loads(ran.stdout)["checks"]}


@pytest.mark.parametrize("mode", [TRANSACTION, SESSION])
def test_messages_come_and_go_and_nothing_is_left_in_a_session(
    pooled: House, bouncer: PgBouncer, postgres: Postgres, phone: str, mode: str
) -> None:
    bouncer.change_to(mode)  # the same house, which loses every connection meanwhile
    conversation = pooled.converse(phone)
    body = {"to": phone, "type": "text", "text": {"body": "Hello"}}
    asked = pooled.eventually(lambda: accepted(pooled, body), what="a message being taken")
    pooled.eventually(lambda: len(pooled.sent(asked)) == 1, what="the message at Meta")
    shown = pooled.request("GET", f"/messages/{asked}").json()
    assert shown["conversation_id"] == conversation
    assert shown["created_at"].endswith("Z")
    pooled.settle()
    pooled.eventually(lambda: left_behind(postgres) == [], what="no lock being held by an idle session")
    checks = examined(pooled)
    assert checks["pooler"]["result"] == "ok"
    assert checks["pooler"]["text"].startswith(
        "one in transaction mode" if mode == TRANSACTION else "none in transaction mode"
    )
    assert checks["postgres"]["result"] == checks["migrations"]["result"] == checks["drain"]["result"] == "ok"
    assert checks["delivery"]["result"] == "ok", checks["delivery"]


def accepted(house: House, body: dict[str, Any]) -> str:
    answer = house.request("POST", "/messages/send", json=body)
    return str(answer.json()["id"]) if answer.status_code == 202 else ""


def left_behind(postgres: Postgres) -> list[Any]:
    """Advisory locks, and settings of a session, of sessions that have no transaction open."""
    with contextlib.closing(psycopg2.connect(postgres.url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE l.locktype = 'advisory' AND a.state = 'idle'"
        )
        return cursor.fetchall()


@pytest.mark.parametrize(("mode", "times"), [(TRANSACTION, 100), (SESSION, 2)])
def test_doctor_knows_the_mode_while_others_take_and_give_sessions_all_the_time(
    bouncer: PgBouncer, mode: str, times: int
) -> None:
    bouncer.change_to(mode)
    with contextlib.closing(open_pool(bouncer.url, 2)) as pool, busy(bouncer, clients=4):
        assert {is_shared(pool) for _ in range(times)} == {mode == TRANSACTION}


@contextlib.contextmanager
def busy(bouncer: PgBouncer, clients: int) -> Iterator[None]:
    """Clients that have one short transaction after the other."""
    enough = threading.Event()

    def keep_asking(_: int) -> None:
        with contextlib.closing(psycopg2.connect(bouncer.url)) as connection:
            connection.autocommit = True
            while not enough.is_set():
                connection.cursor().execute("SELECT 1")

    with ThreadPoolExecutor(clients) as all_of_them:
        asking = [all_of_them.submit(keep_asking, index) for index in range(clients)]
        try:
            yield
        finally:
            enough.set()
    for future in asking:
        future.result()


def test_two_migrations_at_once_wait_for_each_other(bouncer: PgBouncer, postgres: Postgres) -> None:
    bouncer.change_to(TRANSACTION)
    postgres.create_database("twice")

    def up(_: int) -> list[str]:
        with contextlib.closing(open_pool(bouncer.database_url("twice"), 2)) as pool:
            names = migrate.up(pool)
            pool.close_all()
        return names

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(up, range(2))
    assert sorted((bool(first), bool(second))) == [False, True]


def test_a_limit_holds_behind_a_pooler_and_is_nobody_elses(bouncer: PgBouncer) -> None:
    with (
        contextlib.closing(open_pool(bouncer.url, 2, 0.3)) as limited,
        contextlib.closing(open_pool(bouncer.url, 2)) as other,
    ):
        began = time.monotonic()
        with pytest.raises(Exception, match="statement timeout"):
            limited.execute_sql("SELECT pg_sleep(20)")
        assert time.monotonic() - began < 10
        assert other.execute_sql("SHOW statement_timeout").fetchone() == ("0",)
        limited.close_all()
        other.close_all()
