"""The events: their shape on the wire, and that nothing undeclared gets in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from schema.events import (
    EVENTS,
    AgentTyping,
    Event,
    MessageStatus,
    NewMessage,
    Presence,
    encode,
)
from schema.views import ContactView, ConversationView, ErrorView, MessageView, WindowView

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def status(**more: Any) -> MessageStatus:
    fields = {
        "message_id": "m",
        "status": "sent",
        "status_times": {},
        "error": None,
        "wamid": None,
        "revision": 2,
    }
    return MessageStatus(**(fields | more))


def wire(event: Event) -> dict[str, Any]:
    return dict(json.loads(encode(event)))


def test_every_event_has_a_name_of_its_own() -> None:
    names = [event.__struct_config__.tag for event in EVENTS]
    assert len(set(names)) == len(names)
    assert all(isinstance(name, str) and re.fullmatch("[a-z]+(_[a-z]+)*", name) for name in names)


def test_every_event_class_is_listed() -> None:
    assert set(EVENTS) == set(Event.__subclasses__())


def test_every_event_says_what_it_is_where_it_belongs_and_when() -> None:
    for event in EVENTS:
        assert {"conversation_id", "at"} <= set(event.__struct_fields__)
    assert wire(Presence(user_id="u", status="online", at=AT)) == {
        "type": "presence",
        "conversation_id": None,
        "at": "2026-01-02T03:04:05Z",
        "user_id": "u",
        "status": "online",
    }


def test_a_time_is_the_moment_the_event_was_made_in_utc() -> None:
    made = AgentTyping(user_id="u", on=True).at
    assert made.tzinfo is UTC
    assert datetime.now(UTC) - made < timedelta(seconds=5)


def test_an_event_does_not_change_once_made() -> None:
    with pytest.raises(AttributeError):
        status().status = "read"  # type: ignore[misc]


def test_a_field_nobody_declared_is_refused_when_made_and_when_read() -> None:
    with pytest.raises(TypeError):
        status(mood="good")
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(encode(status()).replace(b'"message_id"', b'"mood"'), type=MessageStatus)


def test_an_event_is_one_line_whatever_its_text() -> None:
    line = encode(status(wamid="a\nb\r\u2028\x00 c"))
    assert b"\n" not in line
    assert b"\r" not in line
    assert json.loads(line)["wamid"] == "a\nb\r\u2028\x00 c"


def test_the_class_of_an_error_is_called_class_on_the_wire() -> None:
    error = ErrorView(code=131047, title="t", details="d", class_="window_closed", advice="a")
    assert wire(status(error=error))["error"]["class"] == "window_closed"


def test_a_new_message_comes_with_its_conversation() -> None:
    fields = dict.fromkeys(MessageView.__struct_fields__)
    contact = ContactView(id="c", name="Kerry", phone=None, user_id="GB.1", username=None)
    fields_of_thread = dict.fromkeys(ConversationView.__struct_fields__)
    window = WindowView(open=True, expires_at=AT)
    thread = ConversationView(**(fields_of_thread | {"contact": contact, "window": window, "labels": ()}))
    body = wire(NewMessage(conversation_id="v", message=MessageView(**fields), conversation=thread))
    assert (body["type"], body["conversation"]["contact"]["name"]) == ("new_message", "Kerry")
    assert body["conversation"]["window"] == {"open": True, "expires_at": "2026-01-02T03:04:05Z"}
