"""Alarms of a running house: in /readyz, in its metrics, and in what doctor says."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from engines.formation import ROOT
from health.strange_codes import OFTEN

if TYPE_CHECKING:
    from faults.house import House

pytestmark = [pytest.mark.integration, pytest.mark.long]


def ready(house: House) -> dict[str, Any]:
    answer = house.request("GET", "/readyz")
    assert answer.status_code == 200
    return dict(answer.json())


def freeze(house: House, name: str) -> None:
    house.formation.kill(name, signal.SIGSTOP)


def doctor(house: House) -> dict[str, str]:
    """What doctor fails, and why."""
    ran = subprocess.run(
        [sys.executable, "-m", "cli.main", "doctor", "--json"],
        env=house.formation.env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    return {
        check["check"]: check["text"]
        for check in json.loads(ran.stdout)["checks"]
        if check["result"] == "FAIL"
    }


def test_a_house_in_order_raises_no_alarm(operated: House) -> None:
    operated.eventually(lambda: ready(operated)["status"] == "ok")
    assert ready(operated) == {"status": "ok", "redis": "ok", "postgres": "ok", "alarms": []}


def test_a_webhook_that_nobody_persists_raises_an_alarm_until_somebody_does(
    operated: House, phone: str
) -> None:
    freeze(operated, "worker")
    assert operated.deliver(operated.meta.said(operated.meta.text(phone, "Hello?"))).status_code == 200
    (alarm,) = operated.eventually(lambda: ready(operated)["alarms"])
    assert alarm.startswith("The oldest webhook has waited ")
    assert "holds the drain" in alarm or "drain is held by process" in alarm
    assert ready(operated)["status"] == "degraded"
    operated.formation.kill("worker", signal.SIGCONT)
    operated.eventually(lambda: ready(operated)["status"] == "ok")


@pytest.fixture
def codes_forgotten(operated: House) -> Iterator[None]:
    yield
    for key in operated.redis.keys("parley:codes:*"):
        operated.redis.delete(key)


@pytest.mark.usefixtures("codes_forgotten")
def test_an_error_code_that_nobody_knows_raises_an_alarm_once_it_comes_often(
    operated: House, phones: Iterator[str]
) -> None:
    to = [next(phones) for _ in range(OFTEN)]
    for phone in to:
        operated.converse(phone)
        operated.sandbox("POST", "faults", kind="graph_error", to=phone, code=139999, status=400)
    for phone in to[1:]:
        refused(operated, phone)
    assert ready(operated)["alarms"] == []
    refused(operated, to[0])
    (alarm,) = operated.eventually(lambda: ready(operated)["alarms"])
    assert f"139999 ({OFTEN} times)" in alarm
    assert "139999" in doctor(operated)["error codes"]


def refused(house: House, phone: str) -> None:
    """A message that Meta refuses for good."""
    body = {"to": phone, "type": "text", "text": {"body": "Hello"}}
    asked = house.request("POST", "/messages/send", json=body).json()["id"]
    path = f"/messages/{asked}"
    house.eventually(lambda: house.request("GET", path).json()["status"] == "failed", what="the refusal")


def test_a_message_that_nobody_sends_raises_an_alarm_and_fails_doctor_until_somebody_does(
    operated: House, phone: str
) -> None:
    operated.converse(phone)
    freeze(operated, "sender")
    body = {"to": phone, "type": "text", "text": {"body": "Hello"}}
    asked = operated.request("POST", "/messages/send", json=body)
    assert asked.status_code == 202
    (alarm,) = operated.eventually(lambda: ready(operated)["alarms"])
    assert alarm.startswith("A message has been due for ")
    assert doctor(operated)["outbox"].startswith("A message has been due for ")
    operated.formation.kill("sender", signal.SIGCONT)
    operated.eventually(lambda: ready(operated)["status"] == "ok")
    assert len(operated.sent(asked.json()["id"])) == 1


def test_a_worker_that_hangs_while_it_drains_is_named_with_its_silence(operated: House, phone: str) -> None:
    house, worker = operated, operated.formation.process("worker").pid
    with contextlib.closing(psycopg2.connect(house.formation.urls.database)) as mine:
        mine.cursor().execute("LOCK TABLE message IN EXCLUSIVE MODE")
        assert house.deliver(house.meta.said(house.meta.text(phone, "Hello?"))).status_code == 200
        query = "SELECT 1 FROM drain_lease WHERE held AND pid = %s"
        house.eventually(lambda: house.ask(query, worker), what="the worker at it")
        freeze(house, "worker")
    silent = f"the drain is held by process {worker} on "
    house.eventually(
        lambda: [alarm for alarm in ready(house)["alarms"] if silent in alarm and "not renewed" in alarm]
    )
    checks = doctor(house)
    assert silent in checks["drain"]
    assert "not renewed" in checks["backlog"]
    house.formation.kill("worker", signal.SIGCONT)
    house.eventually(lambda: ready(house)["status"] == "ok")
