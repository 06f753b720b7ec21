"""A client that comes back, and a gateway whose Redis went away, miss nothing and repeat nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
import redis

from engines.valkey import Valkey
from faults.expect import eventually
from realtime.bus import HISTORY
from realtime.sessions import Sessions
from schema.audiences import ALL
from schema.events import Logged, encode
from tests.integration.wsgateway.gateway_client import ONE, TWO, connected, log_in, status
from tests.integration.wsgateway.gateway_process import GatewayProcess, StartGateway
from tests.support.telling import TellingBus

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _logged_in(sessions: Sessions) -> None:
    log_in(sessions)


@contextmanager
def publishing(bus: TellingBus, first: int, last: int) -> Iterator[None]:
    """Publish numbered events, one by one, while the block runs."""

    def publish() -> None:
        for number in range(first, last + 1):
            bus.tell([status(ONE, number)])

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def reconnected(gateway: GatewayProcess, before: float) -> bool:
    return gateway.metric("bus_reconnects_total") > before


def test_since_brings_what_was_missed_in_order_and_then_what_is_new(
    gateway: GatewayProcess, bus: TellingBus
) -> None:
    ids = bus.tell([status(ONE, number) for number in range(1, 6)])
    bus.tell([status(TWO, 6)])
    with connected(gateway.port) as client:
        answer = client.ask("subscribed", type="subscribe_conversation", conversation_id=ONE, since=ids[1])
        assert answer["recovered"] is True
        assert client.numbers(3) == [3, 4, 5]
        bus.tell([status(ONE, 7)])
        assert client.numbers(1) == [7]
        client.nothing_more()


@pytest.mark.parametrize("scope", ["subscribe_inbox", "subscribe_conversation"])
def test_the_seam_has_no_gap_and_no_repeat_while_others_publish(
    gateway: GatewayProcess, bus: TellingBus, scope: str
) -> None:
    # More than the gateway keeps in memory, so that the client's way leads through Redis to the tail.
    old = bus.tell([status(ONE, number, padding=300) for number in range(1, 5001)])
    which = {"conversation_id": ONE} if scope == "subscribe_conversation" else {}
    with connected(gateway.port) as client, publishing(bus, 5001, 6500):
        client.ask("subscribed", type=scope, since=old[0], **which)
        assert client.numbers(6499) == list(range(2, 6501))
        client.nothing_more()


def test_a_second_subscription_leaves_out_what_the_first_one_delivered(
    gateway: GatewayProcess, bus: TellingBus
) -> None:
    (start,) = bus.tell([status(ONE, 1)])
    with connected(gateway.port) as client:
        eventually(lambda: gateway.metric("events_relayed_total") == 1)
        client.ask("subscribed", type="subscribe_conversation", conversation_id=ONE)
        bus.tell([status(ONE, 2), status(TWO, 3)])
        assert client.numbers(1) == [2]
        client.ask("subscribed", type="subscribe_inbox", since=start)
        assert client.numbers(1) == [3]
        client.nothing_more()


def test_subscriptions_asked_for_together_are_answered_in_their_order(
    gateway: GatewayProcess, bus: TellingBus
) -> None:
    (start, *_) = bus.tell([status(ONE, 1), status(ONE, 2), status(TWO, 3)])
    with connected(gateway.port) as client:
        client.send(type="subscribe_conversation", conversation_id=ONE, since=start, ref=1)
        client.send(type="subscribe_conversation", conversation_id=TWO, since=start, ref=2)
        client.send(type="unsubscribe_conversation", conversation_id=ONE, ref=3)
        assert client.expect("subscribed")["ref"] == 1
        assert client.numbers(1) == [2]
        assert client.expect("subscribed")["ref"] == 2
        assert client.numbers(1) == [3]
        assert client.expect("unsubscribed")["ref"] == 3


def test_a_trimmed_history_is_admitted_and_live_events_follow(
    start: StartGateway, bus: TellingBus, store: redis.Redis
) -> None:
    ids = bus.tell([status(ONE, number) for number in range(1, 11)])
    store.xtrim(HISTORY, maxlen=3, approximate=False)
    gateway = start()
    with connected(gateway.port) as client:
        for since in (ids[0], "0-0", "1-1", "9999999999999-0"):
            answer = client.ask("subscribed", type="subscribe_inbox", since=since)
            assert answer["recovered"] is False
            assert answer["last_event_id"] == ids[-1]
        assert client.ask("subscribed", type="subscribe_inbox", since=ids[-3])["recovered"] is True
        assert client.numbers(2) == [9, 10]
        bus.tell([status(ONE, 11)])
        assert client.numbers(1) == [11]


def test_the_beginning_is_reached_where_nothing_was_ever_trimmed(
    gateway: GatewayProcess, bus: TellingBus
) -> None:
    bus.tell([status(ONE, 1), status(ONE, 2)])
    with connected(gateway.port) as client:
        assert client.ask("subscribed", type="subscribe_inbox", since="0-0")["recovered"] is True
        assert client.numbers(2) == [1, 2]


def test_a_client_far_behind_is_given_time_to_read_instead_of_being_dropped(
    start: StartGateway, bus: TellingBus
) -> None:
    gateway = start(socket_buffer_bytes=256 * 1024)
    first = bus.tell([status(ONE, number, padding=2000) for number in range(1, 3001)])[0]
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_inbox", since=first)
        assert client.numbers(2999) == list(range(2, 3001))


@pytest.mark.parametrize("comes", ["live", "missed"])
def test_an_event_larger_than_a_sockets_buffer_reaches_a_client_that_reads_and_holds_up_none_behind_it(
    start: StartGateway, bus: TellingBus, comes: str
) -> None:
    gateway = start(socket_buffer_bytes=65536)
    before = bus.tell([status(ONE, 1)])[0]
    if comes == "missed":
        bus.tell([status(ONE, 2, padding=3_000_000)])
    with connected(gateway.port) as client, publishing(bus, 3, 500):
        client.ask("subscribed", type="subscribe_inbox", since=before)
        if comes == "live":
            bus.tell([status(ONE, 2, padding=3_000_000)])
        assert sorted(client.numbers(499)) == list(range(2, 501))
        client.nothing_more()


def test_connected_clients_see_no_gap_when_redis_cuts_the_gateway_off(
    gateway: GatewayProcess, bus: TellingBus, store: redis.Redis
) -> None:
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_inbox")
        with publishing(bus, 1, 2000):
            for first in range(1, 2000, 400):
                store.client_kill_filter(_type="pubsub")
                assert client.numbers(400) == list(range(first, first + 400))
        client.nothing_more()
        eventually(partial(reconnected, gateway, 1))


def test_readiness_names_the_last_event_that_was_handed_on(gateway: GatewayProcess, bus: TellingBus) -> None:
    (last,) = bus.tell([status(ONE, 1)])
    eventually(lambda: gateway.http("/readyz")[1] == f"ready, at event {last}\n")
    with connected(gateway.port) as client:
        # Who subscribes from here on is not sent it.
        assert client.ask("subscribed", type="subscribe_inbox")["last_event_id"] == last


def test_connected_clients_see_no_gap_when_redis_is_restarted(
    gateway: GatewayProcess, bus: TellingBus, valkey: Valkey
) -> None:
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_inbox")
        bus.tell([status(ONE, 1)])
        valkey.kill()
        eventually(lambda: gateway.http("/readyz")[0] == 503)
        assert gateway.http("/healthz")[0] == 200
        valkey.start()
        bus.tell([status(ONE, 2)])
        gateway.wait("/readyz")
        bus.tell([status(ONE, 3)])
        assert client.numbers(3) == [1, 2, 3]


def test_clients_are_told_to_fetch_anew_when_the_history_is_gone(
    gateway: GatewayProcess, bus: TellingBus, store: redis.Redis
) -> None:
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_conversation", conversation_id=ONE)
        (last,) = bus.tell([status(ONE, 1)])
        assert client.numbers(1) == [1]
        # In one go, so that the gateway cannot have come back in between; and a second on, for a history
        # that begins anew within the millisecond of the last event would hold that event's id again.
        with store.pipeline(transaction=True) as pipe:
            pipe.client_kill_filter(_type="pubsub")
            pipe.delete(HISTORY)
            pipe.xadd(HISTORY, {"c": ONE, "e": b'{"type":"message_status"}'}, id=f"{int(last[:-2]) + 1000}-0")
            pipe.execute()
        notice = client.expect("resync")
        assert notice["recovered"] is False
        assert notice["last_event_id"] == bus.last_event_id()
        bus.tell([status(ONE, 3)])
        assert client.numbers(1) == [3]


def test_connected_clients_see_no_gap_when_redis_is_emptied(
    gateway: GatewayProcess, bus: TellingBus, store: redis.Redis
) -> None:
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_inbox")
        bus.tell([status(ONE, 1)])
        for number in (2, 3):
            store.flushall()
            bus.tell([status(ONE, number)])
        assert client.numbers(3) == [1, 2, 3]
        client.nothing_more()


def test_connected_clients_are_told_where_what_lies_between_is_not_in_redis_any_more(
    gateway: GatewayProcess, bus: TellingBus, store: redis.Redis
) -> None:
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_inbox")
        (place,) = bus.tell([status(ONE, 1)])
        assert client.numbers(1) == [1]
        stands = int(place.partition("-")[0])
        # As a publisher does who has more to tell than it fills in.
        later = Logged(stands + 1000, ONE, ALL, encode(status(ONE, 2)))
        bus.publish([later], stands + 999, stands)
        assert client.expect("resync")["last_event_id"] == f"{later.position}-0"
        bus.tell([status(ONE, 3)])
        assert client.numbers(1) == [3]


def test_a_gateway_that_comes_back_to_an_emptied_redis_waits_until_it_is_filled_again(
    gateway: GatewayProcess, bus: TellingBus, store: redis.Redis
) -> None:
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_inbox")
        places = bus.tell([status(ONE, number) for number in (1, 2)])
        assert client.numbers(2) == [1, 2]
        with store.pipeline(transaction=True) as pipe:
            pipe.client_kill_filter(_type="pubsub")
            pipe.delete(HISTORY)
            pipe.execute()
        eventually(lambda: gateway.http("/readyz")[0] == 503)
        first = int(places[0].partition("-")[0])
        logged = [Logged(first + n, ONE, ALL, encode(status(ONE, n + 1))) for n in range(3)]
        bus.publish(logged[:1], first - 1, 0)
        bus.publish(logged[1:], first)
        assert client.numbers(1) == [3]
        client.nothing_more()


def test_a_gateway_started_before_redis_waits_for_it(
    valkey: Valkey, store: redis.Redis, start: StartGateway, bus: TellingBus, sessions: Sessions
) -> None:
    valkey.stop()
    gateway = start(ready=False)
    assert gateway.http("/readyz")[0] == 503
    eventually(lambda: f"waiting for Redis at 127.0.0.1:{valkey.port}" in gateway.log.read_text())
    valkey.start()
    log_in(sessions)
    gateway.wait("/readyz")
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_inbox")
        bus.tell([status(ONE, 1)])
        assert client.numbers(1) == [1]
