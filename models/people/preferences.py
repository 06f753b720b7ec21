"""Whether a person wants marketing messages, as WhatsApp asked them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ground.clock import now
from models.database import bulk, rows
from models.people import contact_news, contacts
from schema.events import Event
from whatsapp.inbound.updates import Preference


def apply(preferences: Sequence[Preference]) -> list[Event]:
    """Note what people chose, the latest choice of each. Must run in a transaction.

    Somebody nobody has written to yet becomes a contact, so that the first message knows of it. Returns the
    events of what was learnt of the others beside it.
    """
    if not preferences:
        return []
    directory, moment = contacts.ensure(preference.customer for preference in preferences), now()
    latest: dict[str, tuple[datetime, bool]] = {}
    for preference in preferences:
        row = directory.find(preference.customer)
        assert row is not None
        # Of two choices of one second, no counts.
        choice = (preference.at or moment, not preference.wants_marketing)
        latest[row.id] = max(choice, latest.get(row.id, choice))
    _store(latest)
    return contact_news.updates(directory.changed)


def _store(latest: dict[str, tuple[datetime, bool]]) -> None:
    bulk(
        "UPDATE contact c SET marketing_told_at = n.at, marketing_opted_out_at = CASE WHEN n.out THEN n.at END"
        " FROM (VALUES %s) AS n (id, at, out) WHERE c.id = n.id"
        " AND (c.marketing_told_at IS NULL OR c.marketing_told_at < n.at"
        " OR (c.marketing_told_at = n.at AND n.out))",
        [(key, *latest[key]) for key in sorted(latest)],
        "(%s::uuid, %s::timestamptz, %s::boolean)",
    )


def opted_out_at(contact_id: str) -> datetime | None:
    """Since when a person wants no marketing messages; None where they take them."""
    records = rows("SELECT marketing_opted_out_at FROM contact WHERE id = %s", (contact_id,))
    return records[0][0] if records else None
