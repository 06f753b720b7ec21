"""Events reach those who want them, once and in order."""

from __future__ import annotations

import pytest

from faults.expect import eventually
from realtime.sessions import Sessions
from tests.integration.wsgateway.gateway_client import (
    ANNA,
    BERT,
    ONE,
    TWO,
    connected,
    log_in,
    open_socket,
    status,
)
from tests.integration.wsgateway.gateway_process import GatewayProcess, StartGateway
from tests.support.telling import TellingBus

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _logged_in(sessions: Sessions) -> None:
    log_in(sessions)


def test_hello_comes_first_and_says_who_and_where(gateway: GatewayProcess, bus: TellingBus) -> None:
    (newest,) = bus.tell([status(ONE, 1)])
    eventually(lambda: gateway.metric("events_relayed_total") == 1)
    with open_socket(gateway.port) as client:
        hello = client.receive()
    assert hello["type"] == "hello"
    assert hello["user_id"] == ANNA
    assert hello["heartbeat_s"] == 20.0
    assert hello["connection_id"]
    assert hello["gateway"]
    assert hello["last_event_id"] == newest


def test_a_subscriber_of_a_conversation_gets_its_events_and_no_others(
    gateway: GatewayProcess, bus: TellingBus
) -> None:
    with connected(gateway.port) as client:
        answer = client.ask("subscribed", type="subscribe_conversation", conversation_id=ONE, ref="a")
        assert answer == {
            "type": "subscribed",
            "conversation_id": ONE,
            "last_event_id": "0-0",
            "recovered": True,
            "ref": "a",
        }
        ids = bus.tell([status(ONE, 1), status(TWO, 2), status(ONE, 3)])
        first, second = client.receive(), client.receive()
        assert [first["id"], second["id"]] == [ids[0], ids[2]]
        assert first["conversation_id"] == ONE
        assert first["at"]
        client.nothing_more()


def test_an_event_reaches_nobody_outside_its_audience_live_or_later(
    gateway: GatewayProcess, bus: TellingBus, sessions: Sessions
) -> None:
    theirs = log_in(sessions, BERT, "b" * 43)
    with connected(gateway.port) as anna, connected(gateway.port, token=theirs, user_id=BERT) as bert:
        for client in (anna, bert):
            client.ask("subscribed", type="subscribe_inbox")
        (start,) = bus.tell([status(ONE, 1)])
        bus.tell([status(ONE, 2)], audience=f"team:7,agent:{BERT}")
        bus.tell([status(ONE, 3)], audience="team:7")
        bus.tell([status(ONE, 4)])
        assert anna.numbers(2) == [1, 4]
        assert bert.numbers(3) == [1, 2, 4]
        for scope in (
            {"type": "subscribe_inbox"},
            {"type": "subscribe_conversation", "conversation_id": ONE},
        ):
            anna.ask("unsubscribed", **scope | {"type": scope["type"].replace("sub", "unsub", 1)})
            anna.ask("subscribed", since=start, **scope)
            assert anna.numbers(1) == [4]
            anna.ask("unsubscribed", **scope | {"type": scope["type"].replace("sub", "unsub", 1)})
            anna.nothing_more()


def test_inbox_and_conversation_together_bring_each_event_once(
    gateway: GatewayProcess, bus: TellingBus
) -> None:
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_conversation", conversation_id=ONE)
        client.ask("subscribed", type="subscribe_inbox")
        bus.tell([status(ONE, 1), status(TWO, 2)])
        assert client.numbers(2) == [1, 2]
        client.nothing_more()
        client.ask("unsubscribed", type="unsubscribe_inbox")
        bus.tell([status(ONE, 3), status(TWO, 4)])
        assert client.numbers(1) == [3]
        client.ask("unsubscribed", type="unsubscribe_conversation", conversation_id=ONE)
        bus.tell([status(ONE, 5)])
        client.nothing_more()


def test_typing_reaches_the_others_on_every_gateway_and_not_the_one_who_types(
    start: StartGateway, sessions: Sessions
) -> None:
    log_in(sessions, BERT, "b" * 43)
    here, there = start(), start()
    with connected(here.port) as anna, connected(there.port, token="b" * 43, user_id=BERT) as bert:
        for client in (anna, bert):
            client.ask("subscribed", type="subscribe_conversation", conversation_id=ONE)
        anna.send(type="typing", conversation_id=ONE, on=True)
        heard = bert.expect("agent_typing")
        assert (heard["user_id"], heard["on"], heard["conversation_id"]) == (ANNA, True, ONE)
        assert "id" not in heard
        anna.nothing_more()


def test_two_gateways_deliver_the_same_events_with_the_same_ids(start: StartGateway, bus: TellingBus) -> None:
    here, there = start(), start()
    with connected(here.port) as first, connected(there.port) as second:
        for client in (first, second):
            client.ask("subscribed", type="subscribe_inbox")
        bus.tell([status(ONE, 1)])
        assert first.expect("message_status") == second.expect("message_status")
