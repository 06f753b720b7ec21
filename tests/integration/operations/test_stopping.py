"""SIGTERM under load: each process ends by itself, in time, with exit code 0, and nothing is lost."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg2
import pytest

from tests.integration.operations.keeping import all_stored

if TYPE_CHECKING:
    from faults.house import House
    from faults.people.customers import Customers

pytestmark = [pytest.mark.integration, pytest.mark.timed]

# Well within what docs/operations.md has a supervisor wait.
GRACE_S = {"web": 15.0, "worker": 15.0, "sender": 15.0, "beat": 5.0}
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def ends(house: House, name: str) -> None:
    """It was asked to stop, and does."""
    child = house.formation.process(name)
    began = time.monotonic()
    child.ask_to_stop()
    assert child.wait(GRACE_S[name] * 3) == 0
    assert time.monotonic() - began < GRACE_S[name]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_process_stopped_and_started_again_under_load_loses_no_webhook(
    operated: House, customers: Customers, name: str
) -> None:
    customers.start()
    customers.await_more(100)
    ends(operated, name)
    operated.formation.restart(name)
    operated.formation.wait_until_ready()
    customers.await_more(50)
    customers.stop()
    all_stored(operated, customers)


def test_the_web_process_finishes_the_request_it_is_at(operated: House, phone: str) -> None:
    conversation = operated.converse(phone)
    path = f"/conversations/{conversation}"
    with (
        contextlib.closing(psycopg2.connect(operated.formation.urls.database)) as somebody_else,
        ThreadPoolExecutor(1) as agent,
    ):
        somebody_else.cursor().execute("SELECT 1 FROM conversation WHERE id = %s FOR UPDATE", (conversation,))
        asked = agent.submit(operated.request, "PATCH", path, json={"status": "closed"})
        operated.eventually(lambda: operated.ask(_WAITING)[0][0])
        web = operated.formation.process("web")
        web.ask_to_stop()
        operated.eventually(lambda: "Handling signal: term" in web.log.read_text())
        assert not asked.done()
        somebody_else.rollback()
        assert asked.result().status_code == 200
    assert web.wait(GRACE_S["web"]) == 0


def test_the_sender_finishes_its_calls_and_leaves_the_rest_for_the_next(operated: House, phone: str) -> None:
    operated.converse(phone)
    operated.sandbox("POST", "faults", kind="slow", to=phone, times=None, seconds=1.0)
    asked = [say(operated, phone, f"Number {number}") for number in range(4)]
    operated.eventually(lambda: state(operated, asked[0]) == "sending")
    ends(operated, "sender")
    # The one under way is noted as taken; nobody has to guess. Those behind it were not begun.
    assert state(operated, asked[0]) not in ("queued", "sending", "unconfirmed")
    assert state(operated, asked[-1]) == "queued"
    operated.sandbox("DELETE", "faults")
    operated.formation.restart("sender")
    operated.eventually(lambda: all(len(operated.sent(message_id)) == 1 for message_id in asked))
    operated.eventually(
        lambda: all(state(operated, message_id) not in ("queued", "sending") for message_id in asked)
    )
    assert [len(operated.sent(message_id)) for message_id in asked] == [1, 1, 1, 1]


def test_beat_ends_at_once(operated: House) -> None:
    ends(operated, "beat")
    operated.formation.restart("beat")


def say(house: House, phone: str, words: str) -> str:
    answer = house.request(
        "POST", "/messages/send", json={"to": phone, "type": "text", "text": {"body": words}}
    )
    assert answer.status_code == 202
    return str(answer.json()["id"])


def state(house: House, message_id: str) -> str:
    return str(house.request("GET", f"/messages/{message_id}").json()["status"])
