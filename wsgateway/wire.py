"""WebSocket frames as bytes, built once for however many sockets receive them.

Frames from a server are neither masked nor, since compression is off, different from client to client
(RFC 6455, section 5.3), so one byte string serves all. Their head is two to ten bytes (section 5.2).
"""

from __future__ import annotations

import struct

_FIN_TEXT, _FIN_PING = 0x81, 0x89
_LENGTH_16, _LENGTH_64 = 126, 127
_head_16 = struct.Struct("!BBH").pack
_head_64 = struct.Struct("!BBQ").pack


def text_frame(payload: bytes) -> bytes:
    """The unfragmented text frame of a UTF-8 payload."""
    size = len(payload)
    if size < _LENGTH_16:
        return bytes((_FIN_TEXT, size)) + payload
    if size < 1 << 16:
        return _head_16(_FIN_TEXT, _LENGTH_16, size) + payload
    return _head_64(_FIN_TEXT, _LENGTH_64, size) + payload


PING_FRAME = bytes((_FIN_PING, 0))
