"""Subscribing with ``since``: first what was missed, in order, then live, with no gap and no repeat.

The history is read up to the event relayed last, never past it. When a page reaches that event, it is sent
and the subscription enters the hub in the same step of the event loop: what the relay delivers next is
exactly what comes next. An event that another subscription of the same session has delivered is left out.

Order holds within a subscription. A client that keeps one position for several of them may only move it
forward once each has caught up.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import redis
import structlog

from schema import close_codes
from wsgateway import protocol
from wsgateway.history import History, Page
from wsgateway.hub import INBOX, Hub, Scope
from wsgateway.limits import RECOVERY_S
from wsgateway.metrics import Counters
from wsgateway.session import Session
from wsgateway.tail import Entry, Tail, position

_RETRY_S = 0.05
_log = structlog.get_logger(__name__)


class _Sent(NamedTuple):
    """Of a page: the last id dealt with, whether that was all, how many events were written."""

    cursor: str
    whole: bool
    events: int


class Recovery:
    """Brings subscriptions up to date."""

    def __init__(self, hub: Hub[Session], history: History, tail: Tail, counters: Counters) -> None:
        self._hub = hub
        self._history = history
        self._tail = tail
        self._counters = counters

    def subscribe(self, session: Session, scope: Scope) -> None:
        """From now on."""
        session.subscriptions[scope] = self._tail.last
        self._hub.subscribe(session, scope)

    def unsubscribe(self, session: Session, scope: Scope) -> None:
        if session.subscriptions.pop(scope, None) is not None:
            self._hub.unsubscribe(session, scope)

    async def resume(self, session: Session, scope: Scope, since: str, ref: object) -> None:
        """Answer, send what came after ``since``, and go live. Past RECOVERY_S the connection is cut."""
        self.unsubscribe(session, scope)  # asked for again, from there
        try:
            async with asyncio.timeout(RECOVERY_S):
                await self._resume(session, scope, since, ref)
        except TimeoutError:
            session.cut(close_codes.SLOW_CONSUMER)

    async def _resume(self, session: Session, scope: Scope, since: str, ref: object) -> None:
        page = await self._page(since, scope)
        session.answer(protocol.subscribed(scope, self._tail.last_id, page.unbroken, ref))
        self._counters.recovered(page.unbroken)
        start, cursor, count = position(since), since, 0
        while page.unbroken and not session.lost:
            before, sent = cursor, self._send(session, scope, page, cursor)
            cursor, count = sent.cursor, count + sent.events
            if sent.whole and page.complete:
                break
            await (session.drained() if cursor != before else asyncio.sleep(_RETRY_S))
            page = await self._page(cursor, scope)
        self._counters.recovery_events.observe(count)
        if session.lost:
            return
        if not page.unbroken:
            start = self._tail.last
            if cursor != since:  # trimmed away while this client was reading
                session.answer(protocol.resync(self._tail.last_id))
        self._hub.subscribe(session, scope)
        session.subscriptions[scope] = start

    def _send(self, session: Session, scope: Scope, page: Page, cursor: str) -> _Sent:
        """Write as much of a page as is fair to the buffer."""
        wanted: list[bytes] = []
        room = session.fair_share
        for event in page.events:
            if session.sees(event.audience) and _is_new_to(session, scope, event):
                room -= len(event.frame)
                if room < 0 and wanted:
                    break
                wanted.append(event.frame)
            cursor = event.id
        else:
            cursor = page.reached
        self._counters.replayed += len(wanted)
        session.write(b"".join(wanted))
        return _Sent(cursor, cursor == page.reached, len(wanted))

    async def _page(self, since: str, scope: Scope) -> Page:
        """A page, waiting for a Redis that is away."""
        while True:
            try:
                return await self._history.page(since, scope)
            except redis.RedisError as error:
                _log.debug("history_unreadable", error=str(error))
                await asyncio.sleep(1)


def _is_new_to(session: Session, scope: Scope, event: Entry) -> bool:
    """Whether no other subscription of this session than that to ``scope`` delivered the event."""
    others = (session.subscriptions.get(other) for other in {INBOX, event.scope} - {scope})
    return all(since is None or event.position <= since for since in others)
