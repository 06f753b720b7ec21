"""The inbox: the Redis stream of raw, signed deliveries between the web process and the drain.

An entry is on disk (``appendfsync always``) before the web process answers 200, stays with the consumer
group until it is persisted and its events are published, and is then deleted. There is one consumer, because
one drain runs at a time (models/drain_leases.py); what it held when it was killed is read again by the next.

Keys: ``parley:inbox`` the stream, entries ``{b: raw body}``; ``parley:inbox:due`` set while a drain is due;
``parley:inbox:attempts`` hash of entry id -> times it was tried alone; ``parley:inbox:refused`` why the last
delivery was refused; ``parley:inbox:probe`` set by whoever asks whether a delivery could be stored;
``parley:inbox:tested`` which Test button was pressed last in Meta's dashboard.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import redis

from ground.fence import UNFENCED, Fence
from ground.group_commit import GroupCommit
from queues.acks import Acks
from queues.burying import STOPPED, UNSTORED, Burying
from queues.fence import fenced, key_of, refusing
from realtime.connection import HeldConnection

STREAM = "parley:inbox"
DUE = "parley:inbox:due"
ATTEMPTS = "parley:inbox:attempts"
REJECTED = "parley:inbox:refused"  # the version before keeps its own form elsewhere
PROBE = "parley:inbox:probe"
TESTED = "parley:inbox:tested"
_GROUP = "persist"
_CONSUMER = "drain"
# A lost wake-up call is repeated by the next delivery after this, and by the sweep before it.
_DUE_S = 10
_PENDING_PAGE = 50

_LUA = Path(__file__).parent / "lua"


class InboxFull(Exception):
    """The inbox holds as many undrained deliveries as it may; Meta will keep the rest and try again."""


class Entry(NamedTuple):
    """One delivery: its stream id and its raw body."""

    id: str
    body: bytes


class Taken(NamedTuple):
    """What a drain took, and how many deliveries were held already: taken before, and not done. Nothing is taken while
    burying has ``stopped``."""

    entries: list[Entry]
    held_before: int
    stopped: bool = False


class Backlog(NamedTuple):
    """How many deliveries are not persisted, and how long the oldest has waited, in seconds."""

    entries: int
    oldest_s: float


class Rejected(msgspec.Struct, frozen=True):
    """When a delivery was refused; which reason, what was found, and what mends it."""

    at: datetime
    name: str
    text: str
    mend: str


class Tested(msgspec.Struct, frozen=True):
    """When a Test button was pressed in Meta's dashboard, and of which field."""

    at: datetime
    field: str


