"""Deliveries made by hand, stored as the drain stores them, and what the tables say afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from models import inbound
from models.conversations import conversations
from models.conversations.conversations import Filter
from models.database import database, release, rows
from models.messages.messages import views
from schema.events import Event
from schema.views import ConversationView, MessageView
from whatsapp.inbound.updates import (
    Amendment,
    Customer,
    GroupNews,
    Message,
    Other,
    Payment,
    Status,
    Updates,
)

NUMBER = "106540352242922"
KERRY = Customer(phone="16505550123", user_id=None, name="Kerry")
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
_LISTS = {
    Message: "messages",
    Amendment: "amendments",
    Status: "statuses",
    Other: "others",
    Payment: "payments",
    GroupNews: "groups",
}


def empty() -> None:
    records = rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ 'migration'")
    rows(f"TRUNCATE {', '.join(row[0] for row in records)} RESTART IDENTITY CASCADE")


def message(wamid: str = "wamid.1", **more: Any) -> Message:
    """A text from Kerry at noon, but for what is told otherwise."""
    fields: dict[str, Any] = {
        "phone_number_id": NUMBER,
        "display_number": "15550100001",
        "account_id": "1",
        "wamid": wamid,
        "direction": "inbound",
        "customer": KERRY,
        "type": "text",
        "content": {"body": "Hello"},
        "preview": "Hello",
        "reply_to_wamid": None,
        "sent_at": NOON,
        "from_ad": False,
        "extra": None,
    }
    return Message(**(fields | more))


def status(wamid: str = "wamid.1", word: str = "delivered", **more: Any) -> Status:
    fields: dict[str, Any] = {"callback_id": None, "at": NOON, "problem": None, "pricing": None}
    return Status(phone_number_id=NUMBER, wamid=wamid, status=word, **(fields | more))


def amendment(kind: str, target: str = "wamid.1", wamid: str = "wamid.a", **more: Any) -> Amendment:
    fields: dict[str, Any] = {"by_customer": True, "at": NOON}
    return Amendment(phone_number_id=NUMBER, wamid=wamid, target_wamid=target, kind=kind, **(fields | more))


def other(raw: bytes = b'{"a":1}', **more: Any) -> Other:
    fields: dict[str, Any] = {"account_id": "1", "phone_number_id": None, "field": "telepathy", "reason": ""}
    return Other(raw=raw, **(fields | more))


def delivery(*updates: Any) -> Updates:
    made = Updates()
    for update in updates:
        getattr(made, _LISTS[type(update)]).append(update)
    return made


def store(*updates: Any) -> list[Event]:
    """Persist the updates as one delivery, committed; returns the events."""
    return store_batch([delivery(*updates)])


def store_batch(batch: Sequence[Updates]) -> list[Event]:
    with database.atomic():
        events = inbound.persist(batch)
        return events + inbound.persist_parked()


def one(sql: str, *parameters: Any) -> Any:
    """The one value of the one row."""
    ((value,),) = rows(sql, parameters)
    return value


def thread(phone_number_id: str = NUMBER) -> ConversationView:
    """The only conversation of a number, as the list shows it."""
    ((state, contact),) = conversations.page(Filter(phone_number_id=phone_number_id), 10, None).items
    return state.view(contact)


def view(wamid: str = "wamid.1") -> MessageView:
    """The message as clients see it."""
    key = one("SELECT id FROM message WHERE wamid = %s", wamid)
    return views([key])[key]


_STATE = """
SELECT m.phone_number_id, m.wamid, m.direction, m.type, m.content, m.preview, m.status, m.status_times, m.error,
       m.pricing, m.reply_to_wamid, q.wamid, m.reactions, m.edited_at, m.deleted_at, m.extra, m.sent_at,
       m.payment, m.recipients, c.phone, c.user_id
FROM message m JOIN conversation v ON v.id = m.conversation_id JOIN contact c ON c.id = v.contact_id
LEFT JOIN message q ON q.id = m.reply_to_id ORDER BY m.phone_number_id, m.wamid
"""
_THREADS = """
SELECT v.phone_number_id, c.phone, c.user_id, c.name, c.username, v.status, v.unread_count, v.window_expires_at
FROM conversation v JOIN contact c ON c.id = v.contact_id ORDER BY 1, 2, 3
"""
_REST = (
    "SELECT target_wamid, key, body FROM parked_update ORDER BY 1, 2",
    "SELECT field, body FROM other_update ORDER BY digest",
    "SELECT phone_number_id, account_id, display_number FROM number ORDER BY 1",
)


def state() -> list[Any]:
    """All that the tables say but for ids and the time of storing: what must not depend on how it came."""
    return [rows(sql) for sql in (_STATE, _THREADS, *_REST)]


def at_once(work: Callable[[], Any], times: int) -> list[Any]:
    """Run ``work`` in so many threads, all beginning together; returns what each returned or raised."""
    outcomes: list[Any] = []
    gate = threading.Barrier(times)

    def run() -> None:
        gate.wait()
        try:
            outcomes.append(work())
        except Exception as error:
            outcomes.append(error)
        finally:
            release()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
