"""News of contacts, told in each of their conversations: each shows its contact, whichever number it is with."""

from __future__ import annotations

from collections.abc import Collection

from models.conversations import conversations
from models.database import rows
from schema.events import ConversationRemoved, Event


def updates(contact_ids: Collection[str], *, but: Collection[str] = ()) -> list[Event]:
    """The events that tell in their conversations what changed of contacts, ``but`` those an event tells of anyway.

    Must run in the transaction of the change, after it.
    """
    if not contact_ids:
        return []
    updated = rows(
        "UPDATE conversation SET revision = revision + 1 WHERE contact_id = ANY(%s::uuid[])"
        " AND id <> ALL(%s::uuid[]) RETURNING id",
        (list(contact_ids), list(but)),
    )
    return conversations.updates(conversations.wholes(row[0] for row in updated).values())


def removals(contact_ids: Collection[str]) -> list[Event]:
    """The events that tell which conversations were joined into those of these contacts: in the place of either."""
    if not contact_ids:
        return []
    joined = rows(
        "SELECT r.id, r.merged_into FROM conversation_removed r JOIN conversation v ON v.id = r.merged_into"
        " WHERE v.contact_id = ANY(%s::uuid[]) ORDER BY r.id",
        (list(contact_ids),),
    )
    return [
        ConversationRemoved(conversation_id=where, removed_id=removed, merged_into=into)
        for removed, into in joined
        for where in (removed, into)
    ]
