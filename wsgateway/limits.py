"""How much a client may do and how long it may take. Documented in docs/events.md."""

from __future__ import annotations

MAX_FRAME_BYTES = 16 * 1024
MAX_SUBSCRIPTIONS = 500
"""Subscriptions a socket may have; an agent's inbox is one."""

FRAMES_BURST = 100
FRAMES_PER_S = 20.0

HANDSHAKE_S = 5.0
AUTH_S = 5.0
BEGIN_S = 5.0
"""Seconds for which a socket that comes before a new gateway has reached Redis is held."""

CLOSE_S = 2.0
"""Seconds a client has to answer our closing frame before the connection is cut."""

RECOVERY_S = 60.0
"""Seconds one subscription may spend on what was missed; then the client starts again from where it got to."""

SENT_UNHEARD_S = 2.0
"""Something was sent and nothing heard for so long: ping."""

PONG_S = 5.0
"""A ping unanswered for so long, and no byte of a backlog taken either: the client is gone or stalled.

With SENT_UNHEARD_S and the watch's round of a second, a stalled client is gone within 10 s.
"""

SEND_BUFFER_BYTES = 128 * 1024
"""The kernel's own buffer for a socket, kept small so that what a client does not read is seen here."""


class Allowance:
    """A token bucket for frames: a burst, then a steady rate."""

    __slots__ = ("_at", "_left")

    def __init__(self, now: float) -> None:
        self._left = float(FRAMES_BURST)
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more frame may come at ``now`` (seconds of a steady clock)."""
        self._left = min(FRAMES_BURST, self._left + (now - self._at) * FRAMES_PER_S)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
