"""The least that puts the same rows into the same tables: XREADGROUP, JSON, psycopg2's execute_values.

No model, no bad deliveries, no other update than text messages, nothing published: a bound, not a product. The batch
is the house's, and the event says what the house's says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg2
import psycopg2.extensions
import redis
from psycopg2.extras import execute_values

from ground.ids import new_id
from queues.inbox import STREAM
from realtime.connection import connect
from settings import Settings

_GROUP, _CONSUMER = "reference", "drain"


class _Text(NamedTuple):
    number: str
    account: str
    display: str
    phone: str
    name: str
    wamid: str
    content: str
    preview: str
    sent_at: datetime


class _Draft(NamedTuple):
    key: str
    conversation: str
    contact: str
    text: _Text


def drain(settings: Settings) -> Callable[[], None]:
    """What drains the stream once; connected already."""
    client = connect(settings.redis.url)
    connection = psycopg2.connect(settings.database.url, options="-c timezone=UTC")
    client.xgroup_create(STREAM, _GROUP, "0")

    def work() -> None:
        while entries := _take(client, settings.drain.batch):
            texts = [_parse(values[b"b"]) for _, values in entries]
            with connection, connection.cursor() as cursor:
                _store(cursor, texts)
            _done(client, [entry_id for entry_id, _ in entries])

    return work


def _take(client: redis.Redis, most: int) -> Any:
    reply: Any = client.xreadgroup(_GROUP, _CONSUMER, {STREAM: ">"}, count=most)
    return reply[0][1] if reply else []


def _done(client: redis.Redis, ids: list[bytes]) -> None:
    with client.pipeline(transaction=False) as pipe:
        pipe.xack(STREAM, _GROUP, *ids)
        pipe.xdel(STREAM, *ids)
        pipe.execute()


def _parse(body: bytes) -> _Text:
    entry = json.loads(body)["entry"][0]
    value = entry["changes"][0]["value"]
    message, contact = value["messages"][0], value["contacts"][0]
    return _Text(
        number=value["metadata"]["phone_number_id"],
        account=entry["id"],
        display=value["metadata"]["display_phone_number"],
        phone=message["from"],
        name=contact["profile"]["name"],
        wamid=message["id"],
        content=json.dumps(message["text"]),
        preview=message["text"]["body"],
        sent_at=datetime.fromtimestamp(int(message["timestamp"]), UTC),
    )


def _store(cursor: psycopg2.extensions.cursor, texts: list[_Text]) -> None:
    execute_values(
        cursor,
        "INSERT INTO number (phone_number_id, account_id, display_number) VALUES %s ON CONFLICT DO NOTHING",
        sorted({(text.number, text.account, text.display) for text in texts}),
    )
    execute_values(
        cursor,
        "INSERT INTO contact (id, phone, name) VALUES %s ON CONFLICT DO NOTHING",
        [(new_id(), phone, name) for phone, name in sorted({(text.phone, text.name) for text in texts})],
        page_size=len(texts),
    )
    contacts = _contacts(cursor, texts)
    pairs = sorted({(text.number, contacts[text.phone]) for text in texts})
    execute_values(
        cursor,
        "INSERT INTO conversation (id, phone_number_id, contact_id) VALUES %s ON CONFLICT DO NOTHING",
        [(new_id(), *pair) for pair in pairs],
        page_size=len(texts),
    )
    conversations = _conversations(cursor, [contact for _, contact in pairs])
    drafts = [
        _Draft(new_id(), conversations[text.number, contacts[text.phone]], contacts[text.phone], text)
        for text in texts
    ]
    stored = execute_values(
        cursor,
        "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, preview, status,"
        " wamid, sent_at) VALUES %s ON CONFLICT DO NOTHING RETURNING id, conversation_id, created_at",
        [
            (
                *(draft.key, draft.conversation, draft.text.number, "inbound", "text", draft.text.content),
                *(draft.text.preview, "received", draft.text.wamid, draft.text.sent_at),
            )
            for draft in drafts
        ],
        page_size=len(texts),
        fetch=True,
    )
    _log(cursor, drafts, {row[0]: row[2] for row in stored}, _grow(cursor, stored))


def _log(
    cursor: psycopg2.extensions.cursor,
    drafts: list[_Draft],
    created: dict[str, datetime],
    unread: dict[str, int],
) -> None:
    """An event a message, with what the house's has in it."""
    execute_values(
        cursor,
        "INSERT INTO event (position, type, conversation_id, phone_number_id, audience, body) VALUES %s",
        [
            ("new_message", draft.conversation, draft.text.number, "all", _event(draft, at, unread))
            for draft in drafts
            if (at := created.get(draft.key))
        ],
        "(nextval('event_position'), %s, %s::uuid, %s, %s, %s)",
        page_size=max(1, len(drafts)),
    )


