"""A bus that is fed without a log: it gives positions itself, one after another."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import redis

from realtime.bus import Bus
from schema.audiences import ALL
from schema.events import FIRST_POSITION, Event, Logged, encode

Encoded = tuple[str | None, bytes]


class TellingBus(Bus):
    """Where the history is lost, it begins anew with the next event. Threads may share it."""

    def __init__(self, client: redis.Redis, history: int) -> None:
        super().__init__(client, history)
        self._last = FIRST_POSITION - 1
        self._turn = threading.Lock()

    def tell(self, events: Iterable[Event], audience: str = ALL) -> list[str]:
        """Publish events as if each had just been committed; returns their ids."""
        return self.tell_encoded([(event.conversation_id, encode(event)) for event in events], audience)

    def tell_encoded(self, events: Iterable[Encoded], audience: str = ALL) -> list[str]:
        """The same for events that are JSON already: (conversation id or None, JSON) each."""
        with self._turn:
            stands, never_told = self.stands(), self._last < FIRST_POSITION
            follows = max(stands, self._last)
            logged = [Logged(follows + 1 + n, key, audience, body) for n, (key, body) in enumerate(events)]
            if logged:
                self._last = logged[-1].position
                # The beginning of a history that was never lost is no beginning anew.
                place = (
                    (0, -1) if never_told and not stands else (follows, stands if stands < follows else -1)
                )
                assert self.publish(logged, *place) == self._last
        return [f"{event.position}-0" for event in logged]
