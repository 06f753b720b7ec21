"""Logged-in agents, each with a session of their own, as visitors of the gateway."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import timedelta

import redis

from bench.load.crowd import Visit
from ground.clock import now
from realtime.sessions import Sessions


def agents(client: redis.Redis, count: int, headers: Mapping[str, str] | None = None) -> list[Visit]:
    """``count`` agents who may open a socket within the hour."""
    until = now() + timedelta(hours=1)
    visits: list[Visit] = []
    with client.pipeline(transaction=False) as pipe:
        sessions = Sessions(pipe)
        for _ in range(count):
            agent, token = str(uuid.uuid4()), secrets.token_urlsafe(32)
            sessions.remember(token, agent, until)
            bearer = {"Authorization": f"Bearer {token}"}
            visits.append(Visit(f"/api/v1/ws/chat/{agent}", bearer | dict(headers or {})))
        pipe.execute()
    return visits
