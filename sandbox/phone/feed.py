"""What happened on the phone, numbered, for pages that listen."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Condition, Event
from typing import Any

KEPT = 2000
HEARTBEAT_SECONDS = 10.0


@dataclass(frozen=True)
class News:
    """One event: its cursor, its name and its data."""

    cursor: str
    name: str
    data: dict[str, Any]


class Feed:
    """A bounded history of events and a way to wait for more.

    Cursors read ``epoch-number``; the epoch is new with each process, so a page that listened to an
    earlier process is told to load afresh (``resync``) instead of missing what happened between.
    """

    def __init__(self, closing: Event) -> None:
        self._epoch = secrets.token_hex(3)
        self._events: deque[News] = deque(maxlen=KEPT)
        self._count = 0
        self._changed = Condition()
        self._closing = closing

    def publish(self, name: str, data: dict[str, Any]) -> None:
        """Add an event and wake every listener."""
        with self._changed:
            self._count += 1
            self._events.append(News(f"{self._epoch}-{self._count}", name, data))
            self._changed.notify_all()

    def cursor(self) -> str:
        """Where the feed stands now; listen from here after loading a snapshot."""
        with self._changed:
            return f"{self._epoch}-{self._count}"

    def listen(self, since: str) -> Iterator[News | None]:
        """Events after ``since`` as they come; None every few seconds so that a dead line shows."""
        position = self._position(since)
        if position is None:
            position = self._count
            yield News(self.cursor(), "resync", {})
        while not self._closing.is_set():
            batch = self._after(position)
            if batch is None:
                position = self._count
                yield News(self.cursor(), "resync", {})
            elif not batch:
                yield None
            else:
                position += len(batch)
                yield from batch

    def _position(self, since: str) -> int | None:
        epoch, _, number = since.partition("-")
        if epoch != self._epoch or not number.isdigit() or int(number) > self._count:
            return None
        return int(number)

    def _after(self, position: int) -> list[News] | None:
        """Events past a position, waiting for the first; None where some are already gone."""
        with self._changed:
            waited = 0.0
            while self._count == position and waited < HEARTBEAT_SECONDS and not self._closing.is_set():
                self._changed.wait(0.5)
                waited += 0.5
            missing = self._count - position
            if missing > len(self._events):
                return None
            return list(self._events)[len(self._events) - missing :] if missing else []
