"""Groups: who is in them, as far as anybody told, and how far each member is with a message.

Meta tells of each member by itself. What one member's phone did says nothing of the others', so the message as a
whole rises only with all of them, and nobody's failure fails it for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import peewee

from ground.clock import now
from models.database import Table, bulk, rows
from models.messages import statuses as order
from models.people import contact_news, contacts
from schema.events import Event
from schema.statuses import FAILED, SENT
from schema.views import ErrorView, RecipientView
from whatsapp.inbound.updates import Customer, GroupNews

Recipients = dict[str, dict[str, Any]]
# Of whom only one is known, there may be others nobody heard of yet.
_LEAST_KNOWN = 2


class GroupMember(Table):
    """A member as statuses and messages name them: by phone, or by user id where they have none."""

    group_id = peewee.TextField()
    member = peewee.TextField()

    class Meta:
        table_name = "group_member"
        primary_key = peewee.CompositeKey("group_id", "member")


class Word(NamedTuple):
    """Whom of a group a status is about, and who is known to be in it."""

    member: str
    members: frozenset[str]


def whole_of(recipients: Recipients, members: Iterable[str]) -> str | None:
    """How far the message is as a whole; None where that says nothing.

    It is sent once anybody has it, delivered or read once all who are known have or did, and failed where all failed.
    """
    everybody = set(members) | set(recipients)
    reached = [recipients[member]["status"] if member in recipients else None for member in everybody]
    if len(everybody) >= _LEAST_KNOWN and set(reached) == {FAILED}:
        return FAILED
    if len(everybody) < _LEAST_KNOWN or None in reached or FAILED in reached:
        return SENT if set(reached) - {None, FAILED} else None
    return order.lowest(status for status in reached if status)


def fold(recipients: Recipients, member: str, status: str, at: datetime, error: Any) -> bool:
    """Note how far a member is; whether that changed anything."""
    known = recipients.get(member)
    if known is not None and not order.rises(known["status"], status):
        return False
    recipients[member] = {"status": status, "at": at.isoformat(), "error": error}
    return True


def recipient_views(recipients: Mapping[str, Mapping[str, Any]]) -> tuple[RecipientView, ...]:
    return tuple(
        RecipientView(
            member=member,
            status=recipient["status"],
            at=datetime.fromisoformat(recipient["at"]),
            error=msgspec.convert(recipient["error"], ErrorView | None),
        )
        for member, recipient in sorted(recipients.items())
    )


_SUBJECT = """
UPDATE contact SET name = %s, subject_told_at = %s WHERE group_id = %s
AND coalesce(subject_told_at, '-infinity') <= %s AND (name, subject_told_at) IS DISTINCT FROM (%s, %s) RETURNING id
"""


def apply(news: Sequence[GroupNews]) -> list[Event]:
    """Give groups their subjects, the newest by Meta's time, and note who came and went. In a transaction."""
    if not news:
        return []
    contacts.ensure(Customer(None, None, group_id=item.group_id) for item in news if item.subject)
    changed: set[str] = set()
    for item in sorted(news, key=lambda one: one.at or now()):
        note((item.group_id, member) for member in item.joined)
        rows(
            "DELETE FROM group_member WHERE group_id = %s AND member = ANY(%s)",
            (item.group_id, list(item.left)),
        )
        if item.subject:
            at = item.at or now()
            changed |= {
                row[0] for row in rows(_SUBJECT, (item.subject, at, item.group_id, at, item.subject, at))
            }
    return contact_news.updates(changed)


def note(members: Iterable[tuple[str, str]]) -> None:
    """Note who is in which group: (group id, member)."""
    bulk("INSERT INTO group_member (group_id, member) VALUES %s ON CONFLICT DO NOTHING", sorted(set(members)))


def members_of(mentioned: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Note the members that statuses name, (message id, member), and return all that are known, by message id."""
    pairs = list(mentioned)
    if not pairs:
        return {}
    group_ids: dict[str, str] = dict(
        rows(
            "SELECT m.id, c.group_id FROM message m JOIN conversation v ON v.id = m.conversation_id"
            " JOIN contact c ON c.id = v.contact_id WHERE m.id = ANY(%s::uuid[]) AND c.group_id IS NOT NULL",
            ([key for key, _ in pairs],),
        )
    )
    note((group_ids[key], member) for key, member in pairs if key in group_ids)
    members = dict(
        rows(
            "SELECT group_id, array_agg(member) FROM group_member WHERE group_id = ANY(%s) GROUP BY 1",
            (list(set(group_ids.values())),),
        )
    )
    return {key: frozenset(members.get(group_id, ())) for key, group_id in group_ids.items()}
