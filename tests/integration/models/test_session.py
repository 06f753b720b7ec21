"""What Parley asks of a session, without leaving anything in it and without asking at its start."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from engines.postgres import Postgres
from models import migrate
from models.database import UNAVAILABLE, bulk, database, open_pool
from models.session import KEPT_ALIVE, SERVER_KEPT_ALIVE

pytestmark = pytest.mark.integration
LIMIT_S = 3.0
_SETTINGS = ("statement_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    """A database whose own time zone is another."""
    made = postgres.create_database("far_east")
    with contextlib.closing(open_pool(made, 1)) as pool:
        pool.execute_sql("ALTER DATABASE far_east SET timezone = 'Asia/Tokyo'")
        pool.close_all()
    return made


@pytest.fixture
def pool(url: str) -> Iterator[Any]:
    with contextlib.closing(open_pool(url, 3, LIMIT_S)) as opened:
        yield opened
    opened.close_all()


def shown(pool: Any) -> list[str]:
    return [pool.execute_sql(f"SELECT current_setting('{name}')").fetchone()[0] for name in _SETTINGS]


def test_no_startup_option_is_sent(pool: Any) -> None:
    with pool.aside() as connection:
        assert not connection.get_dsn_parameters().get("options")


def test_moments_are_utc_whatever_the_database_is_set_to(pool: Any) -> None:
    (moment,) = pool.execute_sql("SELECT now()").fetchone()
    assert moment.utcoffset() == timedelta(0)


def test_the_limits_hold_alone_and_in_a_transaction_and_are_gone_afterwards(pool: Any) -> None:
    assert shown(pool)[0] == "3s"
    with pool.atomic():
        assert shown(pool) == ["3s", "10s"]
        with pool.atomic():
            assert shown(pool) == ["3s", "10s"]
    with pool.connection().cursor() as cursor:
        # The bare statement: what whoever gets this session next would find.
        super(type(cursor), cursor).execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone() == ("0",)


def test_many_values_at_once_are_limited_too(pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "obj", pool, raising=False)
    records = bulk("SELECT a, current_setting('statement_timeout') FROM (VALUES %s) AS v (a)", [(1,), (2,)])
    assert records == [(1, "3s"), (2, "3s")]


def test_an_error_leaves_the_connection_usable(pool: Any) -> None:
    with pytest.raises(Exception, match="division by zero"):
        pool.execute_sql("SELECT 1/0")
    assert shown(pool)[0] == "3s"


def test_who_leaves_a_transaction_open_loses_its_locks(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.database._IDLE_S", 0.2)
    with contextlib.closing(open_pool(url, 2, LIMIT_S)) as pool:
        began = time.monotonic()

        def hang() -> None:
            with pool.atomic():
                pool.execute_sql("CREATE TABLE held (id int)")
                while time.monotonic() - began < LIMIT_S:
                    time.sleep(0.05)
                    pool.execute_sql("SELECT pg_sleep(0)") if time.monotonic() - began > 1 else None

        with pytest.raises(UNAVAILABLE):
            hang()
        pool.close()
        assert pool.execute_sql("SELECT to_regclass('held')").fetchone() == (None,)
        pool.close_all()


def test_a_connection_notices_a_server_that_vanished(pool: Any) -> None:
    with pool.aside() as connection, socket.socket(fileno=socket.dup(connection.fileno())) as line:
        option = line.getsockopt
        assert option(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        options = [
            option(socket.IPPROTO_TCP, number)
            for number in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, 18)
        ]
    assert options == [KEPT_ALIVE[name] for name in list(KEPT_ALIVE)[1:]]


def test_the_server_notices_a_client_that_vanished_once_migrated(url: str) -> None:
    with contextlib.closing(open_pool(url, 2)) as pool:
        assert migrate.keep_sessions_alive(pool)
        pool.close_all()
        parameters = {name: pool.execute_sql(f"SHOW {name}").fetchone()[0] for name in SERVER_KEPT_ALIVE}
        pool.close_all()
    assert parameters == {name: str(value) for name, value in SERVER_KEPT_ALIVE.items()}
