"""Messages: the table, what a client sees of one, and the one verb that moves a status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import peewee

from ground.clock import now
from ground.ids import is_id, new_id
from models import sql
from models.conversations import joining
from models.conversations.conversations import Conversation
from models.database import IdField, JsonField, Table, TimeField, rows
from models.messages import payments, surroundings
from models.page import Cursor, Page, keyset
from models.people import groups
from models.sql import Record
from schema.events import Event, MessageUpdated
from schema.views import ErrorView, MediaView, MessageView, ReactionView, SenderView
from whatsapp.errors import GraphProblem


class Message(Table):
    """``status`` of an inbound message is always ``received``. ``extra`` holds Meta's fields that stand nowhere
    else; ``lease_until``, ``asked_again_at`` and ``next_attempt_at`` belong to the sender."""

    id = IdField(primary_key=True, default=new_id)
    conversation = peewee.ForeignKeyField(Conversation)
    phone_number_id = peewee.TextField()
    direction = peewee.TextField()
    type = peewee.TextField()
    content = JsonField()
    preview = peewee.TextField(default="")
    status = peewee.TextField()
    status_times = JsonField(default=dict)
    error = JsonField(null=True)
    pricing = JsonField(null=True)
    wamid = peewee.TextField(null=True)
    reply_to_id = IdField(null=True)
    reply_to_wamid = peewee.TextField(null=True)
    reactions = JsonField(default=list)
    sender = JsonField(null=True)
    agent_id = IdField(null=True)
    idempotency_key = peewee.TextField(null=True)
    request_digest = peewee.TextField(null=True)
    client_reference = peewee.TextField(null=True)
    extra = JsonField(null=True)
    payment = JsonField(null=True)
    recipients = JsonField(default=dict)
    attempts = peewee.IntegerField(default=0)
    next_attempt_at = TimeField(null=True)
    lease_until = TimeField(null=True)
    send_order = peewee.BigIntegerField(null=True)
    asked_again_at = TimeField(null=True)
    possible_duplicate = peewee.BooleanField(default=False)
    revision = peewee.IntegerField(default=1)
    sent_at = TimeField(null=True)
    edited_at = TimeField(null=True)
    deleted_at = TimeField(null=True)
    created_at = TimeField(default=now)

    class Meta:
        indexes = ((("phone_number_id", "wamid"), True), (("agent_id", "idempotency_key"), True))


_VIEW = (
    *("id", "conversation_id", "phone_number_id", "direction", "type", "content", "preview", "status"),
    *("status_times", "error", "reply_to_id", "reactions", "edited_at", "deleted_at", "possible_duplicate"),
    *("agent_id", "sender", "pricing", "wamid", "revision", "created_at", "client_reference", "sent_at"),
    *("payment", "recipients"),
)
_FILE = (
    "d.status AS file_status, d.mime_type AS file_type, d.size AS file_size,"
    " d.thumbnail_size IS NOT NULL AS file_small"
)
_COLUMNS = (
    f"{joining.home('m.conversation_id')} AS conversation_id, m.extra, {_FILE},"
    f" {sql.columns(Message, [name for name in _VIEW if name != 'conversation_id'], 'm')}"
)
_WITH_MEDIA = "LEFT JOIN media d ON d.id = m.id"


def error_view(problem: GraphProblem | None) -> ErrorView | None:
    if problem is None:
        return None
    return ErrorView(
        code=problem.code,
        title=problem.title,
        details=problem.details,
        class_=problem.kind.value,
        advice=problem.advice,
    )


def _view(row: Any) -> MessageView:
    fields = {name: getattr(row, name) for name in _VIEW}
    extra = row.extra
    fields["media"] = _media(row)
    fields["reply_to"] = fields.pop("reply_to_id")
    fields["reactions"] = tuple(
        ReactionView(emoji=reaction["emoji"], from_customer=reaction["from_customer"])
        for reaction in fields["reactions"]
        if reaction["emoji"]
    )
    if fields["deleted_at"] is not None:  # who deleted it meant it to be gone
        fields["content"], fields["preview"], extra = {}, "Deleted message", None
    fields["error"] = stored_error(fields["error"])
    fields["sender"] = SenderView(**fields["sender"]) if fields["sender"] else None
    fields["referral"], fields["context"] = surroundings.referral(extra), surroundings.context(extra)
    fields["errors"] = surroundings.errors(fields["content"], extra)
    fields["payment"] = payments.view(fields["payment"])
    fields["recipients"] = groups.recipient_views(fields["recipients"])
    return MessageView(**fields)


def _media(row: Any) -> MediaView | None:
    if row.file_status is None:
        return None
    return MediaView(
        status=row.file_status, mime_type=row.file_type or "", size=row.file_size, thumbnail=row.file_small
    )


def stored_error(stored: dict[str, Any] | None) -> ErrorView | None:
    if stored is None:
        return None
    return ErrorView(class_=stored["class"], **{key: stored[key] for key in stored if key != "class"})


def views(ids: Iterable[str]) -> dict[str, MessageView]:
    """Messages by id; unknown ids are left out."""
    records = sql.select(
        f"SELECT {_COLUMNS} FROM message m {_WITH_MEDIA} WHERE m.id = ANY(%s::uuid[])", (list(ids),)
    )
    return {row.id: _view(row) for row in records}


def updates(ids: Iterable[str]) -> list[Event]:
    """The events that tell of messages whose content changed, each as it is now."""
    wanted = list(dict.fromkeys(ids))
    changed = views(wanted) if wanted else {}
    return [
        MessageUpdated(conversation_id=changed[key].conversation_id, message=changed[key])
        for key in wanted
        if key in changed
    ]


def last_of(conversation_ids: Iterable[str]) -> dict[str, MessageView]:
    """The newest message of each conversation, by conversation id."""
    records = sql.select(
        f"SELECT {_COLUMNS} FROM conversation v JOIN message m ON m.id = v.last_message_id {_WITH_MEDIA}"
        " WHERE v.id = ANY(%s::uuid[])",
        (list(conversation_ids),),
    )
    return {row.conversation_id: _view(row) for row in records}


def page(conversation_id: str, limit: int, cursor: Cursor | None) -> Page[MessageView]:
    """One page of a conversation, newest first."""
    parts = joining.parts_of(conversation_id)
    return keyset(
        f"SELECT {_COLUMNS} FROM {_of(parts)} m {_WITH_MEDIA}",
        [],
        parts,
        keys=("m.id",),
        key_of=lambda view: (view.id,),
        make=_view,
        limit=limit,
        cursor=cursor,
    )


def _of(parts: Sequence[str]) -> str:
    """SQL: the messages stored under these conversations' ids, which are its parameters. Each is read in the order of
    ids by its index, and they are merged."""
    return f"({' UNION ALL '.join(['SELECT * FROM message WHERE conversation_id = %s'] * len(parts))})"


def by_wamid(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Message ids by (phone_number_id, wamid); unknown ones are left out."""
    wanted = list(pairs)
    if not wanted:
        return {}
    records = rows(
        "SELECT phone_number_id, wamid, id FROM message WHERE wamid = ANY(%s)",
        ([wamid for _, wamid in wanted],),
    )
    return {(number, wamid): key for number, wamid, key in records}


