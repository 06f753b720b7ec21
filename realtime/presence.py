"""Who is connected, across all gateways, in Redis with a time to live.

Each gateway writes its own records and renews them every ``BEAT_S``; a gateway killed with -9 stops, and its
records vanish by themselves after ``TTL_S``. Nothing has to clean up after it.

Keys: ``parley:gateways`` sorted set of gateway ids by the time of their last beat;
``parley:gateway:<id>`` JSON of GatewayRecord; ``parley:gateway:<id>:connections`` hash of
connection id -> JSON of ConnectionRecord; ``parley:online:<user id>`` set of ``<gateway id>/<connection id>``,
each valid only while the gateway's hash still holds it; ``parley:gateway:<id>:users`` set of user ids, which lives
longer, for whoever tells of them when the gateway died.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
import redis

BEAT_S = 3.0
TTL_S = 10
GATEWAYS = "parley:gateways"

ONLINE, AWAY, OFFLINE = "online", "away", "offline"
"""How a user stands: somebody looks at one of their sockets' pages; they are connected, and nobody does; neither."""


class GatewayRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One gateway's counters since it started. ``address`` is where it listens, as host:port; "" by an older one."""

    gateway: str
    started_at: datetime
    connections: int
    users: int
    subscriptions: int
    events_relayed: int
    frames_delivered: int
    bytes_delivered: int
    dropped_slow: int
    address: str = ""


class ConnectionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One open socket: where, whose, since when, last heard of when, and what it is subscribed to."""

    connection_id: str
    gateway: str
    user_id: str
    since: datetime
    last_seen: datetime
    inbox: bool
    conversations: tuple[str, ...]
    away: bool = False


def standing(connections: Collection[ConnectionRecord]) -> str:
    """How a user with these open sockets stands: online by any that is not away."""
    if not connections:
        return OFFLINE
    return AWAY if all(connection.away for connection in connections) else ONLINE


def gateway_key(gateway: str) -> str:
    return f"parley:gateway:{gateway}"


def connections_key(gateway: str) -> str:
    return f"parley:gateway:{gateway}:connections"


def users_key(gateway: str) -> str:
    return f"parley:gateway:{gateway}:users"


def online_key(user_id: str) -> str:
    return f"parley:online:{user_id}"


class PresenceReader:
    """The reading side, for /ws/status and /ws/stats. Raises redis.RedisError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def gateways(self) -> list[GatewayRecord]:
        """The gateways that are alive, by id."""
        names: list[Any] = self._client.zrange(GATEWAYS, 0, -1)
        if not names:
            return []
        values: list[Any] = self._client.mget(gateway_key(name.decode()) for name in sorted(names))
        return [msgspec.json.decode(value, type=GatewayRecord) for value in values if value]

    def connections(self, user_id: str) -> list[ConnectionRecord]:
        """The open sockets of one user, oldest first."""
        members: Any = self._client.smembers(online_key(user_id))
        connections = []
        for member in members:
            gateway, _, connection = member.decode().rpartition("/")
            record: Any = self._client.hget(connections_key(gateway), connection)
            if record:
                connections.append(msgspec.json.decode(record, type=ConnectionRecord))
        return sorted(connections, key=lambda connection: connection.since)
