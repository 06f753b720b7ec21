"""Who is connected and who looks: in records that end by themselves, and in news to whoever shows the inbox."""

from __future__ import annotations

import contextlib
import signal

import pytest
import redis

from faults.expect import eventually
from realtime.presence import PresenceReader, connections_key, gateway_key, standing
from realtime.sessions import Sessions
from tests.integration.wsgateway.gateway_client import ANNA, BERT, ONE, Client, connected, log_in
from tests.integration.wsgateway.gateway_process import GatewayProcess, StartGateway

pytestmark = pytest.mark.integration

CLEO = "0190a000-0000-7000-8000-00000000000c"
BERTS = {"token": "b" * 43, "user_id": BERT}


@pytest.fixture(autouse=True)
def _logged_in(sessions: Sessions) -> None:
    log_in(sessions)
    log_in(sessions, BERT, "b" * 43)


@pytest.fixture
def presence(store: redis.Redis) -> PresenceReader:
    return PresenceReader(store)


def news(watcher: Client, status: str) -> str:
    """Whose standing is told next to be this."""
    while (frame := watcher.receive(20))["type"] != "presence" or frame["status"] != status:
        pass
    return str(frame["user_id"])


def await_presence(watcher: Client, status: str, *users: str) -> None:
    """Wait until all of them were told to be this."""
    waiting = set(users)
    while waiting:
        waiting.discard(news(watcher, status))


def news_of_anna(watcher: Client) -> str:
    """How she stands, as is told next."""
    while (frame := watcher.receive())["type"] != "presence" or frame["user_id"] != ANNA:
        pass
    return str(frame["status"])


def test_records_show_what_a_socket_is_subscribed_to(
    gateway: GatewayProcess, presence: PresenceReader
) -> None:
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_conversation", conversation_id=ONE)
        client.ask("subscribed", type="subscribe_inbox")
        record = eventually(
            lambda: [connection for connection in presence.connections(ANNA) if connection.inbox]
        )[0]
        assert record.conversations == (ONE,)
        assert record.since <= record.last_seen
        (alive,) = eventually(lambda: [alive for alive in presence.gateways() if alive.connections == 1])
        assert (alive.users, alive.subscriptions) == (1, 2)
    eventually(lambda: not presence.connections(ANNA))


def test_records_come_back_after_redis_lost_them(
    gateway: GatewayProcess, presence: PresenceReader, store: redis.Redis
) -> None:
    with connected(gateway.port):
        eventually(lambda: presence.connections(ANNA))
        store.flushall()
        eventually(lambda: presence.connections(ANNA) and presence.gateways())


def test_who_was_at_a_gateway_that_died_is_told_to_be_gone_and_comes_back_where_it_was_only_frozen(
    start: StartGateway, presence: PresenceReader, store: redis.Redis, sessions: Sessions
) -> None:
    cleo = {"token": log_in(sessions, CLEO, "c" * 43), "user_id": CLEO}
    killed, frozen, other = start(), start(), start()
    with contextlib.ExitStack() as sockets:
        watcher = sockets.enter_context(connected(other.port, **BERTS))
        watcher.ask("subscribed", type="subscribe_inbox")
        sockets.enter_context(connected(frozen.port))
        sockets.enter_context(connected(killed.port, **cleo))
        # Who is not written down when its gateway freezes could not be gone; who is, and is not told of yet, would be
        # told of at once when it goes on, before it is written down anew.
        await_presence(watcher, "online", ANNA, CLEO)
        (record,) = presence.connections(CLEO)
        assert 0 < store.ttl(connections_key(record.gateway)) <= 10
        assert 0 < store.ttl(gateway_key(record.gateway)) <= 10
        frozen.process.send_signal(signal.SIGSTOP)
        killed.stop(signal.SIGKILL)
        gone = {news(watcher, "offline"), news(watcher, "offline")}
        assert gone == {ANNA, CLEO}
        assert presence.connections(ANNA) == presence.connections(CLEO) == []
        assert [gateway.connections for gateway in presence.gateways()] == [1]
        frozen.process.send_signal(signal.SIGCONT)
        assert news(watcher, "online") == ANNA
        assert standing(presence.connections(ANNA)) == "online"


def test_the_inbox_hears_who_comes_and_who_goes_for_good(start: StartGateway) -> None:
    here, there = start(), start()
    with connected(here.port, **BERTS) as watcher:
        watcher.ask("subscribed", type="subscribe_inbox")

        with connected(there.port):
            assert news_of_anna(watcher) == "online"
        assert news_of_anna(watcher) == "offline"


def test_who_has_several_pages_is_away_when_nobody_looks_at_any(
    start: StartGateway, presence: PresenceReader
) -> None:
    here, there = start(), start()
    with connected(here.port, **BERTS) as watcher:
        watcher.ask("subscribed", type="subscribe_inbox")
        with connected(there.port) as second:
            assert news_of_anna(watcher) == "online"
            with connected(here.port) as first:
                assert news_of_anna(watcher) == "online"
                first.send(type="presence", state="away")
                eventually(
                    lambda: [connection.away for connection in presence.connections(ANNA)].count(True) == 1
                )
                assert standing(presence.connections(ANNA)) == "online"
                second.send(type="presence", state="away")
                assert news_of_anna(watcher) == "away"
                assert standing(presence.connections(ANNA)) == "away"
                first.send(type="presence", state="online")
                assert news_of_anna(watcher) == "online"
            assert news_of_anna(watcher) == "away"
        assert news_of_anna(watcher) == "offline"
        assert standing(presence.connections(ANNA)) == "offline"
