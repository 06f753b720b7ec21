"""The newest events, in memory: what the relay has delivered last, ready to be sent again.

The tail is the seam between history and live events. A client that comes back within it is served without
asking Redis, and one that comes from further back reads the history until it reaches the tail; from there
the rest is sent and the subscription goes live in one step of the event loop, so nothing can fall between.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import islice
from typing import NamedTuple

from realtime.bus import BEGINNING, Recorded
from schema.audiences import ALL
from wsgateway.hub import INBOX, Scope
from wsgateway.wire import text_frame

Position = tuple[int, int]
KEEP = 10_000


def position(event_id: str) -> Position:
    """An event id as a pair that orders as the history does."""
    milliseconds, _, sequence = event_id.partition("-")
    return int(milliseconds), int(sequence)


class Entry(NamedTuple):
    """One event of the history: its place, its conversation or None, its WebSocket frame, which is empty where it is
    not to be sent any more, and who may see it."""

    position: Position
    id: str
    scope: Scope
    frame: bytes
    audience: str = ALL


def entry(event: Recorded) -> Entry:
    place = position(event.id)
    return Entry(place, event.id, event.conversation_id, text_frame(event.frame()), event.audience)


class Tail:
    """The last events relayed, at least ``keep`` of them if they fit into ``keep_bytes``, and at most twice as much.

    After a restart all clients come back at once, from further and further back the longer their turn takes: what
    is here is looked through in no time, where each would have Redis read it anew.
    """

    def __init__(self, keep: int = KEEP, keep_bytes: int = 8 * 1024 * 1024) -> None:
        self._keep = keep
        self._keep_bytes = keep_bytes
        self.restart(BEGINNING)

    def restart(self, last_id: str) -> None:
        """Forget all; what comes after ``last_id`` follows."""
        self._entries: list[Entry] = []
        self._bytes = 0
        self._some_forgotten = False
        self._floor = self.last = position(last_id)
        self.last_id = last_id

    def append(self, event: Entry) -> None:
        """Take the event that follows the last one."""
        self._entries.append(event)
        self._bytes += len(event.frame)
        self.last, self.last_id = event.position, event.id
        # Trimmed by halves, so that the cost of moving a list is paid seldom.
        if len(self._entries) > 2 * self._keep or self._bytes > 2 * self._keep_bytes:
            self._trim()

    def forget(self, message_id: bytes) -> None:
        """A message was deleted: what events said of it before is sent to nobody any more. Their places stay."""
        carried = b'"message":{"id":"' + message_id + b'"'
        for index, item in enumerate(self._entries):
            if carried in item.frame and b'"deleted_at":null' in item.frame:
                self._bytes -= len(item.frame)
                self._entries[index] = item._replace(frame=b"")
                self._some_forgotten = True

    def reaches(self, place: Position) -> bool:
        """Whether every event after ``place`` that was relayed is here."""
        return place >= self._floor

    def holds(self, place: Position) -> bool:
        """Whether an event at ``place`` is known to have been: it is here, or the tail begins after it."""
        if place == self._floor:
            return True
        index = bisect_left(self._entries, place, key=_place)
        return index < len(self._entries) and self._entries[index].position == place

    def after(self, place: Position, most: int, scope: Scope = INBOX) -> list[Entry]:
        """The first events after ``place`` of a conversation, or of all, at most ``most``."""
        start = bisect_right(self._entries, place, key=_place)
        if scope is INBOX and not self._some_forgotten:
            return self._entries[start : start + most]
        following = islice(self._entries, start, None)
        wanted = (item for item in following if item.frame and scope in (INBOX, item.scope))
        return list(islice(wanted, most))

    def _trim(self) -> None:
        cut = max(0, len(self._entries) - self._keep)
        self._bytes -= sum(len(item.frame) for item in self._entries[:cut])
        while self._bytes > self._keep_bytes:
            self._bytes -= len(self._entries[cut].frame)
            cut += 1
        self._floor = self._entries[cut - 1].position
        del self._entries[:cut]


def _place(event: Entry) -> Position:
    return event.position