def wamid_of(message_id: str | None) -> str | None:
    """The wamid of a message, for a quote; None where it has none yet."""
    records = rows("SELECT wamid FROM message WHERE id = %s", (message_id,)) if message_id else []
    return records[0][0] if records else None


# Meta's messages are known by their wamid, ours by the key of whoever asked.
BY_WAMID, BY_KEY = "phone_number_id, wamid", "agent_id, idempotency_key"


def insert(records: Sequence[Record], known_by: str = BY_WAMID, *, where: str = "") -> set[str]:
    """Insert messages that are not known yet; returns the ids of those that were not. ``where`` as in models/sql.py."""
    inserted = sql.insert(Message, records, f"ON CONFLICT ({known_by}) DO NOTHING RETURNING id", where=where)
    return {row[0] for row in inserted}


def lock(ids: Iterable[str]) -> None:
    """Hold these messages, in the order of their ids: whoever changes several of them in more than one statement
    locks them all first, so that two cannot deadlock."""
    rows("SELECT id FROM message WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE", (list(set(ids)),))


def among(candidates: Iterable[str]) -> set[str]:
    """Those of ``candidates``, texts that came back from Meta, that are ids of our messages."""
    ids = [candidate for candidate in candidates if is_id(candidate)]
    if not ids:
        return set()
    return {row[0] for row in rows("SELECT id FROM message WHERE id = ANY(%s::uuid[])", (ids,))}


def newest_inbound(conversation_id: str) -> str | None:
    """The customer's newest message, or None. Calls are no messages: they cannot be marked read."""
    parts = joining.parts_of(conversation_id)
    records = rows(
        f"SELECT id FROM {_of(parts)} m WHERE direction = 'inbound' AND type <> 'call' ORDER BY id DESC LIMIT 1",
        parts,
    )
    return records[0][0] if records else None