class Inbox:
    """Both ends of the inbox. Threads may share it. Raises redis.RedisError where Redis cannot be used."""

    def __init__(self, client: redis.Redis, max_entries: int) -> None:
        self._client = client
        self._max_entries = max_entries
        self.acks = Acks()
        self.burying = Burying(client)
        self._probe = client.register_script((_LUA / "probe.lua").read_text())
        self._append = client.register_script((_LUA / "append.lua").read_text())
        # One group is under way at a time, so one connection is enough for all threads.
        self._connection = HeldConnection(client)
        self._appends = GroupCommit(self._append_all)
        self._take = client.register_script(fenced((_LUA / "take.lua").read_text()))
        self._count = client.register_script(fenced((_LUA / "count.lua").read_text()))

    def append(self, body: bytes) -> bool:
        """Store a delivery; returns whether the caller must wake a drain. Raises InboxFull.

        Threads that come at the same time are stored together, in one round trip.
        """
        return self._appends.join(body) == 1

    def probe(self) -> None:
        """Raises redis.RedisError where a delivery could not be stored now: it takes the same keys and writes."""
        self._probe(keys=(STREAM, DUE, PROBE))

    def _append_all(self, bodies: list[bytes]) -> int:
        try:
            outcome = self._evaluate(bodies)
        except redis.RedisError as error:
            self.acks.failed(error)
            raise
        self.acks.succeeded()
        if outcome < 0:
            raise InboxFull
        return outcome

    def _evaluate(self, bodies: list[bytes]) -> int:
        arguments = (2, STREAM, DUE, self._max_entries, _DUE_S, *bodies)
        try:
            return int(self._connection.execute("EVALSHA", self._append.sha, *arguments))
        except redis.exceptions.NoScriptError:  # a Redis that was restarted, or is another
            return int(self._connection.execute("EVAL", self._append.script, *arguments))

    def take(self, most: int, most_bytes: int, *, rest: bool = True, fence: Fence = UNFENCED) -> Taken:
        """New deliveries, oldest first; they are held until ``done``.

        Where there is none and the drain is about to ``rest``, the due flag is taken down: the next delivery
        wakes a drain again. Raises Fenced where another drain took over.
        """
        try:
            arguments = (_GROUP, _CONSUMER, most, most_bytes, int(rest), fence.number)
            with refusing():
                pending, *flat = self._take(keys=(STREAM, DUE, key_of(fence), STOPPED), args=arguments)
        except redis.ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            self._make_group()
            return self.take(most, most_bytes, rest=rest, fence=fence)
        entries = [Entry(flat[i].decode(), flat[i + 1]) for i in range(0, len(flat), 2)]
        return Taken(entries, max(0, int(pending)), stopped=int(pending) < 0)

    def wait(self, after: str, seconds: float) -> None:
        """Until there is a delivery behind the entry ``after``, or so many seconds have passed."""
        self._client.xread({STREAM: after}, count=1, block=max(1, int(seconds * 1000)))

    def pending(self, after: str = "0") -> list[Entry]:
        """A page of deliveries that were taken and not done, oldest first, from behind the entry ``after``."""
        try:
            reply: Any = self._client.xreadgroup(_GROUP, _CONSUMER, {STREAM: after}, count=_PENDING_PAGE)
        except redis.ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            return []
        entries = reply[0][1] if reply else []
        gone = [entry_id for entry_id, values in entries if not values]
        if gone:  # deleted from the stream by hand
            self._client.xack(STREAM, _GROUP, *gone)
        return [Entry(entry_id.decode(), values[b"b"]) for entry_id, values in entries if values]

    def done(self, entries: Sequence[Entry], *, stored: bool = True) -> None:
        """Forget deliveries that are persisted, or, not ``stored``, buried."""
        ids = [entry.id for entry in entries]
        with self._client.pipeline(transaction=False) as pipe:
            pipe.xack(STREAM, _GROUP, *ids)
            pipe.xdel(STREAM, *ids)
            pipe.hdel(ATTEMPTS, *ids)
            if stored:
                pipe.delete(UNSTORED)
            pipe.execute()

    def count_attempt(self, entry: Entry, by: int = 1, *, fence: Fence = UNFENCED) -> int:
        """Note that a delivery is about to be tried alone; returns how often it was, 0 where it is done. -1 takes it
        back. Raises Fenced where another drain took over.
        """
        with refusing():
            return int(self._count(keys=(ATTEMPTS, STREAM, key_of(fence)), args=(entry.id, by, fence.number)))

    def some(self, after: str = "") -> Entry | None:
        """One of those that wait, the newest; any where that is ``after``, which was tried already."""
        newest: Any = self._client.xrevrange(STREAM, count=1)
        if newest and newest[0][0].decode() == after:
            oldest: Any = self._client.xrange(STREAM, count=1)
            first, last = (int(reply[0][0].partition(b"-")[0]) for reply in (oldest, newest))
            newest = self._client.xrange(STREAM, secrets.randbelow(last - first + 1) + first, count=1)
        return Entry(newest[0][0].decode(), newest[0][1][b"b"]) if newest else None

    def forget_attempts(self) -> None:
        """Begin to count anew: what was tried before failed for another's fault."""
        self._client.delete(ATTEMPTS)

    def due(self) -> bool:
        return bool(self._client.exists(DUE))

    def backlog(self) -> Backlog:
        oldest: Any = self._client.xrange(STREAM, count=1)
        if not oldest:
            return Backlog(0, 0.0)
        # By the clock that dates the entries.
        seconds, microseconds = self._client.time()
        age_s = seconds + microseconds / 1_000_000 - _seconds(oldest[0][0])
        return Backlog(int(self._client.xlen(STREAM)), max(0.0, age_s))

    def last_accepted(self) -> datetime | None:
        """When the newest delivery was stored; the stream remembers it after it is drained."""
        try:
            info: Any = self._client.xinfo_stream(STREAM)
        except redis.ResponseError:
            return None
        seconds = _seconds(info["last-generated-id"])
        return datetime.fromtimestamp(seconds, UTC) if seconds else None

    def note_rejected(self, name: str, text: str, mend: str) -> None:
        self._client.set(REJECTED, msgspec.json.encode(Rejected(datetime.now(UTC), name, text, mend)))

    def last_rejected(self) -> Rejected | None:
        value: Any = self._client.get(REJECTED)
        return msgspec.json.decode(value, type=Rejected) if value else None

    def note_tested(self, entry: Entry, field: str) -> None:
        """A delivery was Meta's test of a field."""
        at = datetime.fromtimestamp(_seconds(entry.id.encode()), UTC)
        self._client.set(TESTED, msgspec.json.encode(Tested(at, field)))

    def last_tested(self) -> Tested | None:
        value: Any = self._client.get(TESTED)
        return msgspec.json.decode(value, type=Tested) if value else None

    def _make_group(self) -> None:
        try:
            self._client.xgroup_create(STREAM, _GROUP, "0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise


def _seconds(entry_id: bytes) -> float:
    return int(entry_id.split(b"-")[0]) / 1000
