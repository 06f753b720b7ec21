"""The pool and the limits of its connections, with a server that freezes and one that restarts."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engines.postgres import Postgres
from models.database import is_unavailable, open_pool
from models.deadline import LimitedConnection

LIMIT_S = 0.4
# The server's own limit comes first, and says so a second before ours would.
HUNG_S = LIMIT_S + 1.0
SLACK_S = 0.6


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting is given up as soon as a statement."""
    monkeypatch.setattr(LimitedConnection, "limit_s", HUNG_S)


@pytest.fixture
def pool(postgres: Postgres, quick: None) -> Iterator[Any]:
    with contextlib.closing(open_pool(postgres.url, 5, LIMIT_S)) as opened:
        yield opened
    opened.close_all()


@pytest.fixture
def frozen(postgres: Postgres) -> Iterator[Postgres]:
    """Freeze it in the test; it is thawed afterwards."""
    yield postgres
    postgres.thaw()


def fails_after(work: Any) -> float:
    """Seconds until ``work`` fails because Postgres cannot be used."""
    began = time.monotonic()
    with pytest.raises(Exception) as caught:
        work()
    assert is_unavailable(caught.value), caught.value
    return time.monotonic() - began


def test_a_statement_on_a_frozen_server_fails_in_time_and_the_next_one_works_when_it_is_back(
    pool: Any, frozen: Postgres
) -> None:
    pool.execute_sql("SELECT 1")
    frozen.freeze()
    assert HUNG_S <= fails_after(lambda: pool.execute_sql("SELECT 1")) < HUNG_S + SLACK_S
    frozen.thaw()
    pool.close()
    assert pool.execute_sql("SELECT 1").fetchall() == [(1,)]


def test_a_slow_statement_is_ended_by_the_server_and_its_connection_lives(pool: Any) -> None:
    (before,) = pool.execute_sql("SELECT pg_backend_pid()").fetchone()
    assert LIMIT_S <= fails_after(lambda: pool.execute_sql("SELECT pg_sleep(30)")) < HUNG_S
    assert pool.execute_sql("SELECT pg_backend_pid()").fetchone() == (before,)


def test_those_who_connect_to_a_frozen_server_wait_side_by_side(pool: Any, frozen: Postgres) -> None:
    frozen.freeze()
    with ThreadPoolExecutor(5) as threads:
        took = list(threads.map(lambda _: fails_after(lambda: pool.execute_sql("SELECT 1")), range(5)))
    assert max(took) < HUNG_S + SLACK_S


def test_a_connection_can_be_given_back_while_somebody_waits_for_a_new_one(
    pool: Any, frozen: Postgres
) -> None:
    pool.execute_sql("SELECT 1")
    frozen.freeze()
    connecting = threading.Thread(target=lambda: fails_after(lambda: pool.execute_sql("SELECT 1")))
    connecting.start()
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < SLACK_S
    connecting.join()


def test_connections_that_died_with_their_server_are_not_handed_out(
    tmp_path_factory: pytest.TempPathFactory, quick: None
) -> None:
    server = Postgres(tmp_path_factory.mktemp("restarted"), options={"fsync": "off"})
    server.start()
    try:
        with contextlib.closing(open_pool(server.url, 5, LIMIT_S)) as pool:
            pool.execute_sql("SELECT 1")
            pool.close()
            server.kill()
            server.start()
            assert pool.execute_sql("SELECT 1").fetchall() == [(1,)]
            pool.close_all()
    finally:
        server.erase()


def test_many_threads_share_few_connections(pool: Any) -> None:
    mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'parley' AND datname = current_database()"

    def use(_: int) -> int:
        with pool.connection_context():
            return int(pool.execute_sql(mine).fetchone()[0])

    with ThreadPoolExecutor(30) as threads:
        seen = list(threads.map(use, range(300)))
    assert 1 <= max(seen) <= 5
