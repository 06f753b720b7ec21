"""The history after a message was deleted: nobody reads what it said, and nobody is told of a gap."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis

from ground.clock import now
from ground.ids import new_id
from realtime.bus import BEGINNING, GONE, HISTORY
from schema.events import ConversationUpdated, Event, MessageUpdated, NewMessage, encode
from schema.views import ContactView, ConversationView, MessageView, WindowView
from tests.support.telling import TellingBus

pytestmark = pytest.mark.integration

WORDS = "the code is 4711"
THREAD = new_id()
CONVERSATION = ConversationView(
    id=THREAD,
    phone_number_id="1",
    contact=ContactView(id=new_id(), name="Ada", phone="447700900001", user_id=None, username=None),
    status="open",
    assignee_id=None,
    labels=(),
    unread_count=1,
    window=WindowView(open=True, expires_at=None),
    last_message=None,
    last_message_at=None,
    revision=1,
    created_at=now(),
)


def text(key: str, words: str = WORDS, **more: Any) -> MessageView:
    fields: dict[str, Any] = {
        "id": key,
        "conversation_id": THREAD,
        "phone_number_id": "1",
        "direction": "inbound",
        "type": "text",
        "content": {"body": words},
        "preview": words,
        "status": "received",
        "status_times": {},
        "error": None,
        "reply_to": None,
        "reactions": (),
        "edited_at": None,
        "deleted_at": None,
        "possible_duplicate": False,
        "agent_id": None,
        "pricing": None,
        "wamid": f"wamid.{key}",
        "revision": 1,
        "created_at": now(),
    }
    return MessageView(**(fields | more))


def new(key: str, words: str = WORDS, **more: Any) -> NewMessage:
    return NewMessage(conversation_id=THREAD, message=text(key, words, **more), conversation=CONVERSATION)


def deleted(key: str, **more: Any) -> list[Event]:
    gone = text(key, content={}, preview="Deleted message", deleted_at=now(), revision=2, **more)
    return [
        MessageUpdated(conversation_id=THREAD, message=gone),
        ConversationUpdated(conversation_id=THREAD, conversation=CONVERSATION),
    ]


def history(client: redis.Redis) -> bytes:
    """All that Redis holds of events."""
    entries: Any = client.xrange(HISTORY)
    return b"".join(fields[b"e"] for _, fields in entries)


def test_the_words_are_nowhere_and_what_else_was_told_stays_in_order(
    bus: TellingBus, client: redis.Redis
) -> None:
    first, second, third = new_id(), new_id(), new_id()
    ids = bus.tell([new(first, "Before"), new(second), new(third, "After")])
    edited = MessageUpdated(conversation_id=THREAD, message=text(second, WORDS + ", really"))
    bus.tell([edited])
    last = bus.tell(deleted(second))
    assert WORDS.encode() not in history(client)
    missed = bus.missed(BEGINNING)
    assert (missed.recovered, [event.id for event in missed.events]) == (True, [ids[0], ids[2], *last])


@pytest.mark.parametrize("trimmed", [False, True])
def test_whoever_saw_a_deleted_event_last_has_no_gap(
    bus: TellingBus, client: redis.Redis, trimmed: bool
) -> None:
    old, gone = new_id(), new_id()
    bus.tell([new(old, "Old"), new(new_id(), "Older than the place")])
    (place,) = bus.tell([new(gone)])
    following = bus.tell([new(new_id(), "After")])
    if trimmed:
        client.xtrim(HISTORY, maxlen=3, approximate=False)
    last = bus.tell(deleted(gone))
    missed = bus.missed(place)
    assert (missed.recovered, [event.id for event in missed.events]) == (True, [*following, *last])
    assert bus.missed(BEGINNING).recovered is not trimmed


def test_a_place_that_was_deleted_and_then_trimmed_is_a_gap(bus: TellingBus, client: redis.Redis) -> None:
    gone = new_id()
    (place,) = bus.tell([new(gone)])
    bus.tell(deleted(gone))
    client.xtrim(HISTORY, maxlen=1, approximate=False)
    assert not bus.missed(place).recovered


def test_an_event_that_comes_late_is_dropped(bus: TellingBus, client: redis.Redis) -> None:
    key, other = new_id(), new_id()
    bus.tell(deleted(key))
    late = MessageUpdated(conversation_id=THREAD, message=text(key))
    _, last_id = bus.tell([late, new(other, "Hello")])
    (last,) = bus.tell_encoded([(THREAD, encode(late))])
    assert WORDS.encode() not in history(client)
    assert [event.id for event in bus.missed(BEGINNING).events][-1:] == [last_id]
    assert bus.missed(last) == (True, [])
    bus.tell(deleted(key))
    assert len(bus.missed(last).events) == 2


def test_a_message_far_back_in_a_long_history_is_found(bus: TellingBus, client: redis.Redis) -> None:
    key = new_id()
    bus.tell([new(key)])
    bus.tell(new(new_id(), f"Message {n}") for n in range(1200))
    bus.tell([MessageUpdated(conversation_id=THREAD, message=text(key, WORDS + " again"))])
    bus.tell(deleted(key, created_at=now() - timedelta(minutes=3)))
    assert WORDS.encode() not in history(client)
    assert client.zcard(GONE) == 2


def test_what_is_remembered_of_deletions_is_bounded(client: redis.Redis) -> None:
    small = TellingBus(client, history=5)
    for _ in range(8):
        key = new_id()
        small.tell([new(key)])
        small.tell(deleted(key))
    assert client.zcard(GONE) == 5
