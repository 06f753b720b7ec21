"""What expires: sessions at their end, parked statuses once Meta would not send their message any more, files."""

from __future__ import annotations

from models import login, parked
from settings import Settings
from tasks import late, retention
from tasks.announce import Announcer
from tasks.store import Store

# Meta repeats a delivery for 7 days; a status whose message is unknown after 8 is of somebody else's message.
_PARKED_DAYS = 8


def run(settings: Settings, store: Store, announcer: Announcer) -> None:
    """Delete what has expired."""
    login.delete_expired_sessions()
    late.call_up_old(announcer)
    parked.delete_older_than(_PARKED_DAYS)
    retention.run(settings, store)
