"""The usual way to persist a webhook: one task, one transaction, then the event.

The tables and the event's shape are the house's, and it is told by the same stream and channel. The statements are
those one would write first, with psycopg2 and no model in between, and few: a customer who is known costs one SELECT,
two INSERTs and one UPDATE. Each thread or process keeps its connection.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg2
import psycopg2.extensions
import psycopg2.extras
from celery.signals import worker_init, worker_process_init

from bench.references.queue import app
from ground.clock import now
from ground.ids import new_id
from models.conversations.windows import WINDOW
from realtime.bus import HISTORY, LIVE_CHANNEL
from realtime.connection import connect
from schema.events import NewMessage, encode
from schema.views import ContactView, ConversationView, MessageView, WindowView
from settings import Settings

Cursor = psycopg2.extensions.cursor


_TELL = """
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'c', ARGV[2], 'e', ARGV[3])
redis.call('PUBLISH', KEYS[2], id .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
"""


class _Process:
    settings: Settings
    tell: Any
    here = threading.local()


@worker_init.connect  # type: ignore[untyped-decorator]
@worker_process_init.connect  # type: ignore[untyped-decorator]
def _open(**_: Any) -> None:
    _Process.settings = settings = Settings.from_env()
    _Process.tell = connect(settings.redis.url).register_script(_TELL)


def _connection() -> Any:
    if not hasattr(_Process.here, "connection"):
        _Process.here.connection = psycopg2.connect(
            _Process.settings.database.url, cursor_factory=psycopg2.extras.RealDictCursor
        )
    return _Process.here.connection


@app.task(name="persist")  # type: ignore[untyped-decorator]
def persist(body: str) -> None:
    for entry in json.loads(body)["entry"]:
        for change in entry["changes"]:
            for message in change["value"].get("messages", ()):
                _persist(entry["id"], change["value"], message)


def _persist(account_id: str, value: dict[str, Any], message: dict[str, Any]) -> None:
    connection = _connection()
    with connection, connection.cursor() as cursor:
        conversation = _find(cursor, value, message) or _make(cursor, account_id, value, message)
        stored = _insert(cursor, conversation["id"], value, message)
        event = _event(stored, _grow(cursor, stored), conversation) if stored else None
        if event:
            _log(cursor, event)
    if event:
        _tell(event)


def _find(cursor: Cursor, value: dict[str, Any], message: dict[str, Any]) -> Any:
    """The conversation and its contact, or None."""
    cursor.execute(
        "SELECT v.id, c.id AS contact_id, c.name, c.phone, c.user_id, c.username"
        " FROM conversation v JOIN contact c ON c.id = v.contact_id"
        " WHERE c.phone = %s AND v.phone_number_id = %s",
        (message["from"], value["metadata"]["phone_number_id"]),
    )
    return cursor.fetchone()


def _make(cursor: Cursor, account_id: str, value: dict[str, Any], message: dict[str, Any]) -> Any:
    number, name = value["metadata"], value["contacts"][0]["profile"]["name"]
    cursor.execute(
        "INSERT INTO number (phone_number_id, account_id, display_number) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (number["phone_number_id"], account_id, number["display_phone_number"]),
    )
    cursor.execute(
        "INSERT INTO contact (id, phone, name) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (new_id(), message["from"], name),
    )
    cursor.execute(
        "INSERT INTO conversation (id, phone_number_id, contact_id)"
        " SELECT %s, %s, id FROM contact WHERE phone = %s ON CONFLICT DO NOTHING",
        (new_id(), number["phone_number_id"], message["from"]),
    )
    return _find(cursor, value, message)


def _insert(
    cursor: Cursor, conversation_id: str, value: dict[str, Any], message: dict[str, Any]
) -> dict[str, Any] | None:
    """The row, or None where the message is stored already."""
    kind = message["type"]
    row = {
        "id": new_id(),
        "conversation_id": conversation_id,
        "phone_number_id": value["metadata"]["phone_number_id"],
        "direction": "inbound",
        "type": kind,
        "content": json.dumps(message[kind]),
        "preview": message["text"]["body"][:200],
        "status": "received",
        "wamid": message["id"],
        "sent_at": datetime.fromtimestamp(int(message["timestamp"]), UTC),
        "created_at": now(),
    }
    cursor.execute(
        f"INSERT INTO message ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))}) ON CONFLICT DO NOTHING",
        list(row.values()),
    )
    made = {"status_times": {}, "reactions": (), "possible_duplicate": False, "revision": 1}
    return row | made | {"content": message[kind]} if cursor.rowcount else None


def _grow(cursor: Cursor, message: dict[str, Any]) -> Any:
    cursor.execute(
        "UPDATE conversation SET last_message_id = %s, last_message_at = %s, unread_count = unread_count + 1,"
        " window_expires_at = greatest(window_expires_at, %s), status = 'open', revision = revision + 1"
        " WHERE id = %s RETURNING *",
        (message["id"], message["created_at"], message["sent_at"] + WINDOW, message["conversation_id"]),
    )
    return cursor.fetchone()


def _event(message: Any, state: Any, conversation: Any) -> NewMessage:
    expires = state["window_expires_at"]
    made = {
        "contact": _view(ContactView, conversation | {"id": conversation["contact_id"]}),
        "window": WindowView(open=expires > now(), expires_at=expires),
        "labels": tuple(state["labels"]),
    }
    return NewMessage(
        conversation_id=str(state["id"]),
        message=_view(MessageView, message),
        conversation=_view(ConversationView, state | made),
    )


def _log(cursor: Cursor, event: NewMessage) -> None:
    cursor.execute(
        "INSERT INTO event (position, type, conversation_id, phone_number_id, audience, body)"
        " VALUES (nextval('event_position'), 'new_message', %s, %s, 'all', %s)",
        (event.conversation_id, event.message.phone_number_id, encode(event).decode()),
    )


def _tell(event: NewMessage) -> None:
    arguments = (_Process.settings.retention.events, event.conversation_id, encode(event))
    _Process.tell(keys=(HISTORY, LIVE_CHANNEL), args=arguments)


def _view(kind: type[msgspec.Struct], row: dict[str, Any]) -> Any:
    """What a client sees of a row: its columns by their names, null where it has none."""
    return kind(**{name: row.get(name) for name in kind.__struct_fields__})
