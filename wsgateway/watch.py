"""One look at every connection a second: deadlines, pings, and clients that take nothing any more.

websockets' own keepalive cannot tell a client that stopped reading, because its ping waits behind the full
buffer. Here such a client is known by two things at once: a ping has gone unanswered, and of what lay
unsent at the last look, nothing was taken since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import structlog

from schema import close_codes
from wsgateway.limits import PONG_S, SENT_UNHEARD_S
from wsgateway.protocol import State
from wsgateway.session import Session

_ROUND_S = 1.0
_log = structlog.get_logger(__name__)


class Watch:
    """Looks after the sessions of one gateway."""

    def __init__(self, sessions: Collection[Session], heartbeat_s: float) -> None:
        self._sessions = sessions
        self._heartbeat_s = heartbeat_s

    async def run(self) -> None:
        """Look around until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self.look(loop.time())
            await asyncio.sleep(_ROUND_S)

    def look(self, now: float) -> None:
        for session in list(self._sessions):
            try:
                self._look_at(session, now)
            except Exception:  # the others are looked after all the same
                _log.exception("watch_failed", connection_id=session.connection_id)
                session.cut(close_codes.INTERNAL)

    def _look_at(self, session: Session, now: float) -> None:
        if session.state is State.OPEN:
            self._look_at_open(session, now)
        elif now >= session.deadline:
            _overdue(session)

    def _look_at_open(self, session: Session, now: float) -> None:
        backlog = session.backlog
        moved = session.sent - backlog  # bytes the client's side took since the connection began
        if now >= session.expires_at:
            session.close(close_codes.SESSION_ENDED)
        elif session.pinged_at is not None:
            if session.backlogged and moved > session.taken:
                session.pinged_at = now  # slow, but it reads
            elif now - session.pinged_at >= PONG_S:
                session.cut(close_codes.SLOW_CONSUMER if backlog else close_codes.SILENT)
        else:
            unanswered = session.sent != session.sent_when_heard
            if now - session.heard_at >= (SENT_UNHEARD_S if unanswered else self._heartbeat_s):
                session.ping(now)
        session.backlogged, session.taken = backlog > 0, moved


def _overdue(session: Session) -> None:
    """A deadline passed: of the handshake, of authentication, or of the closing handshake."""
    if session.state is State.AWAITING_AUTH:
        session.close(close_codes.AUTH_TIMEOUT)
    elif session.state is State.CHECKING_AUTH:
        session.close(close_codes.UNAVAILABLE)
    else:
        session.cut(session.reason or close_codes.PROTOCOL_ERROR)
