"""Frames in, requests or explanations out; no socket anywhere."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgateway import protocol
from wsgateway.protocol import Fault, State, SubscribeConversation, SubscribeInbox, Typing, decode

ONE = "0190a000-0000-7000-8000-000000000001"


def fault_of(frame: Any, state: State = State.OPEN) -> Fault:
    text = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
    with pytest.raises(Fault) as raised:
        decode(text, state)
    return raised.value


def test_a_subscription_keeps_its_conversation_its_since_and_its_ref() -> None:
    text = json.dumps({"type": "subscribe_conversation", "conversation_id": ONE, "since": "5-1", "ref": "a"})
    expected = SubscribeConversation(conversation_id=uuid.UUID(ONE), since="5-1", ref="a")
    assert decode(text.encode()) == expected


def test_a_conversation_id_is_the_same_in_capitals() -> None:
    request = decode(json.dumps({"type": "typing", "conversation_id": ONE.upper(), "on": True}).encode())
    assert isinstance(request, Typing)
    assert str(request.conversation_id) == ONE


def test_since_may_be_left_out_or_null() -> None:
    assert decode(b'{"type":"subscribe_inbox"}') == SubscribeInbox()
    assert decode(b'{"type":"subscribe_inbox","since":null}') == SubscribeInbox()


@pytest.mark.parametrize(
    ("frame", "code", "hint"),
    [
        (b"", "bad_json", "JSON"),
        (b"hello", "bad_json", "JSON"),
        (b"{} {}", "bad_json", "JSON"),
        (b"[" * 16_000, "bad_json", "JSON"),
        ([1], "not_an_object", "[1]"),
        ({}, "unknown_type", "subscribe_inbox"),
        ({"type": 7}, "unknown_type", "7"),
        ({"type": "dance"}, "unknown_type", "dance"),
        ({"type": "ping", "colour": "red"}, "unknown_field", "colour"),
        ({"type": "typing", "conversation_id": ONE}, "missing_field", "on"),
        ({"type": "typing", "conversation_id": ONE, "on": "yes"}, "invalid_field", '"yes"'),
        ({"type": "presence"}, "missing_field", "state"),
        ({"type": "presence", "state": "asleep"}, "invalid_field", "online or away"),
        ({"type": "subscribe_conversation", "conversation_id": "42"}, "invalid_field", '"42"'),
        ({"type": "subscribe_conversation", "conversation_id": 42}, "invalid_field", "42"),
        ({"type": "subscribe_inbox", "since": "yesterday"}, "invalid_field", "yesterday"),
        ({"type": "subscribe_inbox", "since": "1-1\n"}, "invalid_field", "since"),
        ({"type": "subscribe_inbox", "since": "٣-٣"}, "invalid_field", "since"),
        ({"type": "subscribe_inbox", "since": "9" * 20 + "-0"}, "invalid_field", "since"),
        ({"type": "ping", "ref": {"a": 1}}, "invalid_field", "ref"),
        ({"type": "ping", "ref": 2**60}, "invalid_field", "ref"),
        ({"type": "ping", "ref": "x" * 129}, "invalid_field", "ref"),
    ],
)
def test_a_mistake_is_named_with_its_value(frame: Any, code: str, hint: str) -> None:
    fault = fault_of(frame)
    assert fault.code == code
    assert hint in fault.message


def test_an_error_repeats_the_ref_of_the_frame_it_is_about() -> None:
    assert fault_of({"type": "dance", "ref": 9}).ref == 9
    assert fault_of({"type": "ping", "ref": [9]}).ref is None


def test_a_malformed_token_is_not_repeated() -> None:
    assert "sesame" not in fault_of({"type": "auth", "token": ["sesame"]}, State.AWAITING_AUTH).message


def test_auth_is_for_sockets_that_are_not_open_yet() -> None:
    assert decode(b'{"type":"auth","token":"t"}', State.AWAITING_AUTH) == protocol.Auth(token="t")
    assert fault_of({"type": "auth", "token": "t"}).code == "already_authenticated"


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_raise_anything_but_a_fault(text: bytes) -> None:
    try:
        decode(text)
    except Fault as fault:
        protocol.error(fault)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_fields = st.sampled_from(["ref", "since", "on", "token", "conversation_id", "type", "x"])
_types = st.sampled_from([str(request.__struct_config__.tag) for request in protocol.REQUESTS])


@given(_types, st.dictionaries(_fields, _json))
def test_no_frame_of_a_known_type_raises_anything_but_a_fault(kind: str, fields: dict[str, Any]) -> None:
    try:
        decode(json.dumps({"type": kind} | fields).encode())
    except Fault as fault:
        answer = json.loads(protocol.error(fault))
        assert answer["type"] == "error"
        assert answer["message"]


def test_answers_carry_the_ref_only_where_one_was_given() -> None:
    assert json.loads(protocol.pong(None)) == {"type": "pong"}
    assert json.loads(protocol.pong(0)) == {"type": "pong", "ref": 0}
    assert json.loads(protocol.unsubscribed(None, "r")) == {"type": "unsubscribed", "inbox": True, "ref": "r"}
    assert json.loads(protocol.subscribed(ONE, "1-0", False, None)) == {
        "type": "subscribed",
        "conversation_id": ONE,
        "last_event_id": "1-0",
        "recovered": False,
    }
