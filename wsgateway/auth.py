"""Who is behind a token or a ticket, asked of the mirror in Redis (realtime/sessions.py)."""

from __future__ import annotations

from typing import Any, NamedTuple

import redis.asyncio

from ground.digest import digest
from realtime.sessions import ENDED, mirror_key, session_key, ticket_key
from wsgateway.handshake import Credentials

_LONGEST = 512  # characters of a token or ticket; ours have 43


class Identity(NamedTuple):
    """An agent, the digest of the session they logged in with, and its remaining seconds (None: unknown)."""

    agent_id: str
    session_digest: str
    expires_in_s: float | None


async def identify(client: redis.asyncio.Redis, shown: Credentials) -> Identity | None:
    """The agent who may open a socket with these credentials, or None. A ticket is used up by asking.

    Raises redis.RedisError.
    """
    if shown.ticket is not None:
        return await _by_ticket(client, shown.ticket)
    return await _by_token(client, shown.token or "")


async def _by_token(client: redis.asyncio.Redis, token: str) -> Identity | None:
    if not 0 < len(token) <= _LONGEST:
        return None
    async with client.pipeline(transaction=False) as pipe:
        pipe.get(session_key(token))
        pipe.pttl(session_key(token))
        agent_id, left_ms = await pipe.execute()
    return Identity(agent_id.decode(), digest(token), _seconds(left_ms)) if agent_id else None


async def _by_ticket(client: redis.asyncio.Redis, ticket: str) -> Identity | None:
    if not 0 < len(ticket) <= _LONGEST:
        return None
    value: Any = await client.getdel(ticket_key(ticket))
    if not value:
        return None
    agent_id, _, session_digest = value.decode().partition(" ")
    async with client.pipeline(transaction=False) as pipe:
        pipe.get(mirror_key(session_digest))
        pipe.pttl(mirror_key(session_digest))
        mirrored, left_ms = await pipe.execute()
    if (
        mirrored == ENDED
    ):  # since it was asked for; where nothing is mirrored, Redis has lost it, and the ticket counts
        return None
    return Identity(agent_id, session_digest, _seconds(left_ms))


def _seconds(left_ms: int) -> float | None:
    # Redis answers -2 where the mirror has no such session and -1 where it never expires.
    return left_ms / 1000 if left_ms >= 0 else None
