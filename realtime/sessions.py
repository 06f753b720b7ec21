"""Who may open a socket, in Redis, so that the gateway needs no database.

Postgres holds the sessions; this is a mirror of them the API writes when an agent logs in or shows a valid
token, and a place for one-use tickets. A Redis that lost everything only means that a Bearer client asks the
API once more; tickets always work, because the API issues them against Postgres.

Keys: ``parley:session:<sha256 of the token>`` -> agent id; ``parley:ticket:<sha256 of the ticket>`` -> agent id.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import msgspec
import redis

from realtime.bus import CONTROL_CHANNEL
from realtime.events import now

TICKET_S = 60


def digest(token: str) -> str:
    """The form in which tokens are stored: hex SHA-256. Tokens are 256 random bits, so it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def session_key(token: str) -> str:
    return f"parley:session:{digest(token)}"


def ticket_key(ticket: str) -> str:
    return f"parley:ticket:{digest(ticket)}"


class Sessions:
    """The API's side: mirror a session, end it, issue a ticket. Raises redis.RedisError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def remember(self, token: str, agent_id: str, expires_at: datetime) -> None:
        seconds = int((expires_at - now()).total_seconds())
        if seconds > 0:
            self._client.set(session_key(token), agent_id, ex=seconds)

    def end(self, agent_id: str, token_digests: list[str]) -> None:
        """Forget these sessions and have every gateway close the sockets they opened, within seconds."""
        if token_digests:
            self._client.delete(*(f"parley:session:{each}" for each in token_digests))
        news = {"type": "session_ended", "user_id": agent_id, "sessions": token_digests}
        self._client.publish(CONTROL_CHANNEL, msgspec.json.encode(news))

    def issue_ticket(self, agent_id: str, session_digest: str) -> str:
        """A ticket that opens one socket for ``agent_id`` within a minute, bound to the session that asked."""
        ticket = secrets.token_urlsafe(32)
        self._client.set(ticket_key(ticket), f"{agent_id} {session_digest}", ex=TICKET_S)
        return ticket
