"""A subscriber's side of the WebSocket protocol, against the library's."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from bench.load.frames import DEFLATE, Incoming, masked, upgrade

SIZES = [0, 1, 125, 126, 350, 65535, 65536, 70000]


def sent_by_a_server(payload: bytes, opcode: Opcode = Opcode.TEXT) -> bytes:
    return Frame(opcode, payload).serialize(mask=False)


@pytest.mark.parametrize("size", SIZES)
def test_a_frame_of_any_length_is_read_whole(size: int) -> None:
    payload = b"x" * size
    assert list(Incoming().feed(sent_by_a_server(payload))) == [(Opcode.TEXT, payload)]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100])
def test_frames_are_the_same_however_their_bytes_are_cut(step: int) -> None:
    frames = [(Opcode.TEXT, b"x" * size) for size in SIZES[:5]] + [(Opcode.PING, b"p"), (Opcode.CLOSE, b"")]
    data = b"".join(sent_by_a_server(payload, opcode) for opcode, payload in frames)
    incoming = Incoming()
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert [frame for piece in pieces for frame in incoming.feed(piece)] == frames


def test_a_masked_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="masked, or a fragment"):
        list(Incoming().feed(masked(Opcode.TEXT, b"x")))


def test_a_fragment_is_refused() -> None:
    with pytest.raises(ValueError, match="masked, or a fragment"):
        list(Incoming().feed(Frame(Opcode.TEXT, b"x", fin=False).serialize(mask=False)))


def test_a_server_understands_the_upgrade_and_the_frames() -> None:
    server = ServerProtocol()
    server.receive_data(upgrade(8000, "/chat?x=1", {"Authorization": "Bearer t"} | DEFLATE))
    (request,) = server.events_received()
    assert request.path == "/chat?x=1"
    assert request.headers["Authorization"] == "Bearer t"
    response = server.accept(request)
    assert response.status_code == 101
    server.send_response(response)
    server.receive_data(masked(Opcode.TEXT, b'{"type":"ping"}'))
    (frame,) = server.events_received()
    assert (frame.opcode, bytes(frame.data)) == (Opcode.TEXT, b'{"type":"ping"}')
