"""Pages of past events for clients that come back: from the tail where it reaches, else from Redis."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import redis
import redis.asyncio

from realtime.bus import (
    HISTORY,
    KEYS,
    OF_CONVERSATION,
    ask_history,
    history_info,
    parse_conversation_page,
    parse_entries,
    reaches_back,
)
from wsgateway.hub import INBOX, Scope
from wsgateway.tail import Entry, Tail, entry, position

PAGE = 256
_READERS = 8
"""Pages read at a time, however many clients come back, so that logins need not queue behind history."""


class Page(NamedTuple):
    """Events of a scope after a place: whether none before them is lost, the id up to which there are no others, and
    whether that is the newest one relayed."""

    unbroken: bool
    events: list[Entry]
    reached: str
    complete: bool


class History:
    """What was, up to the event relayed last and never past it: what is newer comes live."""

    def __init__(self, client: redis.asyncio.Redis, tail: Tail) -> None:
        self._client = client
        self._tail = tail
        self._of_conversation = client.register_script(OF_CONVERSATION)
        self._turn = asyncio.Semaphore(_READERS)

    async def page(self, since: str, scope: Scope, most: int = PAGE) -> Page:
        """The first events after the id ``since``, at most ``most``. Raises redis.RedisError.

        Where the answer is complete, nothing was awaited after it was put together.
        """
        page = self._from_tail(since, scope, most)
        if page is not None:
            return page
        async with self._turn:
            if position(since) > self._tail.last:
                return await self._ahead(since)
            page = None if scope is None else await self._by_index(since, scope, most)
            return page or await self._from_redis(since, scope, most)

    def _from_tail(self, since: str, scope: Scope, most: int) -> Page | None:
        place = position(since)
        if not (self._tail.reaches(place) and self._tail.holds(place)):
            return None
        events = self._tail.after(place, most, scope)
        reached = events[-1].id if len(events) == most else self._tail.last_id
        return Page(True, events, reached, reached == self._tail.last_id)

    async def _ahead(self, since: str) -> Page:
        """For a client that saw more, elsewhere, than was relayed here so far: nothing yet, ask again."""
        entries: Any = await self._client.xrange(HISTORY, since, since)
        unbroken = reaches_back(since, entries, {} if entries else await stream_info(self._client, since))
        return Page(unbroken, [], since, False)

    async def _by_index(self, since: str, conversation_id: str, most: int) -> Page | None:
        """None where the index does not reach back."""
        newest = self._tail.last_id
        answer: Any = await self._of_conversation(KEYS, (conversation_id, since, newest, most))
        indexed = parse_conversation_page(conversation_id, answer)
        if indexed is None:
            return None
        if not indexed.unbroken:
            return Page(False, [], since, False)
        events = [entry(event) for event in indexed.events]
        return Page(
            True, events, indexed.upto or newest, indexed.upto is None and newest == self._tail.last_id
        )

    async def _from_redis(self, since: str, scope: Scope, most: int) -> Page:
        newest = self._tail.last_id
        entries: Any = await self._client.xrange(HISTORY, since, newest, count=most + 1)
        at = [item for item in entries[:1] if item[0].decode() == since]
        info: dict[str, Any] = {} if at else await stream_info(self._client, since)
        if not reaches_back(since, at, info):
            return Page(False, [], since, False)
        entries = entries[len(at) :][:most]
        events = [entry(event) for event in parse_entries(entries) if scope in (INBOX, event.conversation_id)]
        # Complete where there was nothing to read up to the newest event, and no newer one came while it was read.
        reached = entries[-1][0].decode() if entries else since
        return Page(True, events, reached, not entries and newest == self._tail.last_id)


async def stream_info(client: redis.asyncio.Redis, since: str) -> dict[str, Any]:
    """What ``reaches_back`` asks of a history that does not hold ``since``. Raises redis.RedisError."""
    async with client.pipeline() as pipe:
        ask_history(pipe, since)
        return history_info(await pipe.execute(raise_on_error=False))
