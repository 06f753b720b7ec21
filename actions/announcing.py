"""Events: written into the log with what they tell, published right after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeGuard

import msgspec
import redis
import structlog

from actions.publishing import Publisher
from models.database import UNAVAILABLE, database
from models.ledger import event_log
from realtime.bus import Bus
from schema.audiences import ALL
from schema.events import Event, Logged, MessageUpdated, NewMessage
from schema.views import MessageView

_log = structlog.get_logger(__name__)


class Announcer:
    """Publishes events at least once, even where Redis is away or the process dies after the commit."""

    def __init__(self, bus: Bus) -> None:
        self._publisher = Publisher(bus)

    def announce(self, events: Sequence[Event], audience: str = ALL) -> None:
        """Write the events into the running transaction and publish them once it is committed.

        Last in the transaction, where that can be: no other gives positions until it has ended.
        """
        if not events:
            return
        written = event_log.write(_without_deleted(events), audience)
        database.after_commit(lambda: self._publish(written))

    def _publish(self, written: Sequence[Logged]) -> None:
        try:
            if written:
                self._publisher.publish(written)
            else:
                self._publisher.publish_waiting()
        except (redis.RedisError, *UNAVAILABLE) as error:
            # The sweep publishes them.
            _log.warning("events_postponed", count=len(written), error=type(error).__name__)

    def publish_left(self) -> None:
        """Publish what was left behind. Raises redis.RedisError and one of models.database.UNAVAILABLE."""
        self._publisher.catch_up()


def _without_deleted(events: Sequence[Event]) -> Sequence[Event]:
    """Of a message that is deleted by the same news it came with, all events tell what is left of it."""
    deleted = {event.message.id: event.message for event in events if _tells_of_deletion(event)}
    return [_as_deleted(event, deleted) for event in events] if deleted else events


def _tells_of_deletion(event: Event) -> TypeGuard[NewMessage | MessageUpdated]:
    return isinstance(event, NewMessage | MessageUpdated) and event.message.deleted_at is not None


def _as_deleted(event: Event, deleted: Mapping[str, MessageView]) -> Event:
    if isinstance(event, NewMessage | MessageUpdated) and event.message.id in deleted:
        return msgspec.structs.replace(event, message=deleted[event.message.id])
    return event
