"""Valkey and Postgres killed, frozen and stopped under load: what was acknowledged is there when they are back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import oracle
import pytest

from engines.waiting import wait_until

if TYPE_CHECKING:
    from load import Load
    from subscriber import Subscriber

    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.fault]

POSTGRES_AWAY_S = 10.0
MEDIAN_ACK_S = 0.25


def test_valkey_killed_under_load_keeps_every_delivery_it_acknowledged(
    fragile: House, load: Load, subscriber: Subscriber
) -> None:
    valkey = fragile.formation.valkey
    assert valkey is not None
    with load:
        for _ in range(3):
            load.await_more(100)
            valkey.kill()
            load.await_refusal()
            valkey.start()
        load.await_more(100)
    oracle.check(fragile, load, subscriber, 20)


def test_valkey_frozen_under_load_is_given_up_in_time_and_taken_up_again(
    fragile: House, load: Load, subscriber: Subscriber
) -> None:
    valkey = fragile.formation.valkey
    assert valkey is not None
    with load:
        load.await_more(100)
        valkey.freeze()
        load.await_refusal(5)
        assert fragile.request("GET", "/readyz").status_code == 503
        valkey.thaw()
        load.await_more(100)
    oracle.check(fragile, load, subscriber, 20)


def test_postgres_may_be_away_while_deliveries_are_acknowledged(
    fragile: House, load: Load, subscriber: Subscriber
) -> None:
    postgres = fragile.formation.postgres
    assert postgres is not None
    with load:
        load.await_more(50)
        postgres.stop()
        first, refused = len(load.latencies), load.refused
        wait_until(lambda: False, POSTGRES_AWAY_S)
        acked = len(load.latencies) - first
        assert load.refused == refused, "deliveries were refused though Valkey was there"
        assert acked > POSTGRES_AWAY_S * 20
        assert load.median_s(first) < MEDIAN_ACK_S
        assert fragile.request("GET", "/readyz").json()["status"] == "degraded"
        assert fragile.request("GET", "/conversations").status_code == 503
        postgres.start()
    oracle.check(fragile, load, subscriber, 60)


def test_postgres_killed_under_load_loses_no_delivery(
    fragile: House, load: Load, subscriber: Subscriber
) -> None:
    postgres = fragile.formation.postgres
    assert postgres is not None
    with load:
        for _ in range(2):
            load.await_more(100)
            postgres.kill()
            postgres.start()
        load.await_more(100)
    oracle.check(fragile, load, subscriber, 30)


def test_a_message_asked_for_while_valkey_is_away_goes_out_when_it_is_back(
    fragile: House, phone: str, subscriber: Subscriber
) -> None:
    valkey = fragile.formation.valkey
    assert valkey is not None
    fragile.converse(phone)
    valkey.kill()
    body = {"to": phone, "type": "text", "text": {"body": "Whatever happens"}}
    asked = fragile.request("POST", "/messages/send", json=body)
    assert asked.status_code == 202
    valkey.start()
    taken = fragile.eventually(lambda: fragile.sent(asked.json()["id"]), 20, "the sandbox taking it")
    assert len(taken) == 1
    fragile.eventually(
        lambda: asked.json()["id"] in {each["id"] for each in subscriber.messages()}, 20, "its new_message"
    )
    oracle.settle(fragile)
