"""Pages of past events for clients that come back: from the tail where it reaches, else from Redis."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import redis
import redis.asyncio

from realtime.bus import HISTORY, parse_entries, reaches_back
from wsgateway.tail import Entry, Tail, entry, position

PAGE = 256
_READERS = 8
"""Pages read at a time, however many clients come back, so that logins need not queue behind history."""


class Page(NamedTuple):
    """Events after a place: whether none before them is lost, and whether they reach the newest one relayed."""

    unbroken: bool
    events: list[Entry]
    complete: bool


class History:
    """What was, up to the event relayed last and never past it: what is newer comes live."""

    def __init__(self, client: redis.asyncio.Redis, tail: Tail) -> None:
        self._client = client
        self._tail = tail
        self._turn = asyncio.Semaphore(_READERS)

    async def page(self, since: str, most: int = PAGE) -> Page:
        """The first events after the id ``since``, at most ``most``. Raises redis.RedisError.

        Where the answer is complete, nothing was awaited after it was put together.
        """
        found = self._from_tail(since, most)
        if found is not None:
            return found
        async with self._turn:
            if position(since) > self._tail.last:
                return await self._ahead(since)
            return await self._from_redis(since, most)

    def _from_tail(self, since: str, most: int) -> Page | None:
        place = position(since)
        if self._tail.reaches(place) and self._tail.holds(place):
            events = self._tail.after(place, most)
            return Page(True, events, (events[-1].position if events else place) == self._tail.last)
        return None

    async def _ahead(self, since: str) -> Page:
        """For a client that saw more, elsewhere, than was relayed here so far: nothing yet, ask again."""
        found: Any = await self._client.xrange(HISTORY, since, since)
        return Page(bool(found), [], False)

    async def _from_redis(self, since: str, most: int) -> Page:
        newest = self._tail.last_id
        found: Any = await self._client.xrange(HISTORY, since, newest, count=most + 1)
        at = [each for each in found[:1] if each[0].decode() == since]
        info: dict[str, Any] = {} if at else await stream_info(self._client)
        if not reaches_back(since, at, info):
            return Page(False, [], False)
        events = [entry(each) for each in parse_entries(found[len(at) :][:most])]
        # Nothing to read up to the newest event, and no newer one came while it was read.
        return Page(True, events, not events and newest == self._tail.last_id)


async def stream_info(client: redis.asyncio.Redis) -> dict[str, Any]:
    """The history's XINFO, empty where it does not exist. Raises redis.RedisError."""
    try:
        found: dict[str, Any] = await client.xinfo_stream(HISTORY)
    except redis.ResponseError:
        return {}
    return found
