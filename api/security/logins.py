"""Logins in both places: Postgres, which says what is valid, and the mirror in Redis that the gateway asks.

A session may end between any two steps here. Whoever has written something that opens a socket (the mirror, a
ticket) therefore looks into Postgres once more before handing anything out: what ended before that look is seen
by it, and whoever ends a session after it finds the mirror and ends that too.
"""

from __future__ import annotations

import contextlib
from datetime import datetime

import redis

from ground.digest import digest
from models.actors import logins
from models.actors.agents import Agent
from models.actors.logins import Session
from realtime.sessions import NO_SESSION, Sessions


class SessionOver(Exception):
    """The session ended while this request was under way."""


class Logins:
    """Begins, shows and ends sessions. Redis may be away for all but tickets and ``end``."""

    def __init__(self, sessions: Sessions, days: int) -> None:
        self._sessions = sessions
        self._days = days

    def begin(self, email: str, password: str) -> Session | None:
        """A new session; None where address and password do not belong together, or no longer do."""
        session = logins.log_in(email, password, self._days)
        if session is None:
            return None
        try:
            self.mirror(session.token, session.agent, session.ends)
        except SessionOver:
            return None
        return session

    def mirror(self, token: str, agent: Agent, ends: datetime) -> None:
        """Let the gateway know a session. Raises SessionOver."""
        with contextlib.suppress(redis.RedisError):
            self._sessions.remember(token, agent.id, ends)
        self._look_again(token, agent)

    def ticket(self, agent: Agent, token: str | None, ends: datetime | None) -> str:
        """A ticket for one socket. Raises SessionOver or redis.RedisError."""
        if token is None or ends is None:
            return self._sessions.issue_ticket(agent.id, NO_SESSION)
        self._sessions.remember(token, agent.id, ends)
        ticket = self._sessions.issue_ticket(agent.id, digest(token))
        self._look_again(token, agent)
        return ticket

    def end(self, agent: Agent, token: str) -> None:
        """End a session and close its sockets. Raises redis.RedisError, and then it has not ended."""
        # The mirror first: a session that ended in Postgres alone could not be named again to end it here too.
        self._sessions.end(agent.id, [digest(token)])
        logins.log_out(token)

    def end_by_token(self, token: str) -> None:
        """End a session, if there is one of this token. Raises redis.RedisError."""
        session = logins.by_token(token) if len(token) < 500 else None
        if session is not None:
            self.end(session[0], token)

    def _look_again(self, token: str, agent: Agent) -> None:
        if logins.by_token(token) is None:
            self._sessions.end(agent.id, [digest(token)])
            raise SessionOver
