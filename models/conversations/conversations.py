"""Conversations: one customer on one number, their window, and what is unread."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import peewee

from ground.clock import now
from ground.ids import new_id
from models import sql
from models.conversations import joining, windows
from models.database import IdField, JsonField, Table, TimeField, bulk, json, rows
from models.numbers.numbers import Number
from models.page import Cursor, Page, keyset
from models.people.contacts import Contact
from schema.events import ConversationUpdated, Event
from schema.views import ContactView, ConversationView, MessageView, WindowView

# A phone number as people and the console write it, and the 0 of national calls that is not part of it.
_NUMBER = re.compile(r"[0-9\s+().\-/\u2010-\u2015\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069]*[0-9]\W*")
_NO_DIGIT = re.compile(r"[^0-9]")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
# With so many digits a 0 before them is a prefix.
_WHOLE = 5


class Conversation(Table):
    """One without a contact is being joined with another (models/conversations/joining.py), and nobody sees it."""

    id = IdField(primary_key=True, default=new_id)
    phone_number = peewee.ForeignKeyField(Number, column_name="phone_number_id")
    contact = peewee.ForeignKeyField(Contact, null=True)
    status = peewee.TextField(default="open")
    assignee_id = IdField(null=True)
    labels = JsonField(default=list)
    unread_count = peewee.IntegerField(default=0)
    window_expires_at = TimeField(null=True)
    last_message_id = IdField(null=True)
    last_message_at = TimeField(null=True)
    revision = peewee.IntegerField(default=1)
    created_at = TimeField(default=now)

    class Meta:
        indexes = ((("phone_number", "contact"), True),)


class State(NamedTuple):
    """A conversation's own columns, in the order of ``_STATE``."""

    id: str
    phone_number_id: str
    contact_id: str
    status: str
    assignee_id: str | None
    labels: list[str]
    unread_count: int
    window_expires_at: datetime | None
    last_message_at: datetime | None
    revision: int
    created_at: datetime

    def window(self) -> WindowView:
        expires = self.window_expires_at
        return WindowView(open=expires is not None and expires > now(), expires_at=expires)

    def view(self, contact: ContactView, last_message: MessageView | None = None) -> ConversationView:
        return ConversationView(
            id=self.id,
            phone_number_id=self.phone_number_id,
            contact=contact,
            status=self.status,
            assignee_id=self.assignee_id,
            labels=tuple(self.labels),
            unread_count=self.unread_count,
            window=self.window(),
            last_message=last_message,
            last_message_at=self.last_message_at,
            revision=self.revision,
            created_at=self.created_at,
        )


_STATE = ", ".join(f"v.{name}" for name in State._fields)
_CONTACT_FIELDS = ("id", "name", "phone", "user_id", "username", "group_id")
_CONTACT = ", ".join(f"c.{name}" for name in _CONTACT_FIELDS)


class Filter(NamedTuple):
    """Which conversations to list; None does not filter."""

    status: str | None = None
    phone_number_id: str | None = None
    unread: bool | None = None
    text: str | None = None


class Change(NamedTuple):
    """What an agent changes; None leaves a thing as it is, and so does ``assigned`` false for the assignee."""

    status: str | None
    assigned: bool
    assignee_id: str | None
    labels: list[str] | None


class Growth(NamedTuple):
    """What new messages do to a conversation: its newest message, how many are unread, when a person wrote."""

    message_id: str
    at: datetime
    unread: int
    window_until: datetime | None

    def and_then(self, newer: Growth) -> Growth:
        """With one more message, which came after it."""
        until = windows.later(self.window_until, newer.window_until)
        return newer._replace(unread=self.unread + newer.unread, window_until=until)


def sum_up(grown: Iterable[tuple[str, Growth]]) -> dict[str, Growth]:
    """What the messages of a batch do together, by conversation."""
    total: dict[str, Growth] = {}
    for key, growth in grown:
        total[key] = total[key].and_then(growth) if key in total else growth
    return total


