"""What Meta tells of groups: their subjects, and who came and went.

Source: Meta, Cloud API > Groups > webhooks (2026-09).
"""

from __future__ import annotations

from typing import Any

from whatsapp.fields import LONGEST_PERSON, identifier, mapping, mappings, moment, text
from whatsapp.inbound.updates import GroupNews, Place

FIELDS = frozenset({"group_lifecycle_update", "group_settings_update", "group_participants_update"})
_LONGEST_SUBJECT = 300


def read_group(place: Place, body: dict[str, Any]) -> GroupNews | None:
    """One entry of ``groups[]``; None where it holds nothing that is kept here. Raises ValueError."""
    group_id = identifier(body, "group_id")
    if not 0 < len(group_id) <= LONGEST_PERSON:
        raise ValueError("the update names no group")
    news = GroupNews(
        group_id=group_id,
        subject=_subject(body)[:_LONGEST_SUBJECT],
        joined=_people(body, "added_participants"),
        left=_people(body, "removed_participants"),
        at=moment(body.get("timestamp")) or place.at,
    )
    return news if news.subject or news.joined or news.left else None


def _subject(body: dict[str, Any]) -> str:
    """Of a new group in ``subject``, of a change in ``group_subject``, which may have failed."""
    change = mapping(body, "group_subject")
    changed = "" if change.get("update_successful") is False else text(change, "text")
    return " ".join((text(body, "subject") or changed).split())


def _people(body: dict[str, Any], key: str) -> tuple[str, ...]:
    """By the phone WhatsApp knows, the one that was dialled, or the user id."""
    people = mappings(body, key)
    ids = (
        identifier(person, "wa_id") or identifier(person, "input") or text(person, "user_id")
        for person in people
    )
    return tuple(person_id for person_id in ids if 0 < len(person_id) <= LONGEST_PERSON)
