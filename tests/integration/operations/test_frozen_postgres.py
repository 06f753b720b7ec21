"""Postgres is frozen, which is worse than gone: connections stand, and nothing answers on them."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg2
import pytest
import requests

from engines.waiting import wait_until
from tests.integration.operations.keeping import all_stored

if TYPE_CHECKING:
    from faults.house import House
    from faults.people.customers import Customers

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timed]

CONNECT_S = 5.0
STATEMENT_S = (
    2.0 + 1.0
)  # DATABASE_TIMEOUT_S of this house, and a second in which a living server would say so
# Whichever they hang in, and the time to get through to a thread.
ANSWERED_S = max(CONNECT_S, STATEMENT_S) + 3.0
HANGING = 32
MEDIAN_ACK_S = 0.25


def test_webhooks_are_acknowledged_while_requests_hang_and_each_of_those_is_answered_in_time(
    operated: House, customers: Customers
) -> None:
    postgres = operated.formation.postgres
    assert postgres is not None
    assert operated.request("GET", "/conversations").status_code == 200
    customers.start()
    customers.await_more(20)
    postgres.freeze()
    first = len(customers.latencies)
    with ThreadPoolExecutor(HANGING) as agents:
        asked = [agents.submit(timed, operated) for _ in range(HANGING)]
        assert wait_until(lambda: all(map(Future.done, asked)), ANSWERED_S + 5)
    customers.stop()
    postgres.thaw()
    assert customers.refused == 0
    assert len(customers.latencies) - first > 50
    assert customers.median_s(first) < MEDIAN_ACK_S
    answers = [future.result() for future in asked]
    assert max(took for took, _ in answers) < ANSWERED_S
    codes = [answer.json()["error"]["code"] for _, answer in answers]
    assert set(codes) == {"busy", "database_unavailable"}, codes
    assert {answer.status_code for _, answer in answers} == {503}
    assert all(answer.headers["Retry-After"] for _, answer in answers)
    assert wait_until(lambda: operated.request("GET", "/conversations").status_code == 200, 5)
    all_stored(operated, customers)
    assert operated.formation.lost() == {}


def timed(house: House) -> tuple[float, requests.Response]:
    began = time.monotonic()
    answer = house.request("GET", "/conversations")
    return time.monotonic() - began, answer


def test_the_process_says_at_once_that_postgres_does_not_answer(operated: House) -> None:
    postgres = operated.formation.postgres
    assert postgres is not None
    assert operated.request("GET", "/readyz").json()["postgres"] == "ok"
    postgres.freeze()
    assert wait_until(lambda: operated.request("GET", "/readyz").json()["postgres"] != "ok", 5)
    for _ in range(3):
        began = time.monotonic()
        answer = operated.request("GET", "/readyz")
        assert time.monotonic() - began < 2
        assert answer.status_code == 200
        assert answer.json()["status"] == "degraded"
    postgres.thaw()
    assert wait_until(lambda: operated.request("GET", "/readyz").json()["status"] == "ok", 10)


def test_a_change_that_waited_too_long_is_answered_and_not_said_to_be_undone(
    operated: House, phone: str
) -> None:
    conversation = operated.converse(phone)
    with contextlib.closing(psycopg2.connect(operated.formation.urls.database)) as somebody_else:
        somebody_else.cursor().execute("SELECT 1 FROM conversation WHERE id = %s FOR UPDATE", (conversation,))
        answer = operated.request("PATCH", f"/conversations/{conversation}", json={"status": "closed"})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "database_unavailable"
    assert "It is not known" in answer.json()["error"]["message"]
    assert operated.request("GET", f"/conversations/{conversation}").json()["status"] == "open"
