"""A socket by hand, for what no well-behaved client does: broken frames, floods, reading nothing."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

from websockets.frames import Frame, Opcode

CUT = 1006
"""What a client sees where the connection ended without a closing frame."""
_UPGRADE = (
    "GET /api/v1/ws/chat/{user_id}{query} HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
)
_RSV1 = 0x40
_SUBSCRIBE = b'{"type":"subscribe_inbox"}'


def frame(
    payload: bytes,
    opcode: Opcode = Opcode.TEXT,
    *,
    fin: bool = True,
    masked: bool = True,
    packed: bool = False,
) -> bytes:
    """A frame of a client. ``packed`` says that its payload is compressed, whatever was agreed."""
    data = Frame(opcode, payload, fin).serialize(mask=masked)
    return bytes([data[0] | _RSV1]) + data[1:] if packed else data


class RawSocket:
    """A connection to a gateway after its handshake."""

    def __init__(
        self,
        port: int,
        user_id: str,
        token: str = "",
        *,
        query: str = "",
        origin: str = "",
        receive_buffer: int | None = None,
    ) -> None:
        """``receive_buffer``: bytes that the kernel takes for a client that reads nothing."""
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(15)
        self._socket.connect(("127.0.0.1", port))
        headers = f"Authorization: Bearer {token}\r\n" if token else ""
        headers += f"Origin: {origin}\r\n" if origin else ""
        upgrade = _UPGRADE.format(user_id=user_id, query=query, port=port, headers=headers)
        self._socket.sendall(upgrade.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def welcomed(self) -> Self:
        """Read until ``hello``. Raises OSError where the connection ends before it."""
        self._read_until(b"hello")
        return self

    def subscribed(self) -> Self:
        """Subscribe to the inbox, and read until that is confirmed."""
        self.welcomed().send(frame(_SUBSCRIBE))
        self._read_until(b"subscribed")
        return self

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close_code(self) -> int:
        """The code in the closing frame; CUT where there is none."""
        return self.close_frame()[0]

    def close_frame(self) -> tuple[int, str]:
        """Code and reason in the closing frame, the last of the stream; CUT and nothing where there is none."""
        seen = b""
        try:
            while chunk := self._socket.recv(65536):
                seen += chunk
        except ConnectionError:
            pass
        start = seen.rfind(b"\x88")
        if start < 0:
            return CUT, ""
        return int.from_bytes(seen[start + 2 : start + 4], "big"), seen[start + 4 :].decode()

    def _read_until(self, word: bytes) -> None:
        seen = b""
        while word not in seen:
            chunk = self._socket.recv(4096)
            if not chunk:
                raise ConnectionError(f"the gateway closed before it said {word.decode()}: {seen[-200:]!r}")
            seen += chunk