def _event(draft: _Draft, at: datetime, unread: dict[str, int]) -> str:
    text, moment = draft.text, at.isoformat()
    until = (at + timedelta(hours=24)).isoformat()
    message = {
        "id": draft.key,
        "conversation_id": draft.conversation,
        "phone_number_id": text.number,
        "direction": "inbound",
        "type": "text",
        "content": json.loads(text.content),
        "preview": text.preview,
        "status": "received",
        "status_times": {},
        "error": None,
        "reply_to": None,
        "reactions": [],
        "edited_at": None,
        "deleted_at": None,
        "possible_duplicate": False,
        "agent_id": None,
        "pricing": None,
        "wamid": text.wamid,
        "revision": 1,
        "created_at": moment,
        "sent_at": text.sent_at.isoformat(),
    }
    conversation: dict[str, Any] = {
        "id": draft.conversation,
        "phone_number_id": text.number,
        "contact": {
            "id": draft.contact,
            "name": text.name,
            "phone": text.phone,
            "user_id": None,
            "username": None,
        },
        "status": "open",
        "assignee_id": None,
        "labels": [],
        "unread_count": unread[draft.conversation],
        "window": {"open": True, "expires_at": until},
        "last_message": None,
        "last_message_at": moment,
        "revision": 1,
        "created_at": moment,
    }
    return json.dumps(
        {
            "type": "new_message",
            "conversation_id": draft.conversation,
            "at": moment,
            "message": message,
            "conversation": conversation,
        }
    )


def _contacts(cursor: psycopg2.extensions.cursor, texts: list[_Text]) -> dict[str, str]:
    phones = list({text.phone for text in texts})
    cursor.execute("SELECT phone, id FROM contact WHERE phone = ANY(%s)", (phones,))
    return dict(cursor.fetchall())


def _conversations(cursor: psycopg2.extensions.cursor, contacts: list[str]) -> dict[tuple[str, str], str]:
    cursor.execute(
        "SELECT phone_number_id, contact_id, id FROM conversation WHERE contact_id = ANY(%s::uuid[])",
        (contacts,),
    )
    return {(number, contact): key for number, contact, key in cursor.fetchall()}


def _grow(cursor: psycopg2.extensions.cursor, stored: list[tuple[Any, ...]]) -> dict[str, int]:
    """Unread counts, windows and last messages; returns how many are unread in each conversation."""
    growth: dict[str, tuple[str, datetime, int]] = {}
    for message, conversation, at in stored:
        unread = growth[conversation][2] if conversation in growth else 0
        growth[conversation] = (message, at, unread + 1)
    grown = execute_values(
        cursor,
        "UPDATE conversation v SET last_message_id = n.message, last_message_at = n.at,"
        " unread_count = v.unread_count + n.unread, window_expires_at = n.until, revision = v.revision + 1"
        " FROM (VALUES %s) AS n (id, message, at, unread, until) WHERE v.id = n.id RETURNING v.id, v.unread_count",
        [
            (key, message, at, unread, at + timedelta(hours=24))
            for key, (message, at, unread) in growth.items()
        ],
        "(%s::uuid, %s::uuid, %s::timestamptz, %s, %s::timestamptz)",
        page_size=max(1, len(growth)),
        fetch=True,
    )
    return dict(grown)
