"""Who may open a socket, in Redis, so that the gateway needs no database.

Postgres holds the sessions; this is a mirror of them the API writes when an agent logs in or shows a valid
token, and a place for one-use tickets. A Redis that lost everything only means that a Bearer client asks the
API once more; tickets always work, because the API issues them against Postgres.

Keys: ``parley:session:<sha256 of the token>`` -> agent id, or nothing for a while after the session ended;
``parley:sessions:<agent id>`` set of the digests of the agent's tokens; ``parley:ticket:<sha256 of the ticket>`` ->
agent id and the digest of the session that asked for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import redis

from ground.clock import now
from ground.digest import digest
from realtime.bus import CONTROL_CHANNEL

TICKET_S = 60
# Longer than a ticket lives, and than a request takes that read the session before it ended.
_ENDED_S = 2 * TICKET_S
ENDED = b""
"""What stands for the agent's id where a session ended."""
NO_SESSION = "-"
"""The digest in a ticket that was asked for without credentials, in an open house."""


def session_key(token: str) -> str:
    return mirror_key(digest(token))


def mirror_key(session_digest: str) -> str:
    """Where the session is whose token has this digest."""
    return f"parley:session:{session_digest}"


def sessions_key(agent_id: str) -> str:
    return f"parley:sessions:{agent_id}"


def ticket_key(ticket: str) -> str:
    return f"parley:ticket:{digest(ticket)}"


class Sessions:
    """The API's side: mirror a session, end it, issue a ticket. Raises redis.RedisError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def remember(self, token: str, agent_id: str, expires_at: datetime) -> None:
        """Mirror a session that Postgres says is valid. Changes nothing where it has just ended."""
        seconds = int((expires_at - now()).total_seconds())
        if seconds > 0:
            with self._client.pipeline() as pipe:
                pipe.set(session_key(token), agent_id, ex=seconds, nx=True)
                self._list(pipe, agent_id, digest(token), seconds)
                pipe.execute()

    def end(self, agent_id: str, token_digests: list[str]) -> None:
        """End these sessions of an agent.

        Every gateway closes the sockets they opened within seconds, and neither their tokens nor tickets they asked
        for open any more.
        """
        if token_digests:
            self._end(agent_id, token_digests, token_digests)

    def end_all(self, agent_id: str, token_digests: Iterable[str] = ()) -> None:
        """End whatever sessions an agent has: those mirrored here, and ``token_digests``, which Postgres had and which
        a login under way may be about to mirror."""
        listed: Any = self._client.smembers(sessions_key(agent_id))
        mirrored = {member if isinstance(member, str) else member.decode() for member in listed}
        self._end(agent_id, sorted(mirrored | set(token_digests)), [])

    def _end(self, agent_id: str, digests: list[str], announced: list[str]) -> None:
        news = {"type": "session_ended", "user_id": agent_id, "sessions": announced}
        with self._client.pipeline() as pipe:
            for session_digest in digests:
                pipe.set(mirror_key(session_digest), ENDED, ex=_ENDED_S)
                pipe.srem(sessions_key(agent_id), session_digest)
            pipe.publish(CONTROL_CHANNEL, msgspec.json.encode(news))
            pipe.execute()

    def issue_ticket(self, agent_id: str, session_digest: str) -> str:
        """A ticket that opens one socket for ``agent_id`` within a minute, bound to the session that asked."""
        ticket = secrets.token_urlsafe(32)
        with self._client.pipeline() as pipe:
            pipe.set(ticket_key(ticket), f"{agent_id} {session_digest}", ex=TICKET_S)
            self._list(pipe, agent_id, session_digest, TICKET_S)
            pipe.execute()
        return ticket

    def _list(self, pipe: Any, agent_id: str, session_digest: str, seconds: int) -> None:
        """Note a session, so that it is found when all of its agent's end."""
        if session_digest == NO_SESSION:
            return
        pipe.sadd(sessions_key(agent_id), session_digest)
        pipe.expire(sessions_key(agent_id), seconds, nx=True)
        pipe.expire(sessions_key(agent_id), seconds, gt=True)
