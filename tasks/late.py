"""News that two transactions did not see of each other: one parked it while the other stored its message."""

from __future__ import annotations

from actions.announcing import Announcer
from models import inbound
from models.database import database
from models.ledger import parked
from tasks.tenure import Tenure

_FIRST = "00000000-0000-0000-0000-000000000000"


def apply(announcer: Announcer, lease: Tenure) -> None:
    """Apply what was parked in the last minutes and is known by now. Whoever calls this holds the drain, for it changes
    what a drain changes."""
    with lease.transaction():
        announcer.announce(inbound.persist_parked())


def call_up_old(announcer: Announcer) -> None:
    """Have the next look find whatever is known by now, however old: nobody may have looked for a while."""
    place: str | None = _FIRST
    while place is not None:
        place = parked.call_up_old(place)
    with database.atomic():
        announcer.announce(inbound.resolve_old_quotes())
