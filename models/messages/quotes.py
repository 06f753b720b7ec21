"""Quotes that came before what they quote: found once it is stored, or once our own message's wamid is learnt."""

from __future__ import annotations

from collections.abc import Sequence

from models.database import rows

# Not waiting for a quote that another transaction holds: it may wait for us, and the sweep finds the quote later.
_RESOLVE = """
WITH found AS (
    SELECT m.id, o.id AS original
    FROM message m JOIN message o ON o.wamid = m.reply_to_wamid AND o.phone_number_id = m.phone_number_id
    WHERE m.reply_to_id IS NULL AND m.reply_to_wamid IS NOT NULL AND {which}
    FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE message m SET reply_to_id = found.original, revision = m.revision + 1 FROM found WHERE m.id = found.id
RETURNING m.id
"""
_OF_THESE = _RESOLVE.format(which="m.reply_to_wamid = ANY(%s)")
# Two transactions that overlap do not see of each other that one quotes what the other learns.
_LATE = _RESOLVE.format(which="m.created_at > now() - interval '3 minutes'")
# Should nobody have looked in time.
_OLD = _RESOLVE.format(which="m.created_at > now() - interval '7 days'")


def resolve(wamids: Sequence[str]) -> list[str]:
    """Point the messages that quote these, which have just become known, at them.

    Returns the ids of the messages that changed, in order.
    """
    return sorted(row[0] for row in rows(_OF_THESE, (list(wamids),))) if wamids else []


def resolve_late() -> list[str]:
    """The same for every quote of the last minutes whose original is known by now."""
    return sorted(row[0] for row in rows(_LATE))


def resolve_old() -> list[str]:
    """The same for every quote of the last days."""
    return sorted(row[0] for row in rows(_OLD))
