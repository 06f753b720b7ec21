"""From the bus to the hub: every event once and in order, also across a broken connection to Redis.

The channels are subscribed before the history is read, so nothing falls between; what comes on both ways is
dropped by its id. After every connect the history is read from the event relayed last. A history that was lost is
filled again from the event log: who lost the connection waits for that, and who did not hears from where on. Where it
does not reach back to that event (lost for long, or trimmed while the connection was away), every subscribed session
is sent ``{"type": "resync", "recovered": false, "last_event_id"}``: fetch again by REST; the subscriptions stand.

Connecting again is this module's own work, because the history must be read each time: the client makes no retries.
An error that nobody foresaw is logged, and ends the connection and not the gateway: whoever comes back is told all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
import redis
import redis.asyncio
import structlog

from ground.waiting import Waiting
from realtime.bus import (
    BEGINNING,
    CONTROL_CHANNEL,
    HISTORY,
    LIVE_CHANNEL,
    TRANSIENT_CHANNEL,
    HistoryAnew,
    Recorded,
    deleted_message,
    parse_entries,
    parse_payload,
    reaches_back,
)
from realtime.startup import redis_trouble
from schema.audiences import ALL
from schema.events import FIRST_POSITION, AgentTyping
from wsgateway import protocol
from wsgateway.busline import subscribe
from wsgateway.endings import SessionEnded
from wsgateway.history import stream_info
from wsgateway.hub import Hub
from wsgateway.metrics import Counters, Metrics
from wsgateway.session import Session
from wsgateway.tail import KEEP, Tail, entry, position
from wsgateway.wire import text_frame

_CHANNELS = (LIVE_CHANNEL, TRANSIENT_CHANNEL, CONTROL_CHANNEL)
_LIVE, _TRANSIENT = LIVE_CHANNEL.encode(), TRANSIENT_CHANNEL.encode()
_PAGE = 200
_WARM_PAGE = (
    1000  # past events read at a time at the start, for the clients that come back from another gateway
)
_QUIET_S = 2.0  # nothing heard for so long: ping; for twice as long: connect anew
_LONGEST_WAIT_S = 1.0
# A publisher fills a history that was lost at the next event, or a sweep does within 2 s.
_FILLED_S, _LOOK_AGAIN_S = 6.0, 0.1
_OUTAGES = (redis.RedisError, OSError, TimeoutError)
_log = structlog.get_logger(__name__)


class Relay:
    """Keeps one subscription to the bus alive and hands on what comes."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        hub: Hub[Session],
        tail: Tail,
        counters: Counters,
        metrics: Metrics,
        waiting: Waiting,
        on_session_ended: Callable[[SessionEnded], None],
        on_return: Callable[[], None],
    ) -> None:
        """``on_return`` is called after an outage, in which control messages may have been lost."""
        self._client = client
        self._hub = hub
        self._tail = tail
        self._counters = counters
        self._metrics = metrics
        self._waiting = waiting
        self._on_session_ended = on_session_ended
        self._on_return = on_return
        self.connected = False
        self.local_host = ""
        """This machine's address in its connection to Redis; "" before there was one."""
        self.begun = asyncio.Event()
        """Set once the gateway knows where the history stands: it has been connected."""

    async def run(self) -> None:
        """Relay until cancelled, connecting again for as long as it takes."""
        wait = 0.05
        while True:
            try:
                await self._relay()
            except Exception as error:
                if not isinstance(error, _OUTAGES):
                    _log.exception("relay_failed")
                self._waiting.go_on(redis_trouble(error))
                wait = 0.05 if self.connected else min(wait * 2, _LONGEST_WAIT_S)
            self.connected = False
            await asyncio.sleep(wait)

    async def _relay(self) -> None:
        # Whatever ended the line may have ended these too, and not have told.
        await self._client.connection_pool.disconnect()
        line = await subscribe(self._client, _CHANNELS, _QUIET_S)
        self.local_host = line.local_host or self.local_host
        try:
            if self.begun.is_set():
                await self._catch_up()
                self._on_return()
            else:
                await self._start()
            self.connected = True
            self._waiting.end()
            self.begun.set()
            self._counters.reconnects += 1
            _log.info("bus_connected", last_event_id=self._tail.last_id)
            await line.run(self._hand_on, _QUIET_S)
        finally:
            await line.close()

    async def _start(self) -> None:
        events = [entry(event) for event in parse_entries(await self._newest(KEEP))]
        self._tail.restart(events[0].id if events else BEGINNING)
        for event in events[1:]:
            self._tail.append(event)

    async def _newest(self, count: int) -> list[Any]:
        """The newest entries of the history, in its order."""
        entries: list[Any] = []
        before = "+"
        while len(entries) < count:
            page: Any = await self._client.xrevrange(HISTORY, before, count=_WARM_PAGE)
            entries += page
            if len(page) < _WARM_PAGE:
                break
            before = f"({page[-1][0].decode()}"
        return entries[::-1]

    async def _catch_up(self) -> None:
        """Relay what was published while nobody listened."""
        while True:
            since = self._tail.last_id
            entries = await self._behind(since)
            at = [item for item in entries[:1] if item[0].decode() == since]
            if not reaches_back(since, at, {} if at else await stream_info(self._client, since)):
                await self._resync()
                return
            self._deliver(list(parse_entries(entries[len(at) :])))
            if len(entries) <= _PAGE:
                return
            await asyncio.sleep(0.005)  # for the sockets to take this page before the next

    async def _behind(self, since: str) -> list[Any]:
        """The first entries of the history from ``since`` on. One that ends before it was lost, and is being filled."""
        ends = time.monotonic() + _FILLED_S
        while True:
            entries: Any = await self._client.xrange(HISTORY, since, count=_PAGE + 1)
            if entries or time.monotonic() > ends or not await self._ends_before(since):
                return list(entries)
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _ends_before(self, since: str) -> bool:
        try:
            info: Any = await self._client.xinfo_stream(HISTORY)
        except redis.ResponseError:  # no such key: lost, or nothing has happened yet
            return since != BEGINNING
        return position(info["last-generated-id"].decode()) < position(since)

    async def _resync(self) -> None:
        before = self._tail.last_id
        await self._start()
        if self._tail.last < position(before):
            # Whatever is filled in behind this was told, or is in what clients fetch now.
            self._tail.restart(before)
        self._counters.resyncs += 1
        _log.warning("history_lost", last_event_id=self._tail.last_id)
        for session in self._hub:
            for scope in session.subscriptions:
                session.subscriptions[scope] = self._tail.last
        self._hub.tell_subscribers(text_frame(protocol.resync(self._tail.last_id)))

    def _hand_on(self, channel: bytes, payload: bytes) -> None:
        try:
            if channel == _LIVE:
                self._deliver(list(parse_payload(payload)))
            elif channel == _TRANSIENT:
                self._deliver_transient(list(parse_payload(payload)))
            else:
                self._heed(msgspec.json.decode(payload, type=SessionEnded | HistoryAnew))
        except (ValueError, msgspec.MsgspecError) as error:
            _log.error("payload_not_understood", channel=channel.decode(), error=str(error))

    def _heed(self, news: SessionEnded | HistoryAnew) -> None:
        if isinstance(news, SessionEnded):
            self._on_session_ended(news)
        elif news.after > max(self._tail.last[0], FIRST_POSITION - 1):
            # What lies between is not in Redis any more: connect anew, and find that out.
            raise ConnectionError("the history began anew behind the last event")

    def _deliver(self, events: list[Recorded]) -> None:
        fresh = [event for event in map(entry, events) if event.position > self._tail.last]
        if not fresh:
            return
        for event in fresh:
            self._tail.append(event)
        for recorded in events:
            if deleted := deleted_message(recorded.body):
                self._tail.forget(deleted)
        self._counters.relayed += len(fresh)
        if all(event.audience == ALL for event in fresh):
            self._hub.deliver([(event.scope, event.frame) for event in fresh])
        else:
            for audience, some in groupby(fresh, key=attrgetter("audience")):
                self._hub.deliver([(event.scope, event.frame) for event in some], audience)
        self._metrics.note_age(fresh[0].frame)

    def _deliver_transient(self, events: list[Recorded]) -> None:
        frames = [(event.conversation_id, text_frame(event.frame()), event.body) for event in events]
        self._hub.deliver([(None, frame) for scope, frame, _ in frames if scope is None])
        for scope, frame, body in frames:
            if scope is not None:
                typing = msgspec.json.decode(body, type=AgentTyping)
                self._hub.deliver_to_others(scope, frame, typing.user_id)
