"""Why the gateway closes a socket: one table of codes, what each means, and whether to come back.

Codes below 4000 are RFC 6455's own, used where one fits; the rest are Parley's, and resemble HTTP's where
that helps memory. Clients decide by ``reconnect``: with jitter and a growing delay where it is true, after a
person or a program mended something where it is false. docs/events.md shows this table.
"""

from __future__ import annotations

from typing import NamedTuple


class CloseCode(NamedTuple):
    """One reason to close: the number on the wire, its name, whether to reconnect, one sentence."""

    code: int
    name: str
    reconnect: bool
    meaning: str


GOING_AWAY = CloseCode(1001, "going_away", True, "This gateway stops; come back with jitter and resume.")
PROTOCOL_ERROR = CloseCode(1002, "protocol_error", False, "A frame broke the WebSocket protocol.")
BINARY = CloseCode(1003, "binary", False, "Only text frames are understood here, and a binary one came.")
INVALID_TEXT = CloseCode(1007, "invalid_text", False, "A text frame was not UTF-8.")
OVERSIZE = CloseCode(1009, "oversize", False, "A message was over 16 KiB, in one frame or in fragments.")
INTERNAL = CloseCode(1011, "internal", True, "The gateway failed; its log says why.")
UNAVAILABLE = CloseCode(1013, "unavailable", True, "The gateway cannot reach Redis; try again shortly.")
UNAUTHORIZED = CloseCode(
    4401,
    "unauthorized",
    False,
    "No valid token or ticket; tickets work once and for a minute. Get a new one.",
)
FORBIDDEN = CloseCode(
    4403, "forbidden", False, "The user_id in the path is not the one the token belongs to."
)
BAD_ORIGIN = CloseCode(
    4406, "bad_origin", False, "Browsers may not come from this Origin; see ALLOWED_ORIGINS."
)
AUTH_TIMEOUT = CloseCode(4408, "auth_timeout", True, "No auth frame came within 5 s.")
SESSION_UNKNOWN = CloseCode(
    4409,
    "session_unknown",
    True,
    "After an outage of Redis the login behind this socket is not found; show the token to the API, "
    "or get a ticket, and come back.",
)
SESSION_ENDED = CloseCode(4410, "session_ended", False, "The login behind this socket ended; log in again.")
SLOW_CONSUMER = CloseCode(
    4413,
    "slow_consumer",
    True,
    "Too much lay unsent, or nothing was read for too long. The connection is cut without a closing frame, "
    "which could not be delivered either, so clients see 1006; come back and resume.",
)
SILENT = CloseCode(
    4414, "silent", True, "A ping went unanswered. The connection is cut, so clients see 1006; resume."
)
FLOOD = CloseCode(4429, "flood", True, "More frames came than a socket may send; wait before coming back.")

CLOSE_CODES: tuple[CloseCode, ...] = (
    GOING_AWAY,
    PROTOCOL_ERROR,
    BINARY,
    INVALID_TEXT,
    OVERSIZE,
    INTERNAL,
    UNAVAILABLE,
    UNAUTHORIZED,
    FORBIDDEN,
    BAD_ORIGIN,
    AUTH_TIMEOUT,
    SESSION_UNKNOWN,
    SESSION_ENDED,
    SLOW_CONSUMER,
    SILENT,
    FLOOD,
)
