"""The client's side of WebSocket frames, as bytes: the upgrade request, and what goes either way. Pure.

For clients of which there are thousands in a process: websockets' own protocol object would cost such a client
more than the server under test spends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from websockets.frames import Frame, Opcode

_FIN = 0x80
_MASKED = 0x80
_LENGTH_16, _LENGTH_64 = 126, 127
# A server must answer any key; only a client that doubts its server needs a new one each time.
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
DEFLATE = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
"""What every browser offers."""


def upgrade(port: int, path: str, headers: Mapping[str, str]) -> bytes:
    """The HTTP request that asks for a socket on this machine."""
    lines = {
        "Host": f"127.0.0.1:{port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": _KEY,
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()


def masked(opcode: Opcode, payload: bytes) -> bytes:
    """A client's frame."""
    return Frame(opcode, payload).serialize(mask=True)


class Incoming:
    """A server's bytes, however they are cut, as whole frames: (opcode, payload)."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames that are complete now. Raises ValueError for a masked frame or a fragment of a message."""
        data = self._rest + data if self._rest else data
        at = 0
        while (span := _span(data, at)) is not None:
            start, end = span
            yield data[at] & 0x0F, data[start:end]
            at = end
        self._rest = data[at:]


def _span(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the frame at ``at`` starts and ends, or None where it is not all here."""
    if len(data) < at + 2:
        return None
    if not data[at] & _FIN or data[at + 1] & _MASKED:
        raise ValueError(f"a frame began with {data[at : at + 2].hex()}: masked, or a fragment")
    length, start = data[at + 1], at + 2
    if length >= _LENGTH_16:
        start += 2 if length == _LENGTH_16 else 8
        length = int.from_bytes(data[at + 2 : start], "big")
    return (start, start + length) if len(data) >= max(start, start + length) else None
