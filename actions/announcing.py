"""Events of the API and the sender: written with what they tell, published right after the commit."""

from __future__ import annotations

from collections.abc import Sequence

import redis
import structlog

from models.database import database
from models.ledger import pending_events
from realtime.bus import Bus
from schema.events import Event

_log = structlog.get_logger(__name__)
# Younger ones are being published by whoever wrote them.
_OVERDUE_S = 5.0


class Announcer:
    """Publishes events at least once, even where Redis is away or the process dies after the commit."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def announce(self, events: Sequence[Event]) -> None:
        """Write the events into the running transaction and publish them once it is committed."""
        if not events:
            return
        ids = pending_events.add(events)
        database.after_commit(lambda: self._publish(ids, events))

    def _publish(self, ids: list[int], events: Sequence[Event]) -> None:
        try:
            self._bus.publish(events)
        except redis.RedisError as error:
            _log.warning("events_postponed", count=len(ids), error=type(error).__name__)
            return
        pending_events.remove(ids)

    def publish_overdue(self) -> int:
        """Publish what was left behind; returns how many. Raises redis.RedisError."""
        with database.atomic():
            found = pending_events.overdue(_OVERDUE_S)
            self._bus.publish_encoded((conversation, body) for _, conversation, body in found)
            pending_events.remove([key for key, _, _ in found])
        return len(found)
