"""This gateway's records of who is connected (realtime/presence.py).

Changes are written in batches. An idle socket costs nothing but its share of the round in which, once a
minute, each record's ``last_seen`` is brought up to date; what keeps all records alive is the time to live
of two keys. A Redis that lost them is noticed by counting and gets them all again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from itertools import islice
from typing import Any

import msgspec
import redis
import redis.asyncio
import structlog

from ground.clock import now
from realtime.presence import (
    BEAT_S,
    GATEWAYS,
    TTL_S,
    ConnectionRecord,
    GatewayRecord,
    connections_key,
    gateway_key,
    online_key,
    users_key,
)
from wsgateway.hub import INBOX, Hub
from wsgateway.metrics import Counters
from wsgateway.outbox import Outbox
from wsgateway.session import Session
from wsgateway.whereabouts import Whereabouts

_BATCH = 500
# News of n users goes to n inboxes: in a storm of reconnects it must travel in few writes.
_COALESCE_S = 0.2
_FRESHEN_BEATS = 20  # so each record is written anew once a minute
_ONLINE_TTL_S = 600
# Whoever was itself cut off for a while must not take the others for dead before they had their turn.
_STEADY_BEATS = 4
_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger(__name__)


class PresenceWriter:
    """Tells Redis, and through it everybody, who is connected here."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        gateway: str,
        hub: Hub[Session],
        counters: Counters,
        outbox: Outbox,
        address: Callable[[], str],
    ) -> None:
        """``address`` tells where this gateway listens, for whoever looks after it."""
        self._client = client
        self._gateway = gateway
        self._hub = hub
        self._counters = counters
        self._outbox = outbox
        self._address = address
        self._started_at = now()
        self._changed: dict[Session, None] = {}
        self._gone: dict[Session, None] = {}
        self._written: set[Session] = set()
        self._whereabouts = Whereabouts(client, gateway, hub, outbox)
        self._steady = 0
        self._news = asyncio.Event()
        self._beats = 0

    def changed(self, session: Session) -> None:
        """A socket opened, or its subscriptions or whether anybody looks changed."""
        self._changed[session] = None
        self._news.set()

    def left(self, session: Session) -> None:
        self._changed.pop(session, None)
        self._gone[session] = None
        self._news.set()

    async def run(self) -> None:
        """Write until cancelled."""
        next_beat = 0.0
        while True:
            try:
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + BEAT_S
                    await self._beat()
                await self._write()
            except redis.RedisError as error:
                _log.warning("presence_unwritten", error=str(error))
                self._steady = 0
                await asyncio.sleep(1)
            if not self._changed and not self._gone:
                self._news.clear()
            await self._wait(next_beat - time.monotonic())

    async def clear(self) -> None:
        """Take this gateway's records out, at a clean exit."""
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                for session in self._written | self._gone.keys():
                    pipe.srem(online_key(session.user_id), self._member(session))
                own = (gateway_key, connections_key, users_key)
                pipe.delete(*(key(self._gateway) for key in own))
                pipe.zrem(GATEWAYS, self._gateway)
                await pipe.execute()
            await self._whereabouts.tell_that_all_go()
            await self._outbox.flush()
        except redis.RedisError as error:
            _log.warning("presence_left_to_expire", error=str(error), expires_in_s=TTL_S)

    async def _wait(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, timeout_s)):
                await self._news.wait()
                await asyncio.sleep(_COALESCE_S)
        except TimeoutError:
            pass

    def _freshen(self) -> None:
        """Have a share of all records written again, for their ``last_seen``."""
        self._beats += 1
        turn = self._beats % _FRESHEN_BEATS
        for session in self._written:
            if id(session) // 64 % _FRESHEN_BEATS == turn and session not in self._gone:
                self._changed[session] = None

    async def _beat(self) -> None:
        """Say that this gateway lives, and look whether another does not any more."""
        self._freshen()
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.set(gateway_key(self._gateway), _encode(self._counts()), ex=TTL_S)
            pipe.expire(connections_key(self._gateway), TTL_S)
            pipe.expire(users_key(self._gateway), _ONLINE_TTL_S)
            pipe.zadd(GATEWAYS, {self._gateway: time.time()})
            *_, entered_anew = await pipe.execute()
        self._steady += 1
        if entered_anew:
            self._whereabouts.forget()
        if self._steady >= _STEADY_BEATS:
            await self._whereabouts.bury_the_dead()

    async def _write(self) -> None:
        changed, gone = _taken(self._changed), _taken(self._gone)
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                self._put(pipe, changed)
                self._take_out(pipe, gone)
                pipe.hlen(connections_key(self._gateway))
                *_, kept = await pipe.execute()
        except BaseException:
            self._changed |= dict.fromkeys(session for session in changed if session not in self._gone)
            self._gone |= dict.fromkeys(gone)
            raise
        self._written.update(changed)
        self._written.difference_update(gone)
        self._whereabouts.touch(session.user_id for session in changed + gone)
        if kept < len(self._written):  # Redis lost them, or was away for longer than they live
            for session in self._written - self._gone.keys():
                self.changed(session)
            return  # told of when they are there again
        await self._whereabouts.tell()

    def _put(self, pipe: Any, sessions: Collection[Session]) -> None:
        if not sessions:
            return
        records = {session.connection_id: _encode(self._record(session)) for session in sessions}
        pipe.hset(connections_key(self._gateway), mapping=records)
        pipe.expire(connections_key(self._gateway), TTL_S)
        pipe.sadd(users_key(self._gateway), *{session.user_id for session in sessions})
        pipe.expire(users_key(self._gateway), _ONLINE_TTL_S)
        for session in sessions:
            pipe.sadd(online_key(session.user_id), self._member(session))
            pipe.expire(online_key(session.user_id), _ONLINE_TTL_S)

    def _take_out(self, pipe: Any, sessions: Collection[Session]) -> None:
        if not sessions:
            return
        pipe.hdel(connections_key(self._gateway), *(session.connection_id for session in sessions))
        for session in sessions:
            pipe.srem(online_key(session.user_id), self._member(session))
        left = {session.user_id for session in sessions} - set(self._hub.users)
        if left:
            pipe.srem(users_key(self._gateway), *left)

    def _member(self, session: Session) -> str:
        return f"{self._gateway}/{session.connection_id}"

    def _record(self, session: Session) -> ConnectionRecord:
        moment, tick = now(), time.monotonic()
        return ConnectionRecord(
            connection_id=session.connection_id,
            gateway=self._gateway,
            user_id=session.user_id,
            since=moment - timedelta(seconds=tick - session.connected_at),
            last_seen=moment - timedelta(seconds=tick - session.heard_at),
            inbox=INBOX in session.subscriptions,
            conversations=tuple(scope for scope in session.subscriptions if scope is not None),
            away=session.away,
        )

    def _counts(self) -> GatewayRecord:
        return GatewayRecord(
            gateway=self._gateway,
            started_at=self._started_at,
            connections=sum(1 for _ in self._hub),
            users=len(self._hub.users),
            subscriptions=self._hub.subscriptions,
            events_relayed=self._counters.relayed,
            frames_delivered=self._hub.frames_delivered,
            bytes_delivered=self._hub.bytes_delivered,
            dropped_slow=self._counters.dropped_slow,
            address=self._address(),
        )


def _taken(waiting: dict[Session, None]) -> list[Session]:
    """A batch of those that wait, taken out."""
    some = list(islice(waiting, _BATCH))
    for session in some:
        del waiting[session]
    return some
