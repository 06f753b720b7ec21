"""How a gateway starts, is watched, and ends; and who is seen to be connected."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
import redis

from engines.valkey import Valkey
from faults.expect import WAIT_S, eventually
from realtime.presence import PresenceReader
from realtime.sessions import Sessions
from tests.integration.wsgateway.gateway_client import ANNA, BERT, ONE, connected, log_in, open_socket, status
from tests.integration.wsgateway.gateway_process import ROOT, GatewayProcess, StartGateway
from tests.support.telling import TellingBus

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _logged_in(sessions: Sessions) -> None:
    log_in(sessions)
    log_in(sessions, BERT, "b" * 43)


@pytest.fixture
def presence(store: redis.Redis) -> PresenceReader:
    return PresenceReader(store)


def test_sigterm_sends_everyone_elsewhere_and_exits_with_0(
    gateway: GatewayProcess, presence: PresenceReader
) -> None:
    with connected(gateway.port) as one, connected(gateway.port) as two:
        eventually(lambda: len(presence.connections(ANNA)) == 2)
        gateway.process.send_signal(signal.SIGTERM)
        assert one.close_code() == 1001
        assert two.close_code() == 1001
    assert gateway.process.wait(WAIT_S) == 0
    assert presence.gateways() == []
    assert presence.connections(ANNA) == []


def test_metrics_count_what_happens(gateway: GatewayProcess) -> None:
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_inbox")
        assert gateway.metric("connections") == 2  # the one that asks is open too
        assert gateway.metric("users") == 1
        assert gateway.metric("subscriptions") == 1
        assert gateway.metric("frames_received_total") == 1


def test_metrics_tell_what_was_delivered_how_late_and_how_much_each_recovery_brought(
    gateway: GatewayProcess, bus: TellingBus
) -> None:
    before, *_ = bus.tell([status(ONE, number) for number in range(1, 4)])
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_conversation", conversation_id=ONE, since=before)
        assert client.numbers(2) == [2, 3]
        bus.tell([status(ONE, 4)])
        assert client.numbers(1) == [4]
        counted = {name: gateway.metric(name) for name in ("recovery_events_count", "recovery_events_sum")}
        assert counted == {"recovery_events_count": 1, "recovery_events_sum": 2}
        assert gateway.metric("events_relayed_total") == 4
        assert gateway.metric("relay_latency_seconds_count") == 2  # a payload each
        assert gateway.metric("frames_delivered_total") == 1
        assert gateway.metric("bytes_delivered_total") > 200


def test_a_socket_that_comes_before_a_new_gateway_has_reached_redis_is_held_and_welcomed(
    valkey: Valkey, start: StartGateway
) -> None:
    valkey.stop()
    gateway = start(ready=False)
    with open_socket(gateway.port) as client:
        eventually(lambda: gateway.metric("connections") == 2)  # the one that asks is open too
        valkey.start()
        client.expect("hello")
        client.ask("subscribed", type="subscribe_inbox")


def test_a_socket_of_a_gateway_that_cannot_reach_redis_is_told_to_come_back(
    valkey: Valkey, store: redis.Redis, start: StartGateway
) -> None:
    valkey.stop()
    gateway = start(ready=False, whatsapp_app_secret="development-app-secret")
    with open_socket(gateway.port, token=None) as client:
        assert client.close_code(timeout=8) == 1013


def test_settings_that_cannot_be_used_are_named_and_end_it_with_1() -> None:
    environ = {"PATH": os.environ["PATH"], "APP_ENV": "production", "WHATSAPP_APP_SECRET": "short"}
    done = subprocess.run(
        [sys.executable, "-m", "wsgateway"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 1
    assert "WHATSAPP_APP_SECRET" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_named_and_ends_it_with_1(gateway: GatewayProcess) -> None:
    environ = {"PATH": os.environ["PATH"], "APP_ENV": "development", "WS_PORT": str(gateway.port)}
    done = subprocess.run(
        [sys.executable, "-m", "wsgateway"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 1
    assert str(gateway.port) in done.stderr
    assert "Traceback" not in done.stderr
