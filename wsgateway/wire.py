"""WebSocket frames as bytes, built once for however many sockets receive them.

Frames from a server are neither masked nor, since compression is off, different from client to client
(RFC 6455, section 5.3), so one byte string serves all.
"""

from __future__ import annotations

from websockets.frames import Frame, Opcode


def text_frame(payload: bytes) -> bytes:
    """The unfragmented text frame of a UTF-8 payload."""
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


PING_FRAME = Frame(Opcode.PING, b"").serialize(mask=False)
