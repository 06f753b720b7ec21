"""Who is online, away or gone, over all gateways: told to every inbox when it changes.

What this gateway's own sockets say is known here; what those at other gateways say is read from Redis, and only
where it can make a difference. Records are written before the others' are read, so that of two gateways whose
sockets of one user change at once at least one sees both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import redis
import redis.asyncio
import structlog

from realtime.bus import transient_payload
from realtime.presence import (
    AWAY,
    GATEWAYS,
    OFFLINE,
    ONLINE,
    ConnectionRecord,
    connections_key,
    gateway_key,
    online_key,
    standing,
    users_key,
)
from schema.events import Presence
from wsgateway.hub import Hub
from wsgateway.outbox import Outbox
from wsgateway.session import Session

_log = structlog.get_logger(__name__)


class Whereabouts:
    """Tells of users as sockets come, go and look away, and of those whose gateway died."""

    def __init__(self, client: redis.asyncio.Redis, gateway: str, hub: Hub[Session], outbox: Outbox) -> None:
        self._client = client
        self._gateway = gateway
        self._hub = hub
        self._outbox = outbox
        self._here: dict[str, str] = {}
        self._unsettled: set[str] = set()

    def touch(self, user_ids: Iterable[str]) -> None:
        """Something changed at these users' sockets here."""
        self._unsettled.update(user_ids)

    def forget(self) -> None:
        """Another gateway took this one for dead, and told so: all is told anew."""
        self.touch(self._here)
        self._here = {}

    async def tell(self) -> None:
        """Tell how the users touched stand, where that is news. Raises redis.RedisError, and then some wait."""
        while self._unsettled:
            user = self._unsettled.pop()
            try:
                await self._settle(user)
            except BaseException:
                self._unsettled.add(user)
                raise

    async def tell_that_all_go(self) -> None:
        """This gateway ends, and all sockets are closed. Raises redis.RedisError."""
        self.touch(self._here)
        await self.tell()

    async def bury_the_dead(self) -> None:
        """Tell of the users whose gateway died, each gateway once among all that live. Raises redis.RedisError."""
        # Whether one lives is told by its record, which ends by Redis' clock: no gateway's own clock counts.
        known: Any = await self._client.zrange(GATEWAYS, 0, -1)
        for name in known:
            dead = name.decode()
            # Of several who see it gone one takes it out.
            if not await self._client.exists(gateway_key(dead)) and await self._client.zrem(GATEWAYS, dead):
                await self._bury(dead)

    async def _bury(self, dead: str) -> None:
        users: Any = await self._client.smembers(users_key(dead))
        await self._client.delete(users_key(dead), connections_key(dead))
        _log.warning("gateway_died", gateway=dead, users=len(users))
        for user in (name.decode() for name in users):
            if self._here.get(user) != ONLINE:
                status = await self._standing_anywhere(user, self._here.get(user, OFFLINE))
                if status != ONLINE:
                    self._publish(user, status)

    async def _settle(self, user_id: str) -> None:
        was, now = self._here.get(user_id, OFFLINE), self._standing_here(user_id)
        if was == now:
            return
        status = now if now == ONLINE else await self._standing_anywhere(user_id, now)
        self._here[user_id] = now
        if now == OFFLINE:
            del self._here[user_id]
        # Online by a socket at another gateway, or away as it was: what happened here made no difference.
        if now == ONLINE or status not in (was, ONLINE):
            self._publish(user_id, status)

    def _publish(self, user_id: str, status: str) -> None:
        self._outbox.put(transient_payload(Presence(user_id=user_id, status=status)))

    def _standing_here(self, user_id: str) -> str:
        return _highest(AWAY if session.away else ONLINE for session in self._hub.sessions_of(user_id))

    async def _standing_anywhere(self, user_id: str, here: str) -> str:
        members: Any = await self._client.smembers(online_key(user_id))
        places = [member.decode().rpartition("/") for member in members]
        others = [place for place in places if place[0] != self._gateway]
        if not others:
            return here
        async with self._client.pipeline(transaction=False) as pipe:
            for gateway, _, connection in others:
                pipe.hget(connections_key(gateway), connection)
            records: Any = await pipe.execute()
        connections = [msgspec.json.decode(record, type=ConnectionRecord) for record in records if record]
        return _highest((here, standing(connections)))


def _highest(statuses: Iterable[str]) -> str:
    return max(statuses, key=(OFFLINE, AWAY, ONLINE).index, default=OFFLINE)
