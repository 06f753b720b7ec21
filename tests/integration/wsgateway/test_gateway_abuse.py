"""What breaks the rules is closed with a documented code, and nobody else notices."""

from __future__ import annotations

import contextlib
import socket
import time

import pytest
from gateway_client import ANNA, ONE, TOKEN, connected, log_in, open_socket, status
from gateway_process import GatewayProcess, StartGateway
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from faults.expect import WAIT_S, eventually
from realtime.bus import Bus
from realtime.sessions import Sessions

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _logged_in(sessions: Sessions) -> None:
    log_in(sessions)


def raw_socket(port: int, receive_buffer: int | None = None) -> socket.socket:
    """A connection after a handshake by hand, for what no well-behaved client does."""
    raw = socket.socket()
    if receive_buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    raw.connect(("127.0.0.1", port))
    raw.settimeout(WAIT_S)
    raw.sendall(
        f"GET /api/v1/ws/chat/{ANNA} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {TOKEN}\r\n\r\n".encode()
    )
    seen = b""
    while b"hello" not in seen:
        seen += raw.recv(4096)
    return raw


def frame(payload: bytes, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


def close_code(raw: socket.socket) -> int:
    """The code in the closing frame: the last four bytes and its reason's at the end of the stream."""
    seen = b""
    while chunk := raw.recv(65536):
        seen += chunk
    raw.close()
    return int.from_bytes(seen[seen.rindex(b"\x88") + 2 :][:2], "big")


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


def test_an_oversize_frame_closes_with_1009(gateway: GatewayProcess) -> None:
    with connected(gateway.port) as client:
        client.socket.send("x" * (16 * 1024 + 1))
        assert client.close_code() == 1009


def test_oversize_in_fragments_closes_with_1009(gateway: GatewayProcess) -> None:
    with connected(gateway.port) as client:
        with contextlib.suppress(ConnectionClosed):
            client.socket.send(["x" * 6000] * 50)
        assert client.close_code() == 1009


def test_a_binary_frame_closes_with_1003(gateway: GatewayProcess) -> None:
    with connected(gateway.port) as client:
        client.socket.send(b"{}")
        assert client.close_code() == 1003


def test_a_flood_of_frames_closes_with_4429(gateway: GatewayProcess) -> None:
    raw = raw_socket(gateway.port)
    raw.sendall(frame(b'{"type":"ping"}') * 300)
    assert close_code(raw) == 4429


def test_a_flood_of_pings_or_empty_fragments_closes_with_4429(gateway: GatewayProcess) -> None:
    raw = raw_socket(gateway.port)
    raw.sendall(frame(b"", Opcode.PING) * 300)
    assert close_code(raw) == 4429
    raw = raw_socket(gateway.port)
    raw.sendall(frame(b"", fin=False) + frame(b"", Opcode.CONT, fin=False) * 300)
    assert close_code(raw) == 4429


def test_text_that_is_not_utf8_closes_with_1007(gateway: GatewayProcess) -> None:
    raw = raw_socket(gateway.port)
    raw.sendall(frame(b'{"type":"ping","ref":"\xff"}'))
    assert close_code(raw) == 1007


def test_a_frame_without_mask_closes_with_1002(gateway: GatewayProcess) -> None:
    raw = raw_socket(gateway.port)
    raw.sendall(Frame(Opcode.TEXT, b"{}").serialize(mask=False))
    assert close_code(raw) == 1002


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
    gateway: GatewayProcess, bus: Bus, events_per_s: int, padding: int
) -> None:
    stalled = raw_socket(gateway.port, receive_buffer=4096)
    stalled.sendall(frame(b'{"type":"subscribe_inbox"}'))
    with connected(gateway.port) as client:
        client.ask("subscribed", type="subscribe_inbox")
        eventually(lambda: gateway.metric("subscriptions") == 2)
        began = time.monotonic()
        number = slowest = 0.0
        while gateway.metric("subscriptions") == 2:
            assert time.monotonic() - began < 10
            batch = max(1, events_per_s // 20)
            sent = time.monotonic()
            bus.publish([status(ONE, int(number) + each, padding) for each in range(1, batch + 1)])
            assert client.numbers(batch) == [int(number) + each for each in range(1, batch + 1)]
            slowest = max(slowest, time.monotonic() - sent)
            number += batch
            time.sleep(max(0.0, batch / events_per_s - (time.monotonic() - sent)))
        assert slowest < 1
    stalled.close()


def test_many_sockets_of_one_user_all_get_the_event(start: StartGateway, bus: Bus) -> None:
    gateway = start()
    with connected(gateway.port) as one, connected(gateway.port) as two, open_socket(gateway.port) as three:
        three.expect("hello")
        for client in (one, two, three):
            client.ask("subscribed", type="subscribe_inbox")
        bus.publish([status(ONE, 1)])
        assert [client.numbers(1) for client in (one, two, three)] == [[1]] * 3