def ensure(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Find or make the conversation of each (phone_number_id, contact id): that pair -> conversation id."""
    pairs = sorted(set(wanted))
    ids = _lookup(pairs)
    missing = [pair for pair in pairs if pair not in ids]
    if missing:
        moment = now()
        new = [
            {"id": new_id(moment), "phone_number_id": number, "contact_id": contact, "created_at": moment}
            for number, contact in missing
        ]
        sql.insert(Conversation, new, "ON CONFLICT DO NOTHING")
        ids = _lookup(pairs)
    return ids


def _lookup(pairs: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    contacts = [contact for _, contact in pairs]
    records = rows(
        "SELECT phone_number_id, contact_id, id FROM conversation WHERE contact_id = ANY(%s::uuid[])",
        (contacts,),
    )
    return {(number, contact): key for number, contact, key in records}


def lock(ids: Collection[str]) -> None:
    """Hold these conversations, in the order of their ids, so that two batches cannot deadlock.

    A statement of its own: one that locks rows and updates them in the same breath updates what it saw before it
    waited, and then waits for those who wait for it. Not FOR UPDATE: a message inserted before holds its
    conversation's key for as long as its transaction lasts, and two would wait for each other.
    """
    if len(ids) > 1:  # an UPDATE of one row is its own lock
        rows(
            "SELECT id FROM conversation WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE",
            (list(ids),),
        )


def grow(growth: Mapping[str, Growth]) -> dict[str, State]:
    """Note new messages in their conversations; a closed one opens when a customer writes.

    The last message is the one with the highest id, as clients order them: one that was asked for meanwhile may be
    committed before an older one.
    """
    lock(growth)
    grown = bulk(
        "UPDATE conversation v SET"
        " last_message_id = greatest(v.last_message_id, news.message_id),"
        " last_message_at = greatest(v.last_message_at, news.at),"
        " unread_count = v.unread_count + news.unread,"
        " window_expires_at = greatest(v.window_expires_at, news.until),"
        " status = CASE WHEN news.until IS NULL THEN v.status ELSE 'open' END,"
        " revision = v.revision + 1"
        " FROM (VALUES %s) AS news (id, message_id, at, unread, until)"
        f" WHERE v.id = news.id RETURNING {_STATE}",
        [(key, *growth[key]) for key in sorted(growth)],
        "(%s::uuid, %s::uuid, %s::timestamptz, %s::int, %s::timestamptz)",
    )
    return {row[0]: State(*row) for row in grown}


def open_windows(until: Mapping[str, datetime]) -> list[tuple[State, ContactView]]:
    """Let windows close no earlier than told; returns the conversations in which that changed anything."""
    lock(until)
    opened = bulk(
        "UPDATE conversation v SET window_expires_at = news.until, revision = v.revision + 1"
        " FROM (VALUES %s) AS news (id, until) WHERE v.id = news.id"
        " AND (v.window_expires_at IS NULL OR v.window_expires_at < news.until) RETURNING v.id",
        sorted(until.items()),
        "(%s::uuid, %s::timestamptz)",
    )
    return [whole for row in sorted(opened) if (whole := get(row[0]))]


def states(ids: Iterable[str]) -> dict[str, State]:
    records = rows(f"SELECT {_STATE} FROM conversation v WHERE v.id = ANY(%s::uuid[])", (list(ids),))
    return {row[0]: State(*row) for row in records}


def wholes(ids: Iterable[str]) -> dict[str, tuple[State, ContactView]]:
    """Conversations with their contacts, by id; unknown ids are left out."""
    records = rows(
        f"SELECT {_STATE}, {_CONTACT} FROM conversation v JOIN contact c ON c.id = v.contact_id"
        " WHERE v.id = ANY(%s::uuid[])",
        (list(ids),),
    )
    return {row[0]: _split(row)[:2] for row in records}


def updates(wholes: Iterable[tuple[State, ContactView]]) -> list[Event]:
    """The events that tell of these conversations."""
    return [
        ConversationUpdated(conversation_id=state.id, conversation=state.view(contact))
        for state, contact in wholes
    ]


def get(conversation_id: str) -> tuple[State, ContactView] | None:
    """One conversation and its contact, or None where the id is unknown."""
    records = rows(
        f"SELECT {_STATE}, {_CONTACT} FROM conversation v JOIN contact c ON c.id = v.contact_id WHERE v.id = %s",
        (conversation_id,),
    )
    return _split(records[0])[:2] if records else None


def _split(row: tuple[Any, ...]) -> tuple[State, ContactView]:
    width = len(State._fields)
    return State(*row[:width]), ContactView(**dict(zip(_CONTACT_FIELDS, row[width:], strict=True)))


def page(chosen: Filter, limit: int, cursor: Cursor | None) -> Page[tuple[State, ContactView]]:
    """One page of conversations, the most recently active first."""
    conditions, parameters = _conditions(chosen)
    sql = f"SELECT {_STATE}, {_CONTACT} FROM conversation v JOIN contact c ON c.id = v.contact_id"
    return keyset(
        sql,
        conditions,
        parameters,
        keys=("coalesce(v.last_message_at, v.created_at)", "v.id"),
        key_of=lambda row: ((row[0].last_message_at or row[0].created_at).isoformat(), row[0].id),
        make=_split,
        limit=limit,
        cursor=cursor,
    )


def _conditions(chosen: Filter) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []
    for column, value in (("v.status", chosen.status), ("v.phone_number_id", chosen.phone_number_id)):
        if value is not None:
            conditions.append(f"{column} = %s")
            parameters.append(value)
    if chosen.unread is not None:
        conditions.append("v.unread_count > 0" if chosen.unread else "v.unread_count = 0")
    if chosen.text:
        like = _containing(chosen.text)
        conditions.append(
            "(c.name ILIKE %s OR c.phone LIKE %s OR c.username ILIKE %s OR EXISTS (SELECT FROM message m"
            " WHERE m.conversation_id = v.id AND m.preview ILIKE %s)"
            f" OR v.id IN ({joining.HOMES} WHERE m.preview ILIKE %s))"
        )
        parameters += [like, _containing(digits_of(chosen.text)), like, like, like]
    return conditions, parameters


def _containing(text: str) -> str:
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def digits_of(text: str) -> str:
    """What to look for among the digits of phone numbers, however one is written: "+44 (0)7700 900-777" ->
    "447700900777", "07700 900777" -> "7700900777". A few digits, and words, are looked for as they are."""
    if not _NUMBER.fullmatch(text):
        return text
    digits = _NO_DIGIT.sub("", _TRUNK_ZERO.sub("", text))
    dialled = digits.lstrip("0")
    return dialled if len(dialled) >= _WHOLE else digits


def unread(most: int) -> int:
    """How many conversations hold something unread; counts no further than ``most``, so that no backlog is slow."""
    counted = "SELECT FROM conversation WHERE unread_count > 0 LIMIT %s"
    return int(rows(f"SELECT count(*) FROM ({counted}) AS counted", (most,))[0][0])


def mark_read(conversation_id: str) -> bool:
    """Zero the unread count; whether that changed anything."""
    changed = rows(
        "UPDATE conversation SET unread_count = 0, revision = revision + 1"
        " WHERE id = %s AND unread_count > 0 RETURNING id",
        (conversation_id,),
    )
    return bool(changed)


def change(conversation_id: str, wanted: Change) -> bool:
    """Change a conversation; whether anything of it was not so already."""
    status, labels = "coalesce(%(status)s, status)", "coalesce(%(labels)s::jsonb, labels)"
    assignee = "CASE WHEN %(assigned)s THEN %(assignee_id)s::uuid ELSE assignee_id END"
    changed = rows(
        f"UPDATE conversation SET status = {status}, assignee_id = {assignee}, labels = {labels},"
        " revision = revision + 1 WHERE id = %(id)s"
        f" AND (status, assignee_id, labels) IS DISTINCT FROM ({status}, {assignee}, {labels}) RETURNING id",
        wanted._asdict() | {"id": conversation_id, "labels": json(wanted.labels)},
    )
    return bool(changed)
