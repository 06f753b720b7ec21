"""From the event log to the bus, in the order of positions, whoever publishes and however often.

The history in Redis is a part of the log without a gap, and ends where it was published up to. Who finds that it ends
before their own events brings what is missing first: what another has committed and not published yet, or left when it
died. Where the history was lost it is filled again from the log, so that clients find their places.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.ledger import event_log, pending_events
from realtime.bus import Bus
from schema.events import FIRST_POSITION, Logged

_PAGE = 500
# Of a history that was lost, or of an outage that was long: what is further back is in the log alone.
_FILLED_MOST = 10_000


class Publisher:
    """Raises redis.RedisError and one of models.database.UNAVAILABLE; what was not published is later."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def publish(self, events: Sequence[Logged]) -> None:
        """Publish events that were committed just now, one after another in the log."""
        first, last = events[0].position, events[-1].position
        stands = self._bus.publish(events, first - 1)
        if stands < last:
            self._fill(stands, last)
        elif stands > last and event_log.last_given() < stands:
            event_log.skip_to(stands)
            event_log.renumber(first, last)
            self.catch_up()

    def publish_waiting(self) -> None:
        """Give what waits in the outbox its positions, and publish it."""
        if last := event_log.move():
            self._fill(self._bus.stands(), last)

    def catch_up(self) -> None:
        """Publish whatever was left, by whomever."""
        pending_events.adopt()
        event_log.move()
        stands = self._bus.stands()
        last = event_log.last_given()
        if stands < last:
            self._fill(stands, last)
        elif stands > last:  # told by a database that was restored to an older state since
            event_log.skip_to(stands)

    def _fill(self, stands: int, upto: int) -> None:
        """Publish what the log holds behind the position at which the history stands."""
        lost = stands == 0 or upto - stands > _FILLED_MOST
        after, anew_at = (max(upto - _FILLED_MOST, FIRST_POSITION - 1), stands) if lost else (stands, -1)
        while page := event_log.read(after, upto, _PAGE):
            if anew_at >= 0:  # the log itself may not reach back so far
                after = page[0].position - 1
            reached = self._bus.publish(page, after, anew_at)
            if reached < page[-1].position:  # lost once more meanwhile: the sweep sees to it
                return
            after, anew_at = reached, -1
