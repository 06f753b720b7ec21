"""What breaks the rules is closed with a documented code, and nobody else notices."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time

import pytest
from websockets.exceptions import ConnectionClosed

from faults.expect import WAIT_S, eventually
from faults.strikes.abuse import BROKEN_FRAMES
from faults.strikes.raw_socket import RawSocket
from realtime.sessions import Sessions
from schema.close_codes import CLOSE_CODES
from tests.integration.wsgateway.gateway_client import (
    ANNA,
    ONE,
    TOKEN,
    connected,
    log_in,
    open_socket,
    status,
)
from tests.integration.wsgateway.gateway_process import GatewayProcess, StartGateway
from tests.support.telling import TellingBus

pytestmark = [pytest.mark.integration, pytest.mark.long]
_NAMES = {close_code.code: close_code.name for close_code in CLOSE_CODES}


@pytest.fixture(autouse=True)
def _logged_in(sessions: Sessions) -> None:
    log_in(sessions)


def test_mistakes_are_explained_and_the_socket_stays_open(gateway: GatewayProcess) -> None:
    with connected(gateway.port) as client:
        client.socket.send("{not json")
        assert client.expect("error")["code"] == "bad_json"
        assert client.ask("error", type="dance", ref="r")["ref"] == "r"
        assert client.ask("error", type="ping", extra=1)["code"] == "unknown_field"
        answer = client.ask("error", type="subscribe_conversation", conversation_id="42")
        assert answer["code"] == "invalid_field"
        assert "42" in answer["message"]
        client.ask("pong", type="ping")


@pytest.mark.parametrize("name", BROKEN_FRAMES)
def test_what_breaks_the_rules_is_closed_with_its_code(gateway: GatewayProcess, name: str) -> None:
    code, sent = BROKEN_FRAMES[name]
    with RawSocket(gateway.port, ANNA, TOKEN) as raw:
        raw.welcomed().send(sent)
        assert raw.close_frame() == (code, _NAMES[code])


@pytest.mark.parametrize("version", ["12", "13, 8", ""])
def test_another_version_of_the_protocol_is_refused_with_the_one_that_is_spoken(
    gateway: GatewayProcess, version: str
) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": version,
    }
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=WAIT_S)
    with contextlib.closing(connection):
        connection.request("GET", f"/api/v1/ws/chat/{ANNA}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 400
        assert answer.headers["Sec-WebSocket-Version"] == "13"


def test_an_endless_message_in_fragments_is_cut_short(gateway: GatewayProcess) -> None:
    with connected(gateway.port) as client:
        with contextlib.suppress(ConnectionClosed):
            client.socket.send(["x" * 6000] * 50)
        assert client.close_code() == 1009


def test_fragments_make_one_request(gateway: GatewayProcess) -> None:
    with connected(gateway.port) as client:
        client.socket.send(['{"type":', '"ping",', '"ref":"ä"}'])
        assert client.expect("pong")["ref"] == "ä"


def test_compression_is_not_negotiated(gateway: GatewayProcess) -> None:
    with connected(gateway.port) as client:
        response = client.socket.response
        assert response is not None
        assert "Sec-WebSocket-Extensions" not in response.headers


def test_half_a_handshake_is_cut_off(gateway: GatewayProcess) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=WAIT_S) as raw:
        raw.sendall(b"GET /api/v1/ws/chat/x HTTP/1.1\r\nHost: x\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert raw.recv(1024) == b""


@pytest.mark.timed
@pytest.mark.parametrize(("events_per_s", "padding"), [(2000, 3000), (5, 100)])
def test_a_client_that_stops_reading_is_gone_in_ten_seconds_and_others_notice_nothing(
    gateway: GatewayProcess, bus: TellingBus, events_per_s: int, padding: int
) -> None:
    with (
        RawSocket(gateway.port, ANNA, TOKEN, receive_buffer=4096) as stalled,
        connected(gateway.port) as client,
    ):
        stalled.subscribed()
        client.ask("subscribed", type="subscribe_inbox")
        eventually(lambda: gateway.metric("subscriptions") == 2)
        began = time.monotonic()
        number = slowest = 0.0
        while gateway.metric("subscriptions") == 2:
            assert time.monotonic() - began < 10
            batch = max(1, events_per_s // 20)
            sent = time.monotonic()
            bus.tell([status(ONE, int(number) + step, padding) for step in range(1, batch + 1)])
            assert client.numbers(batch) == [int(number) + step for step in range(1, batch + 1)]
            slowest = max(slowest, time.monotonic() - sent)
            number += batch
            time.sleep(max(0.0, batch / events_per_s - (time.monotonic() - sent)))
        assert slowest < 1


def test_many_sockets_of_one_user_all_get_the_event(start: StartGateway, bus: TellingBus) -> None:
    gateway = start()
    with connected(gateway.port) as one, connected(gateway.port) as two, open_socket(gateway.port) as three:
        three.expect("hello")
        for client in (one, two, three):
            client.ask("subscribed", type="subscribe_inbox")
        bus.tell([status(ONE, 1)])
        assert [client.numbers(1) for client in (one, two, three)] == [[1]] * 3
