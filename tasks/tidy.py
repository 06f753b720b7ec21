"""What expires: sessions at their end, parked statuses once Meta would not send their message any more, days of the
event log, files."""

from __future__ import annotations

from actions.announcing import Announcer
from models.actors import logins
from models.ledger import event_days, parked
from settings import Settings
from storage.store import Store
from tasks import late, retention

# Meta repeats a delivery for 7 days; a status whose message is unknown after 8 is of somebody else's message.
_PARKED_DAYS = 8


def run(settings: Settings, store: Store, announcer: Announcer) -> None:
    """Delete what has expired."""
    logins.delete_expired_sessions()
    late.call_up_old(announcer)
    parked.delete_older_than(_PARKED_DAYS)
    event_days.make_ahead()
    event_days.drop_older_than(settings.retention.event_days)
    retention.run(settings, store)
